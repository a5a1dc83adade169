"""Calls on either transport, as a test makes them: everything that is waited for has a deadline."""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from typing import Any, Literal, Protocol

from media.transcription.credentials import tls_context
from media.transcription.door import STREAM_AUDIO, StreamEnd, TranscriptionTransport
from media.transcription.lean.transport import LeanTransport
from media.transcription.reference import ReferenceTransport, channel_credentials
from messages.media import ServicePlan

DEADLINE_S = 30.0
Kind = Literal["lean", "grpcio"]


class Make(Protocol):
    """Makes a transport to an address."""

    def __call__(
        self, address: str, *, keepalive_s: float = 10.0, keepalive_deadline_s: float = 5.0, **plan: Any
    ) -> TranscriptionTransport: ...


def lean(
    address: str, *, keepalive_s: float = 10.0, keepalive_deadline_s: float = 5.0, **plan: Any
) -> TranscriptionTransport:
    service = ServicePlan(addresses=(address,), **plan)
    return LeanTransport(
        address, service, tls_context(service), keepalive_s=keepalive_s, keepalive_deadline_s=keepalive_deadline_s
    )


def grpcio(
    address: str, *, keepalive_s: float = 10.0, keepalive_deadline_s: float = 5.0, **plan: Any
) -> TranscriptionTransport:
    service = ServicePlan(addresses=(address,), **plan)
    return ReferenceTransport(
        address,
        service,
        channel_credentials(service),
        keepalive_s=keepalive_s,
        keepalive_deadline_s=keepalive_deadline_s,
    )


def run(trip: Callable[[], Coroutine[Any, Any, None]]) -> None:
    """The whole trip, within DEADLINE_S."""

    async def bounded() -> None:
        async with asyncio.timeout(DEADLINE_S):
            await trip()

    asyncio.run(bounded())


@asynccontextmanager
async def closing(transport: TranscriptionTransport) -> AsyncIterator[TranscriptionTransport]:
    try:
        yield transport
    finally:
        await transport.close()


class Call:
    """A stream and its listener."""

    def __init__(
        self, transport: TranscriptionTransport, path: str = STREAM_AUDIO, deadline_s: float | None = None
    ) -> None:
        self.results: asyncio.Queue[bytes] = asyncio.Queue()
        self.ended: asyncio.Future[StreamEnd] = asyncio.get_running_loop().create_future()
        self._room = asyncio.Event()
        self._within = True
        self.stream = transport.open(self, path=path, deadline_s=deadline_s)
        self._within = False

    def on_result(self, message: bytes) -> None:
        assert not self._within
        assert not self.ended.done()
        self.results.put_nowait(message)

    def on_room(self) -> None:
        assert not self._within
        assert not self.ended.done()
        self._room.set()

    def on_end(self, end: StreamEnd) -> None:
        assert not self._within
        self.ended.set_result(end)  # fails when it is told twice

    def offer(self, message: bytes) -> bool:
        self._within = True
        self._room.clear()
        taken = self.stream.send(message)
        self._within = False
        return taken

    async def send(self, *messages: bytes) -> None:
        """Each of them, as soon as there is room; or not, when the stream ends."""
        for message in messages:
            while not self.offer(message):
                await self.room()
                if self.ended.done():
                    return

    async def room(self) -> None:
        """Until there is room, or an end."""
        room = asyncio.ensure_future(self._room.wait())
        either: tuple[asyncio.Future[Any], ...] = (room, self.ended)
        await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
        room.cancel()

    async def result(self) -> bytes:
        return await self.results.get()

    async def end(self) -> StreamEnd:
        return await self.ended

    def drained(self) -> list[bytes]:
        """The results that nobody has asked for yet."""
        return [self.results.get_nowait() for _ in range(self.results.qsize())]
