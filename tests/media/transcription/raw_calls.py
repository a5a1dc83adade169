"""One call to a service that writes its frames by hand."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from tests.media.transcription.calls import Call, Make, closing
from tests.media.transcription.raw_peer import Peer, place


@asynccontextmanager
async def asked(transport: Make) -> AsyncIterator[tuple[Call, Peer]]:
    """A call by `transport`, and the connection on which the service has read its headers, on stream 1."""
    async with place() as here, closing(transport(here.address)) as way:
        call = Call(way)
        peer = await here.peer()
        await peer.request()
        yield call, peer
