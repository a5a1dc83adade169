import json
import os
from pathlib import Path
from typing import Any

import grpc
import pytest
import requests

from simulator.process import TranscriptionProcess
from simulator.transcription.__main__ import main
from tests.simulator.transcription.client import METHOD, WAIT_S, chunks


def first_result(channel: grpc.Channel) -> bytes:
    spoken = [one.SerializeToString() for one in chunks(1, 3)]
    method: Any = channel.stream_stream(METHOD)
    return bytes(next(method(iter(spoken), timeout=WAIT_S)))


def test_a_child_serves_and_its_admin_door_tells_what_it_heard(tmp_path: Path) -> None:
    scripts = tmp_path / "scripts.json"
    scripts.write_text(json.dumps({"scripts": [{"texts": ["Hello."]}]}))
    with TranscriptionProcess(["--scripts", str(scripts), "--set", "transcription_latency_ms=1"]) as service:
        with grpc.insecure_channel(service.address) as channel:
            assert b"Hello." in first_result(channel)
        (lane,) = requests.get(f"{service.url}/sim/lanes", timeout=WAIT_S).json()["lanes"]
        assert (lane["distinct"], lane["acknowledged"]) == (3, 3)
        assert (service.files, service.running) == ({}, True)
        assert service.pid != os.getpid()
    assert not service.running


def test_a_child_with_mtls_says_what_a_client_needs(tmp_path: Path) -> None:
    with TranscriptionProcess(["--mtls", "--folder", str(tmp_path / "made")]) as service:
        read = {name: Path(path or "").read_bytes() for name, path in service.files.items()}
        credentials = grpc.ssl_channel_credentials(read["ca_file"], read["key_file"], read["cert_file"])
        with grpc.secure_channel(service.address, credentials) as channel:
            assert b"chunks 1 to 3" in first_result(channel)
        assert (tmp_path / "made" / "client-key.pem").stat().st_mode & 0o077 == 0


def test_a_child_can_be_killed() -> None:
    with TranscriptionProcess() as service:
        service.kill()
        assert not service.running


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (["--set", "transcription_health=ill"], "transcription_health: expected one of serving, not_serving"),
        (["--workers", "0"], "workers: expected a whole number from 1 to 64, got 0"),
        (["--scripts", "/nowhere.json"], "--scripts /nowhere.json"),
    ],
)
def test_bad_input_is_named(arguments: list[str], problem: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(arguments) == 78
    assert problem in capsys.readouterr().err
