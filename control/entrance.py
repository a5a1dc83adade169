"""Where clients come in: the listening socket on the loop, and that its path leads to it as long as the server lives.

Whoever clears up temporary files unlinks sockets, too: the connections that are there go on, and nobody new gets in.
"""

import asyncio
from collections.abc import Callable
from functools import partial

from loguru import logger

from control.channel import Channel
from control.claim import Claim, SocketProblem

LOOK_EVERY_S = 3.0  # two stats each time


class Entrance:
    """`accept` is called with every connection's channel."""

    def __init__(self, claim: Claim, accept: Callable[[Channel], None], look_every_s: float = LOOK_EVERY_S) -> None:
        self._claim, self._accept, self._look_every_s = claim, accept, look_every_s
        self._server: asyncio.AbstractServer | None = None
        self._told = ""

    def bind(self) -> None:
        """Have clients wait at the path; SocketProblem or OSError when that cannot be. For any thread."""
        self._listener = self._claim.listen()

    async def keep(self) -> None:
        """Let them in, and listen again wherever the path was taken away, until cancelled."""
        await self._open()
        while True:
            await asyncio.sleep(self._look_every_s)
            try:
                await self._look()
            except (OSError, SocketProblem) as error:
                self._tell(error)

    def close(self) -> None:
        """Let nobody in any more."""
        if self._server is not None:
            self._server.close()
        self._listener.close()  # which no server had yet

    async def _open(self) -> None:
        loop = asyncio.get_running_loop()
        make = partial(Channel, self._accept)
        self._server = await loop.create_unix_server(make, sock=self._listener, start_serving=False)
        await self._server.start_serving()

    async def _look(self) -> None:
        if not self._claim.holds():
            self.close()
            self.bind()
            await self._open()
            logger.warning("control: the socket {} was gone; it is there again", self._claim.path)
        self._told = ""

    def _tell(self, error: OSError | SocketProblem) -> None:
        """Once, however often it is tried."""
        if str(error) != self._told:
            self._told = str(error)
            logger.error("control: nobody can reach this gateway by its socket {}: {}", self._claim.path, error)
