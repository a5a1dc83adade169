"""One reader for all calls of a worker: an epoll of our own within the loop, instead of the loop's callback a socket.

A call sends fifty small frames a second, and asyncio's way to each of them (an event, a handle, a context, a transport)
costs as much as reading it. What is read here is only what nearly every frame is: a whole masked text or binary
message of less than 64 KiB. Pings and pongs are passed on to picows as they are, and whatever else comes gives the
socket back to picows and the loop for good, at a frame's boundary: what a call hears does not depend on who reads.
TLS is always read by picows.
"""

import asyncio
import os
import select
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from picows.picows import WSProtocol  # type: ignore[attr-defined]
from websockets.speedups import apply_mask

if TYPE_CHECKING:
    from media.connection import Connection

GATHER_S = 0.003  # from one turn to the next: frames that come meanwhile are read, and written on, together
READ_BYTES = 16 * 1024  # of one call in one turn
MOST_EVENTS = 256  # of one turn; the kernel goes on with who has waited longest

# Source: RFC 6455 section 5.2. FIN without reserved bits, and the opcode.
TEXT, BINARY, PING, PONG = 0x81, 0x82, 0x89, 0x8A
MASKED = 0x80
SIZE_OF_TWO_BYTES = MASKED | 126
LEAST_OF_TWO_BYTES = 126
MESSAGES = frozenset((TEXT, BINARY))
OURS = MESSAGES | {PING, PONG}

NOT_WHOLE, NOT_OURS = 0, -1
NEVER = 1 << 30  # no read brings as much

Events = list[tuple[int, int]]  # descriptor and what there is, of an epoll
Read = Callable[[dict[int, "Reading"], Events], None]


class Poll:
    """The sockets that are read here; one a worker, on its loop.

    After a pause the first frame is read at once. From then on there is a turn every `gather_s`, until one finds
    nothing: waking up for each frame would cost several times what it costs to read it. A full turn has left some
    behind, who have waited long enough: the next follows as soon as the loop has had its own.
    """

    def __init__(self, read: Read | None = None, gather_s: float = GATHER_S, most_events: int = MOST_EVENTS) -> None:
        """`read` is another way to do what `read_each` does."""
        self._gather_s, self._most_events = gather_s, most_events
        self._loop = asyncio.get_running_loop()
        self._epoll = select.epoll()
        self._readings: dict[int, Reading] = {}
        self._read = partial(read or read_each, self._readings)
        self._next: asyncio.TimerHandle | None = None  # turn; None while the loop waits for a first frame
        self._await_first()

    def close(self) -> None:
        """There are no calls any more."""
        self._readings.clear()
        if self._next is None:
            self._loop.remove_reader(self._epoll.fileno())
        else:
            self._next.cancel()
        self._epoll.close()

    def enter(self, reading: "Reading") -> None:
        """Read it."""
        self._readings[reading.fd] = reading
        self._epoll.register(reading.fd, select.EPOLLIN)

    def leave(self, reading: "Reading") -> None:
        """Read it no more; also in the middle of a turn."""
        if self._readings.pop(reading.fd, None) is not None:
            self._epoll.unregister(reading.fd)

    def _await_first(self) -> None:
        self._next = None
        self._loop.add_reader(self._epoll.fileno(), self._first)

    def _first(self) -> None:
        self._loop.remove_reader(self._epoll.fileno())
        self._turn()

    def _turn(self) -> None:
        events = self._epoll.poll(0, self._most_events)
        if events:
            gather_s = self._gather_s if len(events) < self._most_events else 0.0
            self._next = self._loop.call_at(self._loop.time() + gather_s, self._turn)
            self._read(events)
        else:
            self._await_first()


def read_each(readings: "dict[int, Reading]", events: Events) -> None:
    """One read of each call that has something; one whose message is not borne ends, and the next turn goes on."""
    find, read = readings.get, os.read
    reading: Reading | None = None
    try:
        for fd, _ in events:
            reading = find(fd)
            if reading is None:
                continue  # it has left in this turn
            try:
                data = read(fd, READ_BYTES)
            except BlockingIOError:
                continue
            except OSError:
                reading.broke()
                continue
            if len(data) == reading.whole and data[:4] == reading.head:
                reading.connection.messages += 1
                reading.message(apply_mask(data[8:], data[4:8]), reading.is_text)
            else:
                reading.read(data)
        reading = None
    finally:
        if reading is not None:
            reading.fail()


class Reading:
    """One call's socket while it is read here; `head` and `whole` are those of a lone frame like the last one."""

    __slots__ = (
        "_most_bytes",
        "_poll",
        "_protocol",
        "_reads",
        "_tail",
        "_transport",
        "connection",
        "fd",
        "head",
        "is_text",
        "message",
        "whole",
    )

    def __init__(
        self,
        poll: Poll,
        connection: "Connection",
        transport: asyncio.Transport,
        protocol: WSProtocol,
        most_bytes: int,
    ) -> None:
        """`transport` does not read, and `protocol` is between two frames, of which `most_bytes` are taken."""
        self._poll, self._transport, self._protocol, self._most_bytes = poll, transport, protocol, most_bytes
        self._tail = b""  # of a frame that is not whole
        self._reads = True
        self.connection = connection
        self.message = connection.message
        self.fd: int = transport.get_extra_info("socket").fileno()
        self.head = b""
        self.whole = NEVER
        self.is_text = False
        poll.enter(self)

    def pause_reading(self) -> None:
        """Read no more for now: TCP pushes back."""
        self._reads = False
        self._poll.leave(self)

    def resume_reading(self) -> None:
        """Read again."""
        self._reads = True
        self._poll.enter(self)

    def give_back(self) -> None:
        """From now on the loop and picows read, as long as the socket lives; from the next frame's boundary on."""
        if self.connection.reading is self:
            self.connection.reading = None
            self._poll.leave(self)
            if self._reads:
                self._transport.resume_reading()
            tail, self._tail = self._tail, b""
            feed(self._protocol, tail)

    def leave(self) -> None:
        """The socket is gone."""
        self.connection.reading = None
        self._poll.leave(self)

    def broke(self) -> None:
        """The other side has cut the connection."""
        self.leave()
        self._transport.abort()

    def fail(self) -> None:
        """A message was not borne, by a fault of ours: only this call ends."""
        self.connection.fail()

    def read(self, data: bytes) -> None:
        """Hear what `data` completes, keep what it begins; no data is the other side's end."""
        if not data:
            self.give_back()
            return
        data, self._tail = self._tail + data, b""
        connection, message = self.connection, self.message
        at, size = 0, len(data)
        while connection.reading is self:
            ends = at + self.whole
            if ends <= size and data[at : at + 4] == self.head:
                connection.messages += 1
                message(apply_mask(data[at + 8 : ends], data[at + 4 : at + 8]), self.is_text)
            else:
                ends = end_of_frame(data, at, self._most_bytes)
                if ends <= 0:
                    self._keep(data[at:], ends)
                    return
                self._hear(data[at:ends])
            at = ends
        feed(self._protocol, data[at:])

    def _keep(self, tail: bytes, why: int) -> None:
        self._tail = tail
        if tail:
            self.whole = NEVER
        if why == NOT_OURS:
            self.give_back()

    def _hear(self, frame: bytes) -> None:
        kind, payload_at = frame[0], 8 if frame[1] == SIZE_OF_TWO_BYTES else 6
        if kind not in MESSAGES:
            feed(self._protocol, frame)
            return
        is_text = kind == TEXT
        if payload_at == 8:
            self.head, self.whole, self.is_text = frame[:4], len(frame), is_text
        self.connection.messages += 1
        self.message(apply_mask(frame[payload_at:], frame[payload_at - 4 : payload_at]), is_text)


def end_of_frame(data: bytes, at: int, most_bytes: int) -> int:
    """Where the frame that begins `at` ends; NOT_WHOLE: it is not all there, NOT_OURS: picows is to judge it."""
    there = len(data) - at
    if there < 2:
        return NOT_WHOLE
    kind, size = data[at], data[at + 1] - MASKED
    if size < 0 or kind not in (MESSAGES if size >= LEAST_OF_TWO_BYTES else OURS):
        return NOT_OURS
    head = 6
    if size >= LEAST_OF_TWO_BYTES:
        if there < 4:
            return NOT_WHOLE
        head, size = 8, (data[at + 2] << 8 | data[at + 3] if size == LEAST_OF_TWO_BYTES else 0)
        if size < LEAST_OF_TWO_BYTES:
            return NOT_OURS
    if size > most_bytes and kind in MESSAGES:
        return NOT_OURS
    return at + head + size if there >= head + size else NOT_WHOLE


def feed(protocol: WSProtocol, came: bytes) -> None:
    """Have `protocol` read what others have received."""
    while came:
        room = protocol.get_buffer(-1)
        taken = min(len(room), len(came))
        room[:taken] = came[:taken]
        protocol.buffer_updated(taken)
        came = came[taken:]
