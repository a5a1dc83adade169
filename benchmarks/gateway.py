"""A gateway as operators run it, in a process of its own, against the simulator in another; and a wire to it."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import orjson

from simulator.process import SimulatorProcess
from simulator.surroundings import environment

ROOT = Path(__file__).parent.parent
CORES = sorted(os.sched_getaffinity(0))
TICKS_PER_S = os.sysconf("SC_CLK_TCK")
START_S, STOP_S = 20, 30
UNTHROTTLED = 1_000_000  # calls a minute, on both sides: it is not the rate budget that is measured


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
def gateway(
    folder: str,
    settings: Mapping[str, str],
    wishes: Mapping[str, object],
    box_words: Sequence[str] = (),
    apart: bool = False,
) -> Iterator[Gateway]:
    """A gateway with its data in `folder` and these `settings`, by their names in the environment.

    `wishes`: settings of the simulator, `box_words`: what else that is told. `apart`: the gateway has the first core,
    the simulator and whoever calls this the others, where there are any.
    """
    own, rest = (CORES[:1], CORES[1:]) if apart and len(CORES) > 1 else (CORES, CORES)
    all_wishes = {"rate_allowed": UNTHROTTLED, **wishes}
    words = [word for name, value in all_wishes.items() for word in ("--set", f"{name}={value}")]
    _keep_to(rest)
    try:
        with (
            SimulatorProcess([*words, *box_words]) as box,
            _running(_surroundings(box, folder, settings), own) as child,
        ):
            path = f"{folder}/control.sock"
            _wait_until_ready(path, child)
            yield Gateway(path=path, pid=child.pid, genesys=box.url)
    finally:
        _keep_to(CORES)


def _surroundings(box: SimulatorProcess, folder: str, settings: Mapping[str, str]) -> dict[str, str]:
    service = {} if box.transcription_addr is None else {"TRANSCRIPTION_GRPC_ADDR": box.transcription_addr}
    return {
        **os.environ,
        **environment(box),
        **service,
        "SWITCHBOARD_DATA_DIR": folder,
        "SWITCHBOARD_REST__REQUESTS_PER_MIN": str(UNTHROTTLED),
        "SWITCHBOARD_HTTP_LISTEN": "127.0.0.1:0",
        "SWITCHBOARD_LOG__LEVEL": "WARNING",
        **settings,
    }


@contextmanager
def _running(surroundings: Mapping[str, str], cores: list[int]) -> Iterator["subprocess.Popen[bytes]"]:
    """The gateway's process, on `cores`; it has ended afterwards."""
    here = sorted(os.sched_getaffinity(0))
    _keep_to(cores)
    child = subprocess.Popen([sys.executable, str(ROOT / "run.py")], env=surroundings)
    _keep_to(here)
    try:
        yield child
    finally:
        child.terminate()
        child.wait(STOP_S)


def _keep_to(cores: list[int]) -> None:
    """Have what is started from now on run on `cores`, and this thread too."""
    os.sched_setaffinity(0, cores)


def _wait_until_ready(path: str, child: "subprocess.Popen[bytes]") -> None:
    """Until a session is open; SystemExit when the gateway does not come up."""
    until = time.monotonic() + START_S
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
