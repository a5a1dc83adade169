"""Transfers end to end: control socket, journal, look-up, ping, frame, answer, outcome; and how fast status answers.

The gateway runs as it does for operators, in a process of its own, against the simulator in another. In the last row it
has one core to itself and everything else has the others: what is measured then is the gateway, and not how the system
shares its cores among it, the simulator and the load.
"""

import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

import orjson

from benchmarks.table import percentile, show
from simulator.process import SimulatorProcess

IN_FLIGHT, ORDERS = 500, 3_000
CORES = sorted(os.sched_getaffinity(0))
SCENES = ((0, None, 1, False), (50, None, 1, False), (50, 300.0, 3, False), (50, 300.0, 3, True))
"""The far side's latency in ms, orders offered a second (None: as they end), runs, whether on a core of its own."""
ROOT = Path(__file__).parent.parent


class Wire:
    """One connection to the control socket; blocking, pipelined."""

    def __init__(self, path: str) -> None:
        self._socket = socket.socket(socket.AF_UNIX)
        self._socket.settimeout(60)
        self._socket.connect(path)
        self._lines = self._socket.makefile("rb")
        self._lines.readline()

    def write(self, number: int, method: str, **params: object) -> None:
        """Send one request."""
        line = orjson.dumps({"jsonrpc": "2.0", "id": number, "method": method, "params": params})
        self._socket.sendall(line + b"\n")

    def read(self) -> dict[str, Any]:
        """The next line, whichever it is."""
        answer: dict[str, Any] = orjson.loads(self._lines.readline())
        return answer


def keep_to(cores: list[int]) -> None:
    """Have what is started from now on run on `cores`, and this thread too."""
    os.sched_setaffinity(0, cores)


@contextmanager
def gateway(
    latency_ms: float, folder: str, apart: bool = False, box_words: Sequence[str] = (), **settings: str
) -> Iterator[str]:
    """A gateway against a simulator that takes `latency_ms` for each answer; the path of its control socket.

    `box_words`: what else the simulator is told; `settings`: names of the environment.

    `apart`: it has the first core, the simulator and whoever calls this the others, where there are any.
    """
    own, rest = (CORES[:1], CORES[1:]) if apart and len(CORES) > 1 else (CORES, CORES)
    keep_to(rest)
    path = f"{folder}/control.sock"
    wishes = {"answer_latency_ms": latency_ms, "rest_latency_ms": latency_ms, "rate_allowed": 1_000_000}
    arguments = [word for name, value in wishes.items() for word in ("--set", f"{name}={value}")]
    with SimulatorProcess([*arguments, *box_words]) as box:
        environment = {
            **os.environ,
            "GENESYS_CLIENT_ID": box.client_id,
            "GENESYS_CLIENT_SECRET": box.client_secret,
            "GENESYS_API_URL": box.url,
            "GENESYS_LOGIN_URL": box.url,
            "GENESYS_STREAMING_URL": box.ws_url.rpartition("/api/")[0],
            "SWITCHBOARD_DATA_DIR": folder,
            "SWITCHBOARD_REST__REQUESTS_PER_MIN": "1000000",
            "SWITCHBOARD_REST__WORKERS": "32",
            "SWITCHBOARD_HTTP_LISTEN": "127.0.0.1:0",
            "SWITCHBOARD_LOG__LEVEL": "WARNING",
            **settings,
        }
        if box.transcription_addr is not None:
            environment["TRANSCRIPTION_GRPC_ADDR"] = box.transcription_addr
        keep_to(own)
        child = subprocess.Popen([sys.executable, str(ROOT / "run.py")], env=environment)
        keep_to(rest)
        try:
            wait_until_ready(path, child)
            yield path
        finally:
            child.terminate()
            child.wait(30)
            keep_to(CORES)


def wait_until_ready(path: str, child: "subprocess.Popen[bytes]") -> None:
    """Until a session is open; SystemExit when the gateway does not come up."""
    until = time.monotonic() + 20
    while time.monotonic() < until and child.poll() is None:
        try:
            wire = Wire(path)
        except OSError:
            time.sleep(0.05)
            continue
        wire.write(0, "session.list")
        if b'"open"' in orjson.dumps(wire.read()):
            return
        time.sleep(0.05)
    raise SystemExit("the gateway did not come up")


class Watch(threading.Thread):
    """Asks for gateway.status over and over while the transfers run."""

    def __init__(self, path: str) -> None:
        super().__init__(daemon=True)
        self.took_ms: list[float] = []
        self.over = threading.Event()
        self._wire = Wire(path)

    def run(self) -> None:
        while not self.over.wait(0.01):
            began = time.perf_counter()
            self._wire.write(1, "gateway.status")
            self._wire.read()
            self.took_ms.append((time.perf_counter() - began) * 1000)


class Load:
    """Gives ORDERS orders on one connection and takes their outcomes; `per_s` None: as fast as they end."""

    def __init__(self, path: str, per_s: float | None) -> None:
        self._wire, self._per_s = Wire(path), per_s
        self._free = threading.Semaphore(IN_FLIGHT)
        self._sent_at: dict[int, float] = {}
        self.took_ms: list[float] = []
        self.ends: dict[str, int] = {}

    def run(self) -> float:
        """Orders a second."""
        began = time.perf_counter()
        giver = threading.Thread(target=self._give, daemon=True)
        giver.start()
        for _ in range(ORDERS):
            self._take(self._wire.read())
            self._free.release()
        giver.join()
        return ORDERS / (time.perf_counter() - began)

    def _give(self) -> None:
        due = time.perf_counter()
        for number in range(ORDERS):
            self._free.acquire()
            if self._per_s is not None:
                due += 1 / self._per_s
                time.sleep(max(0.0, due - time.perf_counter()))
            self._sent_at[number] = time.perf_counter()
            uri = "genesys://user/agent-1"
            self._wire.write(number, "transfer.start", interaction_id=f"i-{number}", destination_uri=uri)

    def _take(self, answer: dict[str, object]) -> None:
        self.took_ms.append((time.perf_counter() - self._sent_at[int(str(answer["id"]))]) * 1000)
        result = answer.get("result")
        status = str(result["status"]) if isinstance(result, dict) else str(answer.get("error"))
        self.ends[status] = self.ends.get(status, 0) + 1


class Run:
    """One load from its first order to its last outcome, with a watch beside it."""

    def __init__(self, path: str, per_s: float | None) -> None:
        load, watch = Load(path, per_s), Watch(path)
        watch.start()
        self.reached = load.run()
        watch.over.set()
        watch.join()
        self.ends, self.took_ms, self.status_ms = load.ends, load.took_ms, watch.took_ms


def row(latency_ms: float, per_s: float | None, runs: int, apart: bool) -> tuple[object, ...]:
    """Of several runs the median of each figure, and the best p50 of gateway.status."""
    with TemporaryDirectory() as folder, gateway(latency_ms, folder, apart) as path:
        done = [Run(path, per_s) for _ in range(runs)]
    status_p50_ms = [percentile(run.status_ms, 0.5) for run in done]
    return (
        f"{latency_ms:g} ms",
        f"{per_s:g}/s" if per_s else "all at once",
        "one of its own" if apart else "any",
        median(run.reached for run in done),
        " ".join(f"{number} {status}" for status, number in done[-1].ends.items()),
        median(percentile(run.took_ms, 0.5) for run in done),
        median(percentile(run.took_ms, 0.99) for run in done),
        median(status_p50_ms),
        min(status_p50_ms),
        median(percentile(run.status_ms, 0.99) for run in done),
    )


def main() -> None:
    """One table: as fast as they end with and without latency, and at the goal's rate."""
    show(
        f"transfers end to end, at most {IN_FLIGHT} in flight, {ORDERS} orders; gateway.status meanwhile",
        ("far side", "offered", "core", "transfers/s", "ends", "p50 ms", "p99 ms", "status p50", "best", "status p99"),
        [row(*scene) for scene in SCENES],
    )


if __name__ == "__main__":
    main()
