"""What serves behind the door: the paths, on uvicorn. Loading FastAPI takes longer than opening the door does."""

import asyncio
import socket
from collections.abc import Callable, Mapping

from uvicorn import Server

from control.calls import Calls
from control.reception import Reception, Rules
from messages.base import Json
from web.application import Desk, application
from web.complaints import Complaints
from web.connection import Connection, DoorConfig
from web.inquiries import Inquiries
from web.keys import Keys
from web.limits import Limits
from web.metrics import Scraper
from web.shell import Shell

ANSWERS_S = 1.0  # of the time to stop, for answers to orders that have not ended; the rest is for the orders


class Serving:
    """Belongs to the event loop it was made on."""

    def __init__(
        self,
        calls: Calls,
        reception: Reception,
        rules: Rules,
        complaints: Complaints,
        facts: Callable[[], Mapping[str, Json]],
        *,
        keys: Keys,
        limits: Limits,
        version: str,
    ) -> None:
        self._loop = asyncio.get_running_loop()
        self._closing: asyncio.Future[None] = self._loop.create_future()
        inquiries = Inquiries(calls)
        desk = Desk(
            reception=reception,
            rules=rules,
            inquiries=inquiries,
            scraper=Scraper(inquiries, limits.scrape_s, facts),
            keys=keys,
            limits=limits,
            closing=self._closing,
            version=version,
        )
        shell = Shell(application(desk), limits, keyless=not keys)
        self._server = Server(DoorConfig(shell, limits, complaints))

    @property
    def connections(self) -> int:
        """How many there are."""
        return len(self._server.server_state.connections)

    @property
    def requests(self) -> int:
        """How many there were."""
        return self._server.server_state.total_requests

    async def serve(self, listeners: list[socket.socket]) -> None:
        """Until `finish`; closes `listeners` and every connection."""
        try:
            await self._server.serve(listeners)
        finally:
            for connection in tuple(self._server.server_state.connections):
                connection.transport.abort()
            await self._loop.shutdown_default_executor()

    def finish(self, timeout_s: float) -> None:
        """Take no more, let orders end, answer what waits; by force after `timeout_s`."""
        answers_s = min(ANSWERS_S, timeout_s / 2)
        self._server.config.timeout_graceful_shutdown = timeout_s - answers_s / 2  # type: ignore[assignment]
        self._server.force_exit = timeout_s <= 0
        self._server.should_exit = True
        self._loop.call_later(max(0.0, timeout_s - 2 * answers_s), self._close)

    def _close(self) -> None:
        if not self._closing.done():
            self._closing.set_result(None)
        for connection in tuple(self._server.server_state.connections):
            if isinstance(connection, Connection):
                connection.hang_up()
