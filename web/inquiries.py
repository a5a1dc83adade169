"""What the door asks of actors for probes and scrapes: with a deadline, and never twice at once."""

import asyncio

from control.calls import Calls
from control.params import MetricsParams, NamedParams, Nothing
from control.route import Ask
from control.routes import ROUTES
from control.wire import RpcError
from messages.base import Json
from messages.orders import Peer

WATCHER = Peer(role="viewer", pid=-1)
PARAMS: dict[str, object] = {"audit.metrics": MetricsParams()}


class Inquiries:
    """Asks what the control socket's methods ask. Belongs to one event loop.

    While a question has no answer yet, whoever asks the same waits for that one: an actor that is slow does not find
    a heap of the same question when it comes to it.
    """

    def __init__(self, calls: Calls) -> None:
        self._calls = calls
        self._open: dict[str, asyncio.Task[Json]] = {}

    async def ask(self, method: str, patience_s: float) -> Json:
        """The answer to `method`, or to `actor.show NAME`; None when there was none within `patience_s` seconds."""
        asking = self._open.get(method)
        if asking is None:
            self._open[method] = asking = asyncio.create_task(self._ask(method))
            asking.add_done_callback(lambda _: self._open.pop(method))
        done, _ = await asyncio.wait((asking,), timeout=patience_s)
        return asking.result() if done and not asking.cancelled() else None

    async def _ask(self, method: str) -> Json:
        name, _, actor = method.partition(" ")
        route = ROUTES[name]
        assert isinstance(route, Ask)
        params = NamedParams(name=actor) if actor else PARAMS.get(name, Nothing())
        try:
            return await self._calls.ask(route, params, WATCHER)
        except RpcError:
            return None
