"""The door to one audio worker process: `python -m media FD`, the line to it, what it writes, and its end.

One thread does all of it; whoever sends only queues. The line is rules.media_line's.
"""

import os
import select
import selectors
import signal
import socket
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import IO, Protocol, cast

from messages.media import WorkerCommand, WorkerEvent, WorkerPlan
from rules.media_line import BadLine, LineSplitter, encode, read_event

WORKER = (sys.executable, "-m", "media")
MOST_WAITING = 32 * 1024 * 1024  # bytes that the worker has not taken
STUCK_S = 5.0  # how long it may take nothing of what waits
END_S = 2.0  # from the end of its line to its own
FULL_BACKLOG = 5_000  # messages at the listener, past which its line is not read
SLICE_S = 0.05
CHUNK = 256 * 1024  # bytes
MOST_LETTERS = 2_000  # of one line that it writes


class Listener(Protocol):
    """Whoever the process belongs to; called from the process's own thread."""

    def told(self, events: tuple[WorkerEvent, ...]) -> None:
        """What came over the line."""

    def wrote(self, line: str) -> None:
        """A line of its standard error."""

    def ended(self, why: str) -> None:
        """It is gone, and everything that it told was told before; exactly once."""

    def backlog(self) -> int:
        """How many messages wait; the line is not read while they are too many."""


class MediaProcess:
    """Started at once; `ended` follows whatever happens."""

    def __init__(
        self,
        plan: WorkerPlan,
        listener: Listener,
        *,
        command: Sequence[str] = WORKER,
        clock: Callable[[], float] = time.monotonic,
        stuck_s: float = STUCK_S,
        around: Callable[[], AbstractContextManager[None]] = nullcontext,
    ) -> None:
        """`around` surrounds the start of the process; `command` is what is started, with the line's descriptor."""
        self._listener, self._clock, self._stuck_s = listener, clock, stuck_s
        self._lock = threading.Lock()
        self._waiting: deque[memoryview] = deque()
        self._waiting_bytes = 0
        self._moved_s = clock()
        self._splitter, self._begun = LineSplitter(), b""
        self._bad_lines = 0
        self._over = False
        self._line, theirs = socket.socketpair()
        with theirs:
            shared = () if plan.nonces_descriptor is None else (plan.nonces_descriptor,)
            with around():
                self._child = _start(command, theirs, shared)
        self._line.setblocking(False)
        self._pen = cast("IO[bytes]", self._child.stderr)
        os.set_blocking(self._pen.fileno(), False)
        self._bell = os.eventfd(0, os.EFD_NONBLOCK | os.EFD_CLOEXEC)
        self._exit = os.pidfd_open(self._child.pid)
        self._queue(encode(plan))
        threading.Thread(target=self._run, name=f"media worker {self._child.pid}", daemon=True).start()

    @property
    def pid(self) -> int:
        """Its number at the system."""
        return self._child.pid

    @property
    def bad_lines(self) -> int:
        """Lines that came and were none of ours."""
        return self._bad_lines

    def send(self, command: WorkerCommand) -> bool:
        """Queue `command`, from any thread, without waiting; False when there is no room or nobody to read it."""
        return self._queue(encode(command))

    def kill(self) -> None:
        """`kill -9`, from any thread, also when it has ended long ago."""
        with self._lock:
            if not self._over:
                self._child.kill()

    def _queue(self, line: bytes) -> bool:
        with self._lock:
            if self._over or self._waiting_bytes + len(line) > MOST_WAITING:
                return False
            if not self._waiting:
                self._moved_s = self._clock()
            self._waiting.append(memoryview(line))
            self._waiting_bytes += len(line)
            os.eventfd_write(self._bell, 1)
        return True

    # --- its own thread ----------------------------------------------------------------------------------------

    def _run(self) -> None:
        with selectors.DefaultSelector() as selector:
            for source in (self._line, self._pen, self._bell, self._exit):
                selector.register(source, selectors.EVENT_READ)
            self._serve(selector)
        why = _words(self._child.wait())
        self._let_go()
        self._listener.ended(why)

    def _serve(self, selector: selectors.BaseSelector) -> None:
        """Until it has ended; one whose line has ended, or that takes nothing, is killed."""
        hung_up_s: float | None = None
        while True:
            heard = hung_up_s is None and self._listener.backlog() < FULL_BACKLOG
            self._interest(selector, reading=heard)
            ready = {key.fileobj for key, _ in selector.select(SLICE_S if self._waiting or not heard else 1.0)}
            if self._bell in ready:
                os.eventfd_read(self._bell)
            if self._pen in ready and not self._read_pen():
                selector.unregister(self._pen)
            self._write()
            if self._exit in ready:
                self._last_words()
                return
            if hung_up_s is None and self._line in ready and heard and not self._read():
                hung_up_s = self._clock()
            if hung_up_s is not None and self._clock() > hung_up_s + END_S:
                self.kill()

    def _interest(self, selector: selectors.BaseSelector, *, reading: bool) -> None:
        events = (selectors.EVENT_READ if reading else 0) | (selectors.EVENT_WRITE if self._waiting else 0)
        known = selector.get_map().get(self._line)
        if known is not None and not events:
            selector.unregister(self._line)
        elif known is None and events:
            selector.register(self._line, events)
        elif known is not None and known.events != events:
            selector.modify(self._line, events)

    def _read(self) -> bool:
        """Take what is there; False at the end of the line."""
        try:
            data = self._line.recv(CHUNK)
        except BlockingIOError:
            return True
        except OSError:
            return False
        try:
            events = tuple(event for line in self._splitter.feed(data) if (event := self._event(line)) is not None)
        except BadLine:
            return False
        if events:
            self._listener.told(events)
        return bool(data)

    def _event(self, line: bytes) -> WorkerEvent | None:
        try:
            return read_event(line)
        except BadLine as bad:
            self._bad_lines += 1
            self._listener.wrote(str(bad))
            return None

    def _write(self) -> None:
        with self._lock:
            if not self._waiting:
                return
            try:
                sent = self._line.send(self._waiting[0])
            except BlockingIOError:
                sent = 0
            except OSError:  # it has hung up, which reading tells as well
                self._waiting.clear()
                self._waiting_bytes = 0
                return
            self._sent(sent)
        if sent == 0 and self._clock() > self._moved_s + self._stuck_s:
            self._listener.wrote(f"it took nothing of its line for {self._stuck_s:g} s")
            self.kill()

    def _sent(self, sent: int) -> None:
        if not sent:
            return
        self._moved_s = self._clock()
        self._waiting_bytes -= sent
        rest = self._waiting.popleft()[sent:]
        if rest:
            self._waiting.appendleft(rest)

    def _read_pen(self) -> bool:
        """Pass on what it wrote; False at the end."""
        try:
            data = os.read(self._pen.fileno(), CHUNK)
        except BlockingIOError:
            return True
        if not data:
            return False
        *lines, self._begun = (self._begun + data).split(b"\n")
        if len(self._begun) > MOST_LETTERS:
            lines, self._begun = [*lines, self._begun], b""
        for line in lines:
            self._listener.wrote(line.decode("utf-8", "replace")[:MOST_LETTERS])
        return True

    def _last_words(self) -> None:
        """What a process that is gone has left behind; another that it started may still hold its ends."""
        while _readable(self._line) and self._read():
            pass
        while _readable(self._pen) and self._read_pen():
            pass
        if self._begun:
            self._listener.wrote(self._begun.decode("utf-8", "replace"))

    def _let_go(self) -> None:
        with self._lock:
            self._over = True
            self._waiting.clear()
        self._line.close()
        self._pen.close()
        os.close(self._bell)
        os.close(self._exit)


def _start(command: Sequence[str], line: socket.socket, shared: Sequence[int]) -> "subprocess.Popen[bytes]":
    return subprocess.Popen(
        [*command, str(line.fileno())],
        pass_fds=[line.fileno(), *shared],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        env={"PYTHONPATH": os.pathsep.join(sys.path), "LC_ALL": "C.UTF-8"},
    )


def _readable(source: socket.socket | IO[bytes]) -> bool:
    """Whether there is something, or an end."""
    poll = select.poll()
    poll.register(source, select.POLLIN)
    return bool(poll.poll(0))


def _words(code: int) -> str:
    """How a process ended."""
    if code < 0:
        known = {number.value: number.name for number in signal.Signals}
        return f"it was killed by {known.get(-code, f'signal {-code}')}"
    return "it ended by itself" if code == 0 else f"it ended with exit code {code}"
