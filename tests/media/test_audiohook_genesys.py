"""AudioHook as a simulated Genesys sees it: a worker process, a service in the box, calls in real time."""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from messages.media import LanguagePlan, MediaKey, ServicePlan, WorkerPlan
from tests.media.workers import KEY, ROOT, plan, working

SECRET = "YSBzZWNyZXQgb2Ygc2l4dGVlbg=="
PATIENCE_S = 60.0


@contextmanager
def transcribing() -> Iterator[str]:
    """The address of a transcription service that hears something in everything."""
    command = [sys.executable, "-m", "simulator.transcription", "--stop-on-eof"]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as service:
        assert service.stdin is not None
        assert service.stdout is not None
        try:
            yield json.loads(service.stdout.readline())["address"]
        finally:
            service.stdin.close()
            service.wait(PATIENCE_S)


def signed(address: str, **changes: Any) -> WorkerPlan:
    service = ServicePlan(addresses=(address,))
    keys = (MediaKey(key=KEY, secret=SECRET),)
    return plan(keys=keys, service=service, language=LanguagePlan(text=False), **changes)


def report(port: int, *options: str) -> dict[str, Any]:
    """What Genesys says of its calls."""
    command = [sys.executable, "-m", "simulator.calls", "--url", f"ws://127.0.0.1:{port}", "--protocol", "audiohook"]
    told = ("--key", KEY, "--secret", SECRET, "--json", *options)
    done = subprocess.run([*command, *told], cwd=ROOT, capture_output=True, timeout=PATIENCE_S, check=False)
    assert done.returncode == 0, done.stdout.decode() + done.stderr.decode()
    return dict(json.loads(done.stdout))


@pytest.mark.parametrize("stereo", ["streams", "tagged"])
def test_genesys_finds_nothing_wrong_with_calls_that_burst_pause_and_lose_audio(stereo: str) -> None:
    with transcribing() as address, working(signed(address, stereo=stereo)) as worker:
        told = report(
            worker.port, "--calls", "4", "--stereo", "--duration", "5", "--bursts", "--pauses", "--gaps", "0.02"
        )
        assert told["completed"] == 4
        assert told["transcripts"] > 0


def test_genesys_finds_nothing_wrong_with_a_probe() -> None:
    with transcribing() as address, working(signed(address)) as worker:
        assert report(worker.port, "--calls", "2", "--probe")["completed"] == 2
