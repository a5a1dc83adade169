"""Who waits for the end of which order."""

import asyncio
from collections.abc import Mapping
from functools import partial
from typing import Any

from control.bridge import Bridge
from messages.journal import EventPublished
from messages.orders import OrderSettled
from rules.outcomes import outcome_as_json

Outcomes = asyncio.Future[Mapping[str, Any]]


class Waiters:
    """The journal's subscriber for `order.ended`: tells each end to whoever waits for it here."""

    KINDS = ("order.ended",)

    def __init__(self, name: str, bridge: Bridge) -> None:
        self.name = name
        self._bridge = bridge
        self._waiting: dict[str, list[Outcomes]] = {}

    def tell(self, message: object) -> None:
        """From the journal's thread; ends that nobody waits for wake nobody."""
        if isinstance(message, EventPublished) and message.data.get("request_id") in self._waiting:
            self._bridge.post(partial(self._settle, message.data))

    def wait(self, request_id: str, outcome: Outcomes) -> None:
        """Have `outcome` set when the order ends; `leave` must follow, whatever happens."""
        self._waiting.setdefault(request_id, []).append(outcome)

    def leave(self, request_id: str, outcome: Outcomes) -> None:
        """Wait no more."""
        waiting = self._waiting[request_id]
        waiting.remove(outcome)
        if not waiting:
            del self._waiting[request_id]

    def count(self) -> int:
        """How many wait."""
        return sum(map(len, self._waiting.values()))

    def _settle(self, ended: Mapping[str, Any]) -> None:
        for outcome in self._waiting.get(str(ended["request_id"]), ()):
            settle(outcome, ended)


class ReplySlip:
    """Where one order's actor sends what the journal does not tell: dry runs, earlier ends, conflicts."""

    name = "control"

    def __init__(self, bridge: Bridge, outcome: Outcomes) -> None:
        self._bridge = bridge
        self._outcome = outcome

    def tell(self, message: object) -> None:
        """From the actor's thread."""
        if isinstance(message, OrderSettled):
            self._bridge.post(partial(settle, self._outcome, outcome_as_json(message.outcome)))


def settle(outcome: Outcomes, ended: Mapping[str, Any]) -> None:
    """Set `outcome` unless its waiter has gone or was told before."""
    if not outcome.done():
        outcome.set_result(ended)
