"""The door to the process that decodes files and measures how loud they are; clients.audio_worker is the other side."""

import json
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from importlib.util import find_spec

from clients.audio_source import Unreadable
from genesys.errors import TimedOut, Transport
from messages.audio import AudioLoudness

EXTRA = ("soundfile", "pyloudnorm", "numpy", "scipy")
INSTALL = "pip install 'genesys-switchboard[audio]'"
WORKER = (sys.executable, "-m", "clients.audio_worker")
READY = b"ready"
PACKET = 4096  # bytes


def missing_extra(needed: Sequence[str] = EXTRA) -> str | None:
    """Why loudness cannot be measured here, and what to install; None where it can."""
    missing = [name for name in needed if find_spec(name) is None]
    return f"loudness cannot be measured without {' and '.join(missing)}: {INSTALL}" if missing else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """`duration_ms` is what was decoded, None where that was not all of it."""

    loudness: AudioLoudness
    duration_ms: int | None


class LoudnessMeter:
    """One process, started when it is first needed; one file at a time, whichever thread asks."""

    def __init__(
        self,
        most_seconds: float = 60.0,
        *,
        worker: Sequence[str] = WORKER,
        clock: Callable[[], float] = time.monotonic,
        around: Callable[[], AbstractContextManager[None]] = nullcontext,
    ) -> None:
        """`around` surrounds the start of the process."""
        self._most_seconds = most_seconds
        self._worker = tuple(worker)
        self._clock, self._around = clock, around
        self._turn = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._line: socket.socket | None = None

    def measure(self, file: bytes, ends_at_s: float) -> Measured:
        """How loud its first `most_seconds` are; raises Unreadable (`broken`), Transport or TimedOut.

        A process that is not done by `ends_at_s` is killed.
        """
        if not self._turn.acquire(timeout=max(0.0, ends_at_s - self._clock())):
            raise TimedOut("other files were being decoded all the time", maybe_sent=False)
        try:
            return _measured(self._ask(file, ends_at_s))
        finally:
            self._turn.release()

    def close(self) -> None:
        """End the process, whatever it is at; the next file starts another one."""
        process = self._process
        if process is not None:
            process.kill()
        with self._turn:
            self._kill()

    def _ask(self, file: bytes, ends_at_s: float) -> bytes:
        line = self._line or self._start(ends_at_s)
        descriptor = _in_memory(file)
        try:
            told = self._hand_over(line, descriptor, ends_at_s)
        finally:
            os.close(descriptor)
        if not told:
            self._kill()
            raise Transport("the process that decodes files ended over it", maybe_sent=True)
        return told

    def _start(self, ends_at_s: float) -> socket.socket:
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs, self._around():
            self._line = ours
            self._process = subprocess.Popen(
                [*self._worker, str(theirs.fileno())],
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                env={"PYTHONPATH": os.pathsep.join(sys.path), "OPENBLAS_NUM_THREADS": "1", "LC_ALL": "C.UTF-8"},
            )
        if self._hear(ours, ends_at_s) != READY:
            self._kill()
            raise Transport("the process that decodes files does not start", maybe_sent=False)
        return ours

    def _hand_over(self, line: socket.socket, descriptor: int, ends_at_s: float) -> bytes:
        try:
            socket.send_fds(line, [str(self._most_seconds).encode()], [descriptor])
        except OSError:
            return b""
        return self._hear(line, ends_at_s)

    def _hear(self, line: socket.socket, ends_at_s: float) -> bytes:
        """Its next packet; empty where it has ended."""
        line.settimeout(max(0.001, ends_at_s - self._clock()))
        try:
            return line.recv(PACKET)
        except TimeoutError:
            self._kill()
            raise TimedOut("it could not be decoded in time", maybe_sent=False) from None
        except OSError:
            return b""

    def _kill(self) -> None:
        line, process = self._line, self._process
        self._line = self._process = None
        if line is not None:
            line.close()
        if process is not None:
            process.kill()
            process.wait()


def _in_memory(file: bytes) -> int:
    """The descriptor of a file with these bytes that is on no disk."""
    descriptor = os.memfd_create("audio", os.MFD_CLOEXEC)
    with os.fdopen(descriptor, "wb", closefd=False) as writing:
        writing.write(file)
    os.lseek(descriptor, 0, os.SEEK_SET)
    return descriptor


def _measured(told: bytes) -> Measured:
    answer = json.loads(told)
    if "broken" in answer:
        raise Unreadable("broken", answer["broken"])
    return Measured(loudness=AudioLoudness(**answer["loudness"]), duration_ms=answer["duration_ms"])
