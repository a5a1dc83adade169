"""One request to its answer: the route's actor is asked, or given an order; nothing here blocks the loop."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from control.bridge import Bridge
from control.correspondents import Addresses, Correspondent, Failures, Reply
from control.route import Ask, AskAll, Asking, Give, Route, bad_parameter
from control.waiters import Outcomes, ReplySlip, Waiters
from control.wire import BUSY, DRAINING, INTERNAL_ERROR, RpcError
from messages.base import Json
from messages.journal import RecordNote
from messages.orders import Order, Outcome, Peer, Submit
from rules.outcomes import outcome_as_json

GRACE_S = 5.0  # past an order's own deadline, for its end to be recorded and heard of
LONGEST_WAIT_S = 3600.0  # for the answer to one order, whatever its deadline says


@dataclass(frozen=True, slots=True, kw_only=True)
class House:
    """What the door is handed of the gateway: addresses, and what it may not know by itself.

    `new_id` mints a UUID 7; `new_export` a path for an export that was given none; `draining` says whether orders
    are refused now. `grace_s` is how long past its own deadline an order's end is waited for.
    """

    addresses: Addresses
    failures: Failures
    new_id: Callable[[], str]
    new_export: Callable[[], str]
    draining: Callable[[], bool]
    grace_s: float = GRACE_S


class Calls:
    """Carries out requests that were read and permitted."""

    def __init__(self, house: House, bridge: Bridge, waiters: Waiters) -> None:
        self._house, self._bridge, self._waiters = house, bridge, waiters

    async def ask(self, route: Ask, params: Any, peer: Peer) -> Json:
        """The answer of the one actor that `route` is for; RpcError when there is none."""
        names = route.actors(params)
        address = next((found for name in names if (found := self._house.addresses.find(name)) is not None), None)
        if address is None:
            raise self._nobody(route, params, names)
        asking = Asking(peer=peer, export_path=self._house.new_export())
        reply = address.request(route.message(params, asking), urgent=route.urgent)
        answer = await self._answer(address.name, reply, route.patience_s(params))
        return route.answer(answer, address)

    async def ask_all(self, route: AskAll) -> Json:
        """The rows of all actors of one prefix; each has the same time, and silence is a row too."""
        addresses = [self._house.addresses.find(name) for name in sorted(self._house.addresses.names())]
        asked = [found for found in addresses if found is not None and found.name.startswith(route.prefix)]
        return route.answer(list(await asyncio.gather(*(self._row(route, address) for address in asked))))

    async def give(self, route: Give, order: Order, peer: Peer) -> Json:
        """The outcome of `order`; still `accepted` when neither its actor nor the journal tells one in time."""
        if self._house.draining():
            remedy = "give the order to another gateway, or again after gateway.resume or a restart"
            raise RpcError(DRAINING, "the gateway is draining and takes no more orders", {"remedy": remedy})
        order = order if order.request_id else replace(order, request_id=self._house.new_id())
        outcome: Outcomes = asyncio.get_running_loop().create_future()
        self._waiters.wait(order.request_id, outcome)
        try:
            self._submit(route.actor, Submit(order=order, peer=peer, reply_to=ReplySlip(self._bridge, outcome)))
            async with asyncio.timeout(min(max(0.0, order.deadline_s), LONGEST_WAIT_S) + self._house.grace_s):
                return await outcome
        except TimeoutError:
            return outcome_as_json(still_open(order))
        finally:
            self._waiters.leave(order.request_id, outcome)

    def note(self, route: Route, params: Any, peer: Peer) -> None:
        """Put on record who asked for what changes something and is no order."""
        journal = self._house.addresses.find("audit")
        if journal is not None:
            data: Mapping[str, Json] = {"reason": getattr(params, "reason", "")}
            journal.tell(RecordNote(kind=route.method, subject=getattr(params, "name", ""), peer=peer, data=data))

    def _submit(self, name: str, submit: Submit) -> None:
        address = self._house.addresses.find(name)
        if address is None:
            remedy = "see gateway.status: this gateway runs without that feature"
            raise RpcError(INTERNAL_ERROR, f"no actor takes orders of the kind {submit.order.kind}", {"remedy": remedy})
        if not address.offer(submit):
            raise _busy(name)

    async def _row(self, route: AskAll, address: Correspondent) -> Json:
        try:
            row: Json = await self._answer(address.name, address.request(route.message), route.patience_s)
        except RpcError as error:
            return route.silent(address.name, error.message)
        return row

    async def _answer(self, name: str, reply: Reply, patience_s: float) -> Any:
        answered = asyncio.get_running_loop().create_future()
        reply.then(lambda _reply: self._bridge.post(partial(_set, answered)))
        try:
            async with asyncio.timeout(patience_s):
                await answered
            return reply.get(timeout=0)
        except TimeoutError as error:
            raise _no_answer(name, f"did not answer within {patience_s:g} s") from error
        except self._house.failures.full as error:
            raise _busy(name) from error
        except self._house.failures.gone as error:
            raise _no_answer(name, "is not running") from error
        except self._house.failures.crashed as error:
            raise _no_answer(name, "crashed on the question") from error

    def _nobody(self, route: Ask, params: Any, names: tuple[str, ...]) -> RpcError:
        if hasattr(params, "name"):
            return bad_parameter(route, "name", f"nobody here is called {params.name!r}"[:300])
        return _no_answer(names[0], "is not running")


def still_open(order: Order) -> Outcome:
    """What is answered for an order whose end is not known when the time is up; it may end yet."""
    detail = f"not ended yet; switchboardctl command show {order.request_id} tells when it has"
    return Outcome(request_id=order.request_id, kind=order.kind, status="accepted", detail=detail)


def _set(answered: "asyncio.Future[None]") -> None:
    if not answered.done():
        answered.set_result(None)


def _busy(name: str) -> RpcError:
    remedy = "nothing was done; try again shortly"
    return RpcError(BUSY, f"the actor {name} has as much waiting as it may", {"actor": name, "remedy": remedy})


def _no_answer(name: str, what: str) -> RpcError:
    remedy = "gateway.tree shows its supervisor, restarts and backlog; the log says why"
    return RpcError(INTERNAL_ERROR, f"the actor {name} {what}", {"actor": name, "remedy": remedy})
