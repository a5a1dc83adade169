"""One client's connection to its end: it leaves nothing behind."""

import asyncio
import socket
from collections.abc import Mapping
from typing import Any

from control.channel import Channel
from control.connection import Connection
from control.routes import ROUTES
from messages.orders import Peer

PEER = Peer(uid=1000, gid=1000, pid=4711, role="viewer")
ASKED = b'{"jsonrpc":"2.0","id":1,"method":"rpc.discover"}\n'


class Desk:
    """Answers at great length, and has no events to tell."""

    routes = ROUTES
    calls: Any = None

    def openrpc(self) -> Mapping[str, Any]:
        return {"filler": "x" * 900_000}

    def listener(self, *_: object) -> Any:
        return self

    def end(self) -> None:
        """As a listener."""

    def failed(self, error: BaseException) -> None:
        raise error


def test_a_client_that_goes_before_it_has_read_its_last_answers_leaves_no_task_behind() -> None:
    async def scene() -> None:
        theirs, ours = socket.socketpair()
        loop = asyncio.get_running_loop()
        _, channel = await loop.create_unix_connection(lambda: Channel(lambda _channel: None), sock=ours)
        serving = loop.create_task(Connection(Desk(), 1, PEER, {}).serve(channel))
        theirs.sendall(ASKED * 2)
        theirs.shutdown(socket.SHUT_WR)
        await channel.ended
        assert not serving.done(), "it may still read"
        theirs.close()
        await serving
        assert asyncio.all_tasks() == {asyncio.current_task()}

    async def in_time() -> None:
        async with asyncio.timeout(20):
            await scene()

    asyncio.run(in_time())
