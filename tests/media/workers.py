"""A worker process at the end of a line, as its gateway has it."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

from messages.media import (
    LanguagePlan,
    MediaKey,
    MediaLimits,
    ServicePlan,
    WorkerCommand,
    WorkerEvent,
    WorkerPlan,
    WorkerReady,
)
from rules.media_line import LineSplitter, encode, read_event

ROOT = Path(__file__).parent.parent.parent
PATIENCE_S = 30.0
KEY = "key-one"

E = TypeVar("E")


def plan(**changes: object) -> WorkerPlan:
    """A plan with one key on a free loopback port, and a service that is not there."""
    plain = WorkerPlan(
        worker=1,
        host="127.0.0.1",
        port=0,
        keys=(MediaKey(key=KEY),),
        service=ServicePlan(addresses=("127.0.0.1:1",), drain_s=1.0),
        limits=MediaLimits(report_every_s=0.05, count_every_s=0.05),
        language=LanguagePlan(text=False),
        native=False,  # a build that lies about, or is too old, is no test's business
    )
    return replace(plain, **changes)  # type: ignore[arg-type]


class WorkerProcess:
    """`python -m media`, with the gateway's end of its line."""

    def __init__(self, process: "subprocess.Popen[bytes]", line: socket.socket) -> None:
        self.process, self.line = process, line
        self.port = 0
        self._splitter = LineSplitter()
        self._told: list[WorkerEvent] = []

    def tell(self, command: WorkerPlan | WorkerCommand) -> None:
        self.line.sendall(encode(command))

    def hears(self, kind: type[E], fits: Callable[[E], bool] = lambda _event: True) -> E:
        """The next event of that kind; what came before it is let go."""
        while True:
            while self._told:
                event = self._told.pop(0)
                if isinstance(event, kind) and fits(event):
                    return event
            self._told += self._more()

    def rest(self) -> list[WorkerEvent]:
        """All that comes until the worker hangs up."""
        told, self._told = self._told, []
        while more := self._more(at_end=True):
            told += more
        return told

    def exit_code(self) -> int:
        return self.process.wait(PATIENCE_S)

    def complaint(self) -> str:
        assert self.process.stderr is not None
        return self.process.stderr.read().decode()

    def _more(self, at_end: bool = False) -> list[WorkerEvent]:
        while data := self.line.recv(1 << 16):
            if lines := self._splitter.feed(data):
                return [read_event(line) for line in lines]
        if not at_end:
            raise AssertionError(f"the worker has hung up: {self.complaint()}")
        return []


@contextmanager
def started(*inherited: int) -> Iterator[WorkerProcess]:
    """A worker that has been told nothing yet; it has these descriptors, too."""
    ours, theirs = socket.socketpair()
    ours.settimeout(PATIENCE_S)
    with ours, theirs:
        process = subprocess.Popen(
            [sys.executable, "-m", "media", str(theirs.fileno())],
            cwd=ROOT,
            pass_fds=(theirs.fileno(), *inherited),
            stderr=subprocess.PIPE,
            env={**os.environ, "PYTHONWARNINGS": "error"},
        )
        theirs.close()
        try:
            yield WorkerProcess(process, ours)
        finally:
            ours.close()
            if process.poll() is None:
                process.send_signal(signal.SIGKILL)
            process.wait(PATIENCE_S)
            assert process.stderr is not None
            process.stderr.close()


@contextmanager
def working(told: WorkerPlan) -> Iterator[WorkerProcess]:
    """A worker that takes calls by that plan."""
    with started(*([] if told.nonces_descriptor is None else [told.nonces_descriptor])) as worker:
        worker.tell(told)
        worker.port = worker.hears(WorkerReady).port
        yield worker
