"""What goes out to one client: answers first, then events, as fast as the client reads and no faster.

An answer behind which nothing waits is written at once, without a turn of the loop: each turn may cost its thread the
interpreter, and whoever asked waits for all of them.
"""

import asyncio
from collections import deque
from typing import Protocol

from control.subscription import Subscription

MOST_BYTES = 16 << 20  # of answers that wait for one client; one longer answer is let through when nothing waits
ENOUGH_BYTES = 1 << 20  # from here on nothing more is read from the client until it has read
EVENTS_A_TURN = 256


class Outlet(Protocol):
    """Where the lines go."""

    @property
    def transport(self) -> asyncio.WriteTransport: ...

    async def taken(self) -> None:
        """Return once the client has read most of what was written; ConnectionError when it has gone."""

    def go_on(self) -> None:
        """There is room for more answers."""


class Output:
    """Lines for one client, on the loop's thread."""

    def __init__(self, most_bytes: int = MOST_BYTES, enough_bytes: int = ENOUGH_BYTES) -> None:
        self._most_bytes, self._enough_bytes = most_bytes, enough_bytes
        self._lines: deque[bytes] = deque()
        self._bytes = 0
        self._subscription: Subscription | None = None
        self._transport: asyncio.WriteTransport | None = None
        self._something = asyncio.Event()
        self._written = asyncio.Event()
        self._written.set()
        self.overflowed = asyncio.Event()

    def put(self, line: bytes) -> None:
        """Queue an answer; when too much waits already, it is let go and `overflowed` is set: the client must go."""
        transport = self._transport
        if transport is not None and not self._lines and not transport.get_write_buffer_size():
            transport.write(line)
            return
        if self._lines and self._bytes + len(line) > self._most_bytes:
            self.overflowed.set()
            return
        self._written.clear()
        self._lines.append(line)
        self._bytes += len(line)
        self.wake()

    def follow(self, subscription: Subscription | None) -> None:
        """Send this subscription's events from now on, after all answers that wait."""
        self._subscription = subscription
        self.wake()

    def wake(self) -> None:
        """There is something to send."""
        self._something.set()

    def has_room(self) -> bool:
        """Whether so little waits that the client may be asked for more."""
        return self._bytes < self._enough_bytes

    async def pump(self, outlet: Outlet) -> None:
        """Write for ever; ends with the ConnectionError of a client that has gone."""
        self._transport = outlet.transport
        while True:
            await self._something.wait()
            self._something.clear()
            while batch := self._take():
                self._transport.writelines(batch)
                await outlet.taken()
                outlet.go_on()
            self._written.set()

    async def all_written(self) -> None:
        """Return once `pump` has written every answer."""
        await self._written.wait()

    def _take(self) -> list[bytes]:
        """Everything that waits of answers; when there is none, some events."""
        if not self._lines:
            return self._subscription.take(EVENTS_A_TURN) if self._subscription is not None else []
        batch = list(self._lines)
        self._lines.clear()
        self._bytes = 0
        return batch
