"""The HTTP door: one thread and one event loop, as something that can be started, stopped and kept.

The door is open, and whoever knocks is heard, once its address listens; what serves is loaded on the door's own thread,
so that the gateway need not wait for it.
"""

import asyncio
import threading
import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from loguru import logger

from control.bridge import Bridge
from control.calls import Calls, House
from control.reception import Reception
from messages.base import Json
from web.complaints import Complaints, UvicornLog, take_over
from web.keys import Keys
from web.limits import Limits
from web.listener import HttpClaim

if TYPE_CHECKING:
    from web.serving import Serving


class HttpServer:
    """Serves from `start` until `stop`; should its thread end unasked, `on_death` hears why, in that thread.

    There, too, `loaded` is called once all that serves has been loaded.
    """

    def __init__(
        self,
        claim: HttpClaim,
        house: House,
        keys: Keys,
        version: str,
        on_death: Callable[[BaseException], None],
        limits: Limits | None = None,
        loaded: Callable[[], None] = lambda: None,
    ) -> None:
        self._claim, self._house, self._keys, self._on_death = claim, house, keys, on_death
        self._limits, self._version, self._loaded = limits or Limits(), version, loaded
        self._loop = asyncio.new_event_loop()
        self._loop.set_exception_handler(self._complain)
        self._bridge = Bridge(self._loop)
        self._reception = Reception("http", house.addresses, house.rules, self._bridge)
        self._complaints = Complaints(time.monotonic)
        self._serving: Serving | None = None
        self._thread = threading.Thread(target=self._run, name="http", daemon=True)

    def start(self) -> None:
        """Open the door; OSError when the address was given up."""
        take_over(UvicornLog(self._complaints))
        try:
            self._listeners = self._claim.listeners()
        except OSError:
            self._loop.close()
            raise
        self._reception.open()
        self._serves = self._loop.create_task(self._serve())  # before anybody can tell it to finish
        self._thread.start()

    def stop(self, timeout_s: float) -> None:
        """Take no more, let orders end, answer what waits, and end the thread; by force after `timeout_s`."""
        self._bridge.post(lambda: self._finish(timeout_s))
        if self._thread.is_alive() and threading.current_thread() is not self._thread:
            self._thread.join(timeout_s)

    def facts(self) -> Mapping[str, Json]:
        """What actor.show tells of the door; safe from any thread."""
        serving = self._serving
        return {
            "listens": list(self._claim.addresses),
            "connections": 0 if serving is None else serving.connections,
            "requests": 0 if serving is None else serving.requests,
            "orders_waited_for": self._reception.waiters.count(),
            "keys": [key.name for key in self._keys.known],
            "complaints": dict(self._complaints.total),
        }

    # --- the thread --------------------------------------------------------------------------------------------

    def _run(self) -> None:
        self._serves.add_done_callback(lambda _: self._loop.stop())
        self._loop.run_forever()
        self._loop.close()
        error = self._serves.exception()
        if error is not None:
            self._on_death(error)

    async def _serve(self) -> None:
        try:
            serving = self._serving = self._load()
            logger.info("http: serving on {}", ", ".join(self._claim.addresses))
            await serving.serve(self._listeners)
        finally:
            for listener in self._listeners:
                listener.close()
            self._reception.close()

    def _load(self) -> "Serving":
        from web.serving import Serving

        self._loaded()
        return Serving(
            Calls(self._house, self._bridge, self._reception),
            self._reception,
            self._house.rules,
            self._complaints,
            self.facts,
            keys=self._keys,
            limits=self._limits,
            version=self._version,
        )

    def _finish(self, timeout_s: float) -> None:
        if self._serving is not None:  # else it could not be loaded
            self._serving.finish(timeout_s)

    def _complain(self, _loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        """Of what befell the loop itself: a connection that could not be accepted, a callback that failed."""
        words = str(context.get("message", "the event loop complains"))
        self._complaints.note(f"loop: {words}", words, context.get("exception"))
