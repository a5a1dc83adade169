"""An order at a door that runs on an event loop: given to its actor, and waited for until its one outcome.

Both doors (the control socket, HTTP) give orders in this way; what went wrong is an exception each door words itself.
"""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from control.bridge import Bridge
from control.correspondents import JOURNAL, Addresses
from control.patience import GRACE_S, LONGEST_ORDER_S
from control.waiters import Outcomes, ReplySlip, Waiters
from messages.journal import Subscribe, Unsubscribe
from messages.orders import Order, Outcome, Peer, Submit
from rules.outcomes import outcome_as_json


class NotTaken(Exception):  # noqa: N818 - a fact
    """The order was not taken, and nothing was done: `message` says why, `remedy` what to do."""

    def __init__(self, message: str, remedy: str) -> None:
        super().__init__(message)
        self.message, self.remedy = message, remedy


class Draining(NotTaken):
    """The gateway is going out of service."""


class Busy(NotTaken):
    """The order's actor has as much waiting as it may; `actor` names it."""

    def __init__(self, actor: str) -> None:
        super().__init__(f"the actor {actor} has as much waiting as it may", "nothing was done; try again shortly")
        self.actor = actor


class NoSuchFeature(NotTaken):
    """Nobody here carries out such orders."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """`new_id` mints a UUID 7, `draining` says whether orders are refused now, `grace_s` see GRACE_S."""

    new_id: Callable[[], str]
    draining: Callable[[], bool]
    grace_s: float = GRACE_S


class Reception:
    """Belongs to one event loop; `name` is what the journal knows it by."""

    def __init__(self, name: str, addresses: Addresses, rules: Rules, bridge: Bridge) -> None:
        self._addresses, self._rules, self._bridge = addresses, rules, bridge
        self.waiters = Waiters(name, bridge)
        self._open = False

    def open(self) -> None:
        """Have the journal tell of every end from now on.

        There need be no answer to wait for: whatever the journal is told of an order that is given after this comes to
        it after this. Where it has no room for it, the next order asks again.
        """
        journal = self._addresses.find(JOURNAL)
        self._open = journal is not None and journal.offer(Subscribe(subscriber=self.waiters, kinds=Waiters.KINDS))

    def close(self) -> None:
        """Hear of no more ends."""
        journal = self._addresses.find(JOURNAL)
        if journal is not None:
            journal.tell(Unsubscribe(subscriber=self.waiters))

    async def give(self, actor: str, order: Order, peer: Peer) -> Mapping[str, Any]:
        """The outcome of `order`; still `accepted` when its end is not known in time. Raises NotTaken."""
        self._refuse_or_hear_of_it()
        order = order if order.request_id else replace(order, request_id=self._rules.new_id())
        outcome: Outcomes = asyncio.get_running_loop().create_future()
        self.waiters.wait(order.request_id, outcome)
        try:
            self._submit(actor, Submit(order=order, peer=peer, reply_to=ReplySlip(self._bridge, outcome)))
            async with asyncio.timeout(min(max(0.0, order.deadline_s), LONGEST_ORDER_S) + self._rules.grace_s):
                return await outcome
        except TimeoutError:
            return outcome_as_json(still_open(order))
        finally:
            self.waiters.leave(order.request_id, outcome)

    def _refuse_or_hear_of_it(self) -> None:
        """Raise NotTaken unless orders are taken and their ends will be heard of."""
        if self._rules.draining():
            raise Draining(
                "the gateway is draining and takes no more orders",
                "give the order to another gateway, or again after `gateway resume` or a restart",
            )
        if not self._open:
            self.open()
        if not self._open:
            raise Busy(JOURNAL)

    def _submit(self, actor: str, submit: Submit) -> None:
        address = self._addresses.find(actor)
        if address is None:
            raise NoSuchFeature(
                f"no actor takes orders of the kind {submit.order.kind}",
                "see gateway.status: this gateway runs without that feature",
            )
        if not address.offer(submit):
            raise Busy(actor)


def still_open(order: Order) -> Outcome:
    """What is answered for an order whose end is not known when the time is up; it may end yet."""
    detail = f"not ended yet; switchboardctl command show {order.request_id} tells when it has"
    return Outcome(request_id=order.request_id, kind=order.kind, status="accepted", detail=detail)
