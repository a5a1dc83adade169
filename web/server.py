"""The HTTP door: uvicorn on one thread and one event loop, as something that can be started, stopped and kept."""

import asyncio
import threading
import time
from collections.abc import Callable, Mapping
from typing import Any

from loguru import logger
from uvicorn import Server

from control.bridge import Bridge
from control.calls import Calls, House
from control.reception import Reception
from messages.base import Json
from messages.journal import Unsubscribe
from web.application import Desk, application
from web.complaints import Complaints, UvicornLog, take_over
from web.connection import Connection, DoorConfig
from web.inquiries import Inquiries
from web.keys import Keys
from web.limits import Limits
from web.listener import HttpClaim
from web.metrics import Scraper
from web.shell import Shell

ANSWERS_S = 1.0  # of the time to stop, for answers to orders that have not ended; the rest is for the orders


class HttpServer:
    """Serves from `start` until `stop`; should its thread end unasked, `on_death` hears why, in that thread."""

    def __init__(
        self,
        claim: HttpClaim,
        house: House,
        keys: Keys,
        version: str,
        on_death: Callable[[BaseException], None],
        limits: Limits | None = None,
    ) -> None:
        self._claim, self._house, self._keys, self._on_death = claim, house, keys, on_death
        self._loop = asyncio.new_event_loop()
        self._loop.set_exception_handler(self._complain)
        self._bridge = Bridge(self._loop)
        self._reception = Reception("http", house.addresses, house.rules, self._bridge)
        self._closing: asyncio.Future[None] = self._loop.create_future()
        self._complaints = Complaints(time.monotonic)
        self._server = self._serve_with(limits or Limits(), version)
        self._thread = threading.Thread(target=self._run, name="http", daemon=True)

    def start(self) -> None:
        """Begin to serve; OSError when the address was given up."""
        take_over(UvicornLog(self._complaints))
        try:
            self._listeners = self._claim.listeners()
        except OSError:
            self._loop.close()
            raise
        self._reception.open()
        self._thread.start()

    def stop(self, timeout_s: float) -> None:
        """Take no more, let orders end, answer what waits, and end the thread; by force after `timeout_s`."""
        self._bridge.post(lambda: self._finish(timeout_s))
        if self._thread.is_alive() and threading.current_thread() is not self._thread:
            self._thread.join(timeout_s)

    def facts(self) -> Mapping[str, Json]:
        """What actor.show tells of the door; safe from any thread."""
        state = self._server.server_state
        return {
            "listens": list(self._claim.addresses),
            "connections": len(state.connections),
            "requests": state.total_requests,
            "orders_waited_for": self._reception.waiters.count(),
            "keys": [key.name for key in self._keys.known],
            "complaints": dict(self._complaints.total),
        }

    # --- the thread --------------------------------------------------------------------------------------------

    def _serve_with(self, limits: Limits, version: str) -> Server:
        inquiries = Inquiries(Calls(self._house, self._bridge, self._reception))
        desk = Desk(
            reception=self._reception,
            rules=self._house.rules,
            inquiries=inquiries,
            scraper=Scraper(inquiries, limits.scrape_s, self.facts),
            keys=self._keys,
            limits=limits,
            closing=self._closing,
            version=version,
        )
        shell = Shell(application(desk), limits, keyless=not self._keys)
        return Server(DoorConfig(shell, limits, self._complaints))

    def _run(self) -> None:
        serving = self._loop.create_task(self._serve())
        serving.add_done_callback(lambda _: self._loop.stop())
        self._loop.run_forever()
        self._loop.close()
        error = serving.exception()
        if error is not None:
            self._on_death(error)

    async def _serve(self) -> None:
        logger.info("http: serving on {}", ", ".join(self._claim.addresses))
        try:
            await self._server.serve(self._listeners)
        finally:
            for connection in tuple(self._server.server_state.connections):
                connection.transport.abort()
            journal = self._house.addresses.find("audit")
            if journal is not None:
                journal.tell(Unsubscribe(subscriber=self._reception.waiters))
            await self._loop.shutdown_default_executor()

    def _finish(self, timeout_s: float) -> None:
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

    def _complain(self, _loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        """Of what befell the loop itself: a connection that could not be accepted, a callback that failed."""
        words = str(context.get("message", "the event loop complains"))
        self._complaints.note(f"loop: {words}", words, context.get("exception"))
