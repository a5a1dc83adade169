"""One client's socket: lines in as they come, bytes out as they are taken.

A protocol of the event loop, and no stream: what arrives is heard in the very turn in which it arrives. Each further
turn may cost the thread the interpreter, and whoever asked waits for all of them.
"""

import asyncio
from collections import deque
from collections.abc import Callable

from control.lines import Lines

LINE_DEADLINE_S = 2.0  # from a line's first byte to its newline

Hear = Callable[[bytes | None], None]
"""Called with each line, without its newline; None stands for one that was too long."""


class Channel(asyncio.Protocol):
    """Belongs to the loop it is made on; `connected` is called once there is a `transport`.

    `ended` is resolved when nothing more is heard: the client has ended its side or has gone, or left a line unfinished
    for too long (`overdue`). It holds the error where hearing a line raised one.
    """

    transport: asyncio.Transport

    def __init__(self, connected: Callable[["Channel"], None], line_deadline_s: float = LINE_DEADLINE_S) -> None:
        self._connected, self._line_deadline_s = connected, line_deadline_s
        self._loop = asyncio.get_running_loop()
        self.ended: asyncio.Future[None] = self._loop.create_future()
        self.overdue = False
        self._lines = Lines()
        self._unheard: deque[bytes | None] = deque()
        self._hear: Hear = self._unheard.append
        self._room: Callable[[], bool] = lambda: False
        self._clock: asyncio.TimerHandle | None = None
        self._silent = self._lost = False
        self._taken = asyncio.Event()
        self._taken.set()

    # --- for whoever serves the client -------------------------------------------------------------------------

    def listen(self, hear: Hear, room: Callable[[], bool]) -> None:
        """Have `hear` called with each line from now on; without `room` lines wait, and nothing more is read."""
        self._hear, self._room = hear, room
        self.go_on()

    def go_on(self) -> None:
        """Hear what waits, as far as there is room for it."""
        if self.ended.done():
            return
        while self._unheard and self._room():
            self._hear(self._unheard.popleft())
        if self._unheard:
            self.transport.pause_reading()
        elif self._silent:
            self._end()
            return
        else:
            self.transport.resume_reading()
        self._watch()

    def ignore(self) -> None:
        """Hear nothing more, whatever the client says."""
        self._end()

    async def taken(self) -> None:
        """Return once the client has read most of what was written; ConnectionResetError when it has gone."""
        await self._taken.wait()
        if self._lost:
            raise ConnectionResetError("the client has gone")

    # --- for the event loop ------------------------------------------------------------------------------------

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        self.transport = transport
        self._connected(self)

    def data_received(self, data: bytes) -> None:
        if self.ended.done():
            return
        finished = self._lines.feed(data)
        if finished:
            self._stop_clock()
            self._unheard.extend(finished)
        self.go_on()

    def eof_received(self) -> bool:
        """What came without a newline is a line as well: half an object is answered, not passed over."""
        self._silent = True
        self.data_received(b"\n")
        return True  # it may still read

    def connection_lost(self, exc: Exception | None) -> None:
        self._lost = True
        self._taken.set()
        self._end(exc)

    def pause_writing(self) -> None:
        self._taken.clear()

    def resume_writing(self) -> None:
        self._taken.set()

    # --- its own -----------------------------------------------------------------------------------------------

    def _watch(self) -> None:
        """Have the clock run while a line is on its way that we are reading."""
        arriving = self._lines.partial and not self._unheard
        if not arriving:
            self._stop_clock()
        elif self._clock is None:
            self._clock = self._loop.call_later(self._line_deadline_s, self._too_slow)

    def _stop_clock(self) -> None:
        if self._clock is not None:
            self._clock.cancel()
            self._clock = None

    def _too_slow(self) -> None:
        self.overdue = True
        self._end()

    def _end(self, error: Exception | None = None) -> None:
        self._stop_clock()
        self._unheard.clear()
        if self.ended.done():
            return
        if error is None or isinstance(error, ConnectionError):
            self.ended.set_result(None)
        else:
            self.ended.set_exception(error)
