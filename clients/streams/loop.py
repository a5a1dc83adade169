"""The I/O thread: one epoll, every outgoing WebSocket, and nothing in it that waits."""

import os
import select
import sys
import threading
import time
from collections import deque
from collections.abc import Callable
from contextlib import ExitStack
from math import inf

from clients.streams.handshake import Shaken
from clients.streams.stream import Phase, Stream, Traffic
from messages.streams import StreamClosed

TICK_S = 0.02  # how often deadlines and paused listeners are looked at, while there are any
GRACE_S = 5.0  # beyond the given time-out for a thread that never waits but may be kept from running
GOING_AWAY = 1001
_STOPPED = "the gateway's stream plane has stopped"

Command = Callable[[], None]


class Loop:
    """Owns the sockets; other threads leave commands and ring a bell.

    However the thread ends, every stream's listener hears of it, and `on_death` is called with the exception that
    ended it, unless `stop` did.
    """

    def __init__(self, *, name: str, on_death: Callable[[BaseException], None] | None = None) -> None:
        self.streams: dict[int, Stream] = {}
        self.traffic = Traffic()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._on_death = on_death
        self._epoll = select.epoll()
        self._bell = os.eventfd(0, os.EFD_NONBLOCK | os.EFD_CLOEXEC)
        self._epoll.register(self._bell, select.EPOLLIN)
        self._lock = threading.Lock()
        self._rung = self._over = False
        self._commands: deque[Command] = deque()
        self._arrivals: deque[tuple[Stream, Shaken | StreamClosed]] = deque()
        self._unsent: deque[Stream] = deque()
        self._by_fd: dict[int, Stream] = {}
        self._ready: dict[Stream, None] = {}
        self._watched: set[Stream] = set()
        self._next_tick = 0.0
        self._stop_at: float | None = None

    # -- any thread ---------------------------------------------------------------------------------------------

    def start(self) -> None:
        """Start the thread; once."""
        self._thread.start()

    def enter(self, stream: Stream) -> bool:
        """Take responsibility for the end of a connecting `stream`; False when the loop is over."""
        with self._lock:
            if self._over:
                return False
            self.streams[stream.stream_id] = stream
        self.post(lambda: self._watched.add(stream))
        return True

    def post(self, command: Command) -> None:
        """Have `command` run on the I/O thread, if that still runs."""
        self._commands.append(command)
        self._ring()

    def arrive(self, stream: Stream, result: Shaken | StreamClosed) -> None:
        """Hand over what became of a handshake; the socket is ours from here on."""
        with self._lock:
            if not self._over:
                self._arrivals.append((stream, result))
            elif isinstance(result, Shaken):
                result.sock.close()
        self._ring()

    def ask_flush(self, stream: Stream) -> None:
        """Have what is in the outbox of `stream` sent."""
        if not stream.flush_asked:
            stream.flush_asked = True
            self._unsent.append(stream)
            self._ring()

    def stop(self, timeout_s: float) -> bool:
        """Close every stream with 1001, wait for the peers and end; whether the thread ended in time."""
        if self._thread.ident is None:
            if not self._over:
                self._bury(None)
            return True
        self.post(lambda: self._start_stop(timeout_s))
        self._thread.join(timeout_s + GRACE_S)
        return not self._thread.is_alive()

    def _ring(self) -> None:
        if self._rung:
            return
        with self._lock:
            if not self._over:
                self._rung = True
                os.eventfd_write(self._bell, 1)

    # -- the I/O thread -----------------------------------------------------------------------------------------

    def _run(self) -> None:
        try:
            while not self._may_end():
                self._turn()
        finally:
            self._bury(sys.exception())

    def _may_end(self) -> bool:
        return self._stop_at is not None and (not self._by_fd or time.monotonic() >= self._stop_at)

    def _turn(self) -> None:
        timeout_s = 0.0 if self._ready else TICK_S if self._watched else -1.0
        events = self._epoll.poll(timeout_s)
        due, self._ready = self._ready, {}
        for fd, mask in events:
            if fd == self._bell:
                self._answer_bell()
            elif stream := self._by_fd.get(fd):
                if mask == select.EPOLLOUT:
                    self._settle(stream)
                else:
                    due[stream] = None
        for stream in due:
            self._settle(stream, more=stream.serve())
        if self._watched and (now := time.monotonic()) >= self._next_tick:
            self._next_tick = now + TICK_S
            self._tick(now)

    def _answer_bell(self) -> None:
        os.eventfd_read(self._bell)
        self._rung = False
        for _ in range(len(self._commands)):  # what comes meanwhile rings again
            self._commands.popleft()()
        for _ in range(len(self._arrivals)):
            self._receive(*self._arrivals.popleft())
        for _ in range(len(self._unsent)):
            stream = self._unsent.popleft()
            stream.flush_asked = False
            self._settle(stream)

    def _receive(self, stream: Stream, result: Shaken | StreamClosed) -> None:
        if isinstance(result, StreamClosed):
            stream.fail(result)
            self._settle(stream)
        elif stream.phase is not Phase.CONNECTING:
            result.sock.close()
        else:
            stream.open(result)
            self._by_fd[stream.fileno()] = stream
            self._settle(stream, more=True)

    def _settle(self, stream: Stream, *, more: bool = False) -> None:
        """Send what `stream` has to say and draw the conclusions from what it has become."""
        broken = not stream.flush()
        if stream.phase in (Phase.LINGERING, Phase.GONE):
            self.streams.pop(stream.stream_id, None)
        if stream.phase is Phase.GONE:
            self._forget(stream)
            return
        if stream.paused or stream.deadline < inf:
            self._watched.add(stream)
        if more or broken:
            self._ready[stream] = None
        if stream.phase is not Phase.CONNECTING:
            reads = 0 if stream.paused and stream.phase is not Phase.LINGERING else select.EPOLLIN
            self._watch(stream, reads | (select.EPOLLOUT if stream.wants_write else 0))

    def _watch(self, stream: Stream, mask: int) -> None:
        """Have epoll report `mask` for `stream`; with 0 not even a hang-up, which it would report for ever."""
        if mask == stream.mask:
            return
        if not mask:
            self._epoll.unregister(stream.fileno())
        elif stream.mask:
            self._epoll.modify(stream.fileno(), mask)
        else:
            self._epoll.register(stream.fileno(), mask)
        stream.mask = mask

    def _forget(self, stream: Stream) -> None:
        self._watched.discard(stream)
        self._ready.pop(stream, None)
        if self._by_fd.pop(stream.fileno(), None):
            self._watch(stream, 0)
        stream.release()

    def _tick(self, now: float) -> None:
        for stream in tuple(self._watched):
            if now >= stream.deadline:
                stream.expire()
                self._settle(stream)
            elif stream.paused and stream.resume():
                self._settle(stream, more=True)
            elif stream.phase is Phase.OPEN and not stream.paused:
                self._watched.discard(stream)

    def close(self, stream: Stream, code: int, reason: str, timeout_s: float) -> None:
        """Only by `post`: begin the closing handshake."""
        stream.start_close(code, reason, timeout_s)
        self._settle(stream)

    def abort(self, stream: Stream, reason: str) -> None:
        """Only by `post`: end it now."""
        stream.lose(reason)
        self._settle(stream)

    def _start_stop(self, timeout_s: float) -> None:
        self._stop_at = time.monotonic() + timeout_s
        for stream in tuple(self.streams.values()):
            self.close(stream, GOING_AWAY, "", timeout_s)

    def _bury(self, error: BaseException | None) -> None:
        """The last thing that happens: everyone hears, whatever one of them does about it."""
        with self._lock:
            self._over = True
            self._rung = False
        with ExitStack() as last_words:
            last_words.callback(os.close, self._bell)
            last_words.callback(self._epoll.close)
            if self._on_death is not None and error is not None:
                last_words.callback(self._on_death, error)
            for _, result in self._arrivals:
                if isinstance(result, Shaken):
                    last_words.callback(result.sock.close)
            for stream in (*self._by_fd.values(), *self.streams.values()):
                last_words.callback(stream.release)
                last_words.callback(stream.lose, _STOPPED)
