"""The rig from Python: its process, its port, and the events it tells."""

import os
import select
import subprocess
import time
from collections.abc import Mapping
from types import TracebackType
from typing import Any, Self

import orjson

from benchmarks.media import build

Event = Mapping[str, Any]
PATIENCE_S = 60.0


class RigFailed(Exception):  # noqa: N818 - told as it is
    """The rig has ended or fallen silent; the text says what it said last."""


def cores() -> tuple[int, int]:
    """The gateway's core and the rig's."""
    at_hand = sorted(os.sched_getaffinity(0))
    return at_hand[0], at_hand[-1]


class Rig:
    """`with Rig("--calls", "200") as rig`: its sink listens; `begin` tells it where the gateway is."""

    def __init__(self, *arguments: str, core: int | None = None) -> None:
        self._command = [str(build.rig()), *arguments]
        self._core = core
        self._rest = b""

    def __enter__(self) -> Self:
        self._child = subprocess.Popen(self._command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        if self._core is not None:
            os.sched_setaffinity(self._child.pid, {self._core})
        self.sink_port = int(self.hear("ready")["sink_port"])
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._child.kill()
        self._child.wait()
        for pipe in (self._child.stdin, self._child.stdout):
            if pipe is not None:
                pipe.close()

    def begin(self, port: int) -> None:
        """Let the calls come to this port of 127.0.0.1."""
        assert self._child.stdin is not None
        self._child.stdin.write(b"%d\n" % port)
        self._child.stdin.flush()

    def stop(self) -> Event:
        """Of a sink alone: its totals."""
        assert self._child.stdin is not None
        self._child.stdin.close()
        return self.hear("done")

    def hear(self, event: str, within_s: float = PATIENCE_S) -> Event:
        """The next event, which has to be this one."""
        told: Event = orjson.loads(self._line(within_s))
        if told["event"] != event:
            raise RigFailed(f"the rig told {told['event']!r} where {event!r} was due: {told}")
        return told

    def _code(self) -> int | None:
        try:
            return self._child.wait(1)
        except subprocess.TimeoutExpired:
            return None  # it runs and is silent

    def _line(self, within_s: float) -> bytes:
        assert self._child.stdout is not None
        pipe, until = self._child.stdout.fileno(), time.monotonic() + within_s
        while b"\n" not in self._rest:
            ready, _, _ = select.select([pipe], [], [], max(0.0, until - time.monotonic()))
            data = os.read(pipe, 65536) if ready else b""
            if not data:
                raise RigFailed(f"the rig said no more, its exit code: {self._code()}")
            self._rest += data
        line, _, self._rest = self._rest.partition(b"\n")
        return line
