"""A stream's results on their way out: one writer, since gRPC takes one message of a stream at a time."""

import asyncio
from collections.abc import Callable
from math import inf, nextafter

import grpc

Context = grpc.aio.ServicerContext[bytes, bytes]


class Outbox:
    """`put` in the order of writing, or with a delay; `drained` when nothing is left.

    `written` is called for what gRPC has taken, never for what it could not: the stream may break in the middle.
    """

    def __init__(self, context: Context) -> None:
        self._context = context
        self._loop = asyncio.get_running_loop()
        self._queue: asyncio.Queue[tuple[bytes, Callable[[], None]]] = asyncio.Queue()
        self._waiting = 0
        self._idle = asyncio.Event()
        self._idle.set()
        self._due_s = 0.0
        self._writer = self._loop.create_task(self._write())

    def put(self, message: bytes, wait_s: float, written: Callable[[], None] = lambda: None) -> None:
        """Write `message` no sooner than in `wait_s` and not before those put earlier."""
        self._due_s = max(nextafter(self._due_s, inf), self._loop.time() + wait_s)
        self._later(self._due_s, message, written)

    def put_aside(self, message: bytes, wait_s: float, written: Callable[[], None] = lambda: None) -> None:
        """The same, but whatever is put after it may overtake it."""
        self._later(self._loop.time() + wait_s, message, written)

    async def drained(self) -> None:
        """When everything is written, or the client is gone."""
        await self._idle.wait()

    async def order(self, order: bytes) -> None:
        """Have the wire do something, behind what was written before. See `Orders`."""
        await self.drained()
        self.put(order, 0)
        await self.drained()

    def close(self) -> None:
        self._writer.cancel()

    def _later(self, due_s: float, message: bytes, written: Callable[[], None]) -> None:
        at_once = not self._waiting and due_s <= self._loop.time()
        self._waiting += 1
        self._idle.clear()
        if at_once:
            self._queue.put_nowait((message, written))
        else:  # also what is due already: the loop calls the earlier one first
            self._loop.call_at(due_s, self._queue.put_nowait, (message, written))

    async def _write(self) -> None:
        try:
            while True:
                message, written = await self._queue.get()
                await self._context.write(message)
                written()
                self._waiting -= 1
                if not self._waiting:
                    self._idle.set()
        except grpc.aio.BaseError:  # the client is gone, and its handler will hear of it
            self._idle.set()
