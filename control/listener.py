"""What one client hears of events: told that it hears them once the journal holds its subscription, and not before."""

import asyncio
from collections.abc import Mapping

from control.bridge import Bridge
from control.calls import Calls
from control.output import Output
from control.params import EventsParams
from control.subscription import Subscription
from messages.base import Json
from messages.journal import Subscribe, Subscribed


class Listener:
    """One subscription at a time, on the loop's thread; `name` is what the journal knows it by."""

    def __init__(self, name: str, bridge: Bridge, calls: Calls, output: Output) -> None:
        self._name, self._bridge, self._calls, self._output = name, bridge, calls, output
        self._subscription: Subscription | None = None
        self._turn = asyncio.Lock()

    async def listen(self, params: EventsParams, patience_s: float) -> Mapping[str, Json]:
        """Hear these events in place of those until now; RpcError, and the old ones go on, where that cannot be.

        Meanwhile the client is told no events at all, so that those before the answer are of the old subscription and
        those after it of the new one.
        """
        async with self._turn:
            self._output.follow(None)
            try:
                held = await self._replace(params, patience_s)
            finally:
                asyncio.get_running_loop().call_soon(self._output.follow, self._subscription)  # the answer comes first
        return {"subscribed": list(params.kinds) or "all", "since_seq": held.since_seq}

    def end(self) -> None:
        """Hear nothing more."""
        if self._subscription is not None:
            self._calls.unsubscribe(self._subscription)
            self._subscription = None

    async def _replace(self, params: EventsParams, patience_s: float) -> Subscribed:
        wanted = Subscription(self._name, self._bridge, self._output.wake)
        wish = Subscribe(subscriber=wanted, kinds=params.kinds, since_seq=params.since_seq)
        held = await self._calls.subscribe(wish, patience_s)
        self.end()
        self._subscription = wanted
        return held
