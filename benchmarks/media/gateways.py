"""What is measured: the baseline, the Go peer and the plane's own workers, each a process or two on a core."""

import os
import select
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import orjson

from benchmarks.media import build
from media.native.load import native as compiled
from messages.media import MediaKey, ServicePlan, Transport, WorkerPlan, WorkerReady
from rules.media_line import LineSplitter, encode, read_event

KEY = "bench-key"
START_S = 30.0
ROOT = Path(__file__).parent.parent.parent


@dataclass(frozen=True, slots=True, kw_only=True)
class Gateway:
    """Where it takes calls, and its processes."""

    port: int
    pids: tuple[int, ...]
    version: str = ""

    def cpu_s(self) -> float:
        """CPU of all its threads, and its processes', so far. Source: kernel's sched-stats.rst, schedstat in ns."""
        tasks = [task for pid in self.pids for process in family(pid) for task in _tasks(process)]
        return sum(int((task / "schedstat").read_text().split()[0]) for task in tasks) / 1e9

    def rss_kb(self) -> int:
        """Resident memory of all its processes. Source: proc(5), VmRSS."""
        return sum(_status(pid, "VmRSS") for pid in self.pids)

    def fds(self) -> int:
        """Open descriptors of all its processes."""
        return sum(len(list(Path(f"/proc/{pid}/fd").iterdir())) for pid in self.pids)


Starter = Callable[[int], AbstractContextManager[Gateway]]  # given the port of the service


def baseline(core: int | None) -> Starter:
    """`websockets` and `grpc.aio` (baseline.py)."""
    return lambda service: _simple([sys.executable, "-m", "benchmarks.media.baseline"], service, core)


def peer(core: int | None) -> Starter:
    """gorilla/websocket and grpc-go (peer/); build.NotAtHand without a Go toolchain."""
    binary = str(build.peer())
    return lambda service: _simple([binary], service, core)


def plane(transport: Transport, *pinned: int | None, native: bool = False) -> Starter:
    """Workers of the plane on one port, one for each entry of `pinned`: its core, None for any.

    `native`: with the compiled kernel; build.NotAtHand where there is none.
    """
    if native and compiled() is None:
        raise build.NotAtHand("no compiled kernel: make native")

    @contextmanager
    def start(service: int) -> Iterator[Gateway]:
        with ExitStack() as stack:
            port, pids = 0, []
            for number, core in enumerate(pinned or (None,), start=1):
                ready = stack.enter_context(_worker(worker_plan(number, port, service, transport, native), core))
                port = ready.port
                pids.append(ready.pid)
            yield Gateway(port=port, pids=tuple(pids))

    return start


def worker_plan(number: int, port: int, service: int, transport: Transport, native: bool = False) -> WorkerPlan:
    """Everything as it comes, but no TLS; a key without a secret, since load.c signs nothing."""
    return WorkerPlan(
        worker=number,
        host="127.0.0.1",
        port=port,
        keys=(MediaKey(key=KEY),),
        service=ServicePlan(addresses=(f"127.0.0.1:{service}",), transport=transport),
        native=native,
    )


@contextmanager
def _worker(plan: WorkerPlan, core: int | None) -> Iterator[WorkerReady]:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        child = subprocess.Popen(
            [sys.executable, "-m", "media", str(theirs.fileno())], pass_fds=[theirs.fileno()], cwd=ROOT
        )
        theirs.close()
        try:
            _pin(child.pid, core)
            ours.sendall(encode(plan))
            yield _await_ready(ours)
        finally:
            _end(child)


def _await_ready(line: socket.socket) -> WorkerReady:
    line.settimeout(START_S)
    splitter = LineSplitter()
    while data := line.recv(1 << 16):
        for told in splitter.feed(data):
            event = read_event(told)
            if isinstance(event, WorkerReady):
                line.settimeout(None)
                threading.Thread(target=_read_on, args=[line], daemon=True).start()
                return event
    raise RuntimeError("the worker has ended before it was ready: what it said is above")


def _read_on(line: socket.socket) -> None:
    """Take the worker's events as a gateway does, and do nothing with them: that is another process's CPU."""
    try:
        while line.recv(1 << 18):
            pass
    except OSError:
        return  # closed here, at the end of the measurement


@contextmanager
def _simple(command: Sequence[str], service: int, core: int | None) -> Iterator[Gateway]:
    child = subprocess.Popen(
        [*command, "--service", f"127.0.0.1:{service}", "--key", KEY],
        stdout=subprocess.PIPE,
        cwd=ROOT,
        env={**os.environ, "GOMAXPROCS": "1"},
    )
    try:
        _pin(child.pid, core)
        assert child.stdout is not None
        if not select.select([child.stdout], [], [], START_S)[0]:
            raise RuntimeError(f"{command[0]} has not told its port in {START_S:g} s")
        told = orjson.loads(child.stdout.readline())
        yield Gateway(port=told["port"], pids=(child.pid,), version=str(told.get("grpc", "")))
    finally:
        _end(child)


def _pin(pid: int, core: int | None) -> None:
    if core is not None:
        os.sched_setaffinity(pid, {core})


def _end(child: "subprocess.Popen[bytes]") -> None:
    child.kill()
    child.wait()
    if child.stdout is not None:
        child.stdout.close()


def family(pid: int) -> Iterator[int]:
    """The process and what it has started, such as the reader of languages. Source: proc(5), children."""
    yield pid
    for task in _tasks(pid):
        for child in (task / "children").read_text().split():
            yield from family(int(child))


def _tasks(pid: int) -> list[Path]:
    return list(Path(f"/proc/{pid}/task").iterdir())


def _status(pid: int, name: str) -> int:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(f"{name}:"))
