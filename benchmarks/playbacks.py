"""Prompts in flight, each in an interaction of its own with its own event session: how many end well, at which CPU.

The gateway runs as it does for operators, in a process of its own, against the simulator in another.
"""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.request import urlopen

import orjson

from benchmarks.table import percentile, show
from benchmarks.transfers import Wire, wait_until_ready
from simulator.process import SimulatorProcess

IN_FLIGHT = 100
ROOT = Path(__file__).parent.parent
TICKS_PER_S = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True, kw_only=True)
class Gateway:
    """A gateway that runs: its control socket, its process, and where its Genesys is."""

    path: str
    pid: int
    genesys: str

    def cpu_s(self) -> float:
        """Seconds of CPU that it has used, in user mode and in the kernel. Source: proc(5), /proc/pid/stat."""
        fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / TICKS_PER_S

    def count(self, name: str) -> int:
        """What its Genesys has counted (docs/simulator.md)."""
        with urlopen(f"{self.genesys}/sim/state?limit=1", timeout=10) as answer:
            return int(orjson.loads(answer.read())["counts"][name])


@contextmanager
def gateway(prompt_s: float, folder: str) -> Iterator[Gateway]:
    """A gateway against a simulator whose prompts last `prompt_s`."""
    wishes = {"playback_completed_ms": prompt_s * 1000, "rate_allowed": 1_000_000}
    arguments = [word for name, value in wishes.items() for word in ("--set", f"{name}={value}")]
    with SimulatorProcess(arguments) as box:
        environment = {
            **os.environ,
            "GENESYS_CLIENT_ID": box.client_id,
            "GENESYS_CLIENT_SECRET": box.client_secret,
            "GENESYS_API_URL": box.url,
            "GENESYS_LOGIN_URL": box.url,
            "GENESYS_STREAMING_URL": box.ws_url.rpartition("/api/")[0],
            "CDN_BASE_URL": box.cdn_url,
            "SWITCHBOARD_URLS__ALLOW": "127.0.0.1",
            "SWITCHBOARD_DATA_DIR": folder,
            "SWITCHBOARD_HTTP_LISTEN": "127.0.0.1:0",
            "SWITCHBOARD_REST__REQUESTS_PER_MIN": "1000000",
            "SWITCHBOARD_LOG__LEVEL": "WARNING",
        }
        child = subprocess.Popen([sys.executable, str(ROOT / "run.py")], env=environment)
        try:
            path = f"{folder}/control.sock"
            wait_until_ready(path, child)
            yield Gateway(path=path, pid=child.pid, genesys=box.url)
        finally:
            child.terminate()
            child.wait(30)


class Load:
    """Gives `prompts` orders, IN_FLIGHT of them under way at any time, one in each interaction."""

    def __init__(self, path: str, prompts: int) -> None:
        self._wire, self._prompts = Wire(path), prompts
        self.to_playing_ms: list[float] = []
        self.ends: dict[str, int] = {}

    def run(self) -> float:
        """The seconds that it took."""
        began = time.perf_counter()
        for number in range(IN_FLIGHT):
            self._give(number)
        for given in range(IN_FLIGHT, self._prompts + IN_FLIGHT):
            ended = self._take(self._wire.read())
            if given < self._prompts:
                self._give(ended + IN_FLIGHT)
        return time.perf_counter() - began

    def _give(self, number: int) -> None:
        """The interaction is that of the order whose place this one takes."""
        interaction_id = f"i-{number % IN_FLIGHT}"
        self._wire.write(number, "playback.play", interaction_id=interaction_id, prompt_key="welcome")

    def _take(self, answer: dict[str, object]) -> int:
        result = answer.get("result")
        status = str(result["status"]) if isinstance(result, dict) else str(answer.get("error"))
        self.ends[status] = self.ends.get(status, 0) + 1
        if isinstance(result, dict) and result["to_playing_ms"] is not None:
            self.to_playing_ms.append(float(result["to_playing_ms"]))
        return int(str(answer["id"]))


def measure(prompt_s: float, prompts: int) -> tuple[object, ...]:
    """One row."""
    with TemporaryDirectory() as folder, gateway(prompt_s, folder) as running:
        load, cpu_s = Load(running.path, prompts), running.cpu_s()
        took_s = load.run()
        cores = (running.cpu_s() - cpu_s) / took_s
        return (
            f"{prompt_s:g} s",
            prompts,
            prompts / took_s,
            " ".join(f"{number} {status}" for status, number in load.ends.items()),
            running.count("subscriptions.total"),
            running.count("events.sent"),
            percentile(load.to_playing_ms, 0.5),
            percentile(load.to_playing_ms, 0.99),
            cores,
        )


def main() -> None:
    """One table: prompts as short as they come, and of a length that is usual."""
    show(
        f"prompts end to end, {IN_FLIGHT} in flight, one event session each; playing comes 25 ms after the request",
        ("prompt", "prompts", "per s", "ends", "event sessions", "events", "playing p50 ms", "p99 ms", "cores"),
        [measure(0.1, 3_000), measure(2, 500), measure(10, 100)],
    )


if __name__ == "__main__":
    main()
