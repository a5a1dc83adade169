"""One request to its answer: the route's actor is asked, or given an order; nothing here blocks the loop."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from control.bridge import Bridge
from control.correspondents import JOURNAL, Addresses, Correspondent, Failures, Reply
from control.reception import Busy, Draining, NoSuchFeature, Reception, Rules
from control.route import Ask, AskAll, Asking, Give, Route, bad_parameter
from control.wire import BUSY, DRAINING, INTERNAL_ERROR, RpcError
from messages.base import Json, Recipient
from messages.journal import RecordNote, Subscribe, Subscribed, Unsubscribe
from messages.orders import Order, Peer


@dataclass(frozen=True, slots=True, kw_only=True)
class House:
    """What the door is handed of the gateway: addresses, and what it may not know by itself.

    `new_export` makes a path for an export that was given none.
    """

    addresses: Addresses
    failures: Failures
    rules: Rules
    new_export: Callable[[], str]


class Calls:
    """Carries out requests that were read and permitted."""

    def __init__(self, house: House, bridge: Bridge, reception: Reception) -> None:
        self._house, self._bridge, self._reception = house, bridge, reception

    def at_once(self, route: Ask, params: Any) -> Json:
        """The answer that the actor has posted for all to read; None when it has to be asked."""
        if not route.noticed:
            return None
        address = self._find(route, params)
        notice = address.notice
        return route.answer(notice(), address) if notice is not None else None

    async def ask(self, route: Ask, params: Any, peer: Peer) -> Json:
        """The answer of the one actor that `route` is for; RpcError when there is none."""
        posted = self.at_once(route, params)
        if posted is not None:
            return posted
        address = self._find(route, params)
        asking = Asking(peer=peer, export_path=self._house.new_export())
        reply = address.request(route.message(params, asking), urgent=route.urgent)
        answer = await self._answer(address.name, reply, route.patience_s(params))
        return route.answer(answer, address)

    async def ask_all(self, route: AskAll) -> Json:
        """The rows of all actors of one prefix; each has the same time, and silence is a row too."""
        addresses = [self._house.addresses.find(name) for name in sorted(self._house.addresses.names())]
        asked = [found for found in addresses if found is not None and found.name.startswith(route.prefix)]
        return route.answer(list(await asyncio.gather(*(self._row(route, address) for address in asked))))

    async def subscribe(self, wish: Subscribe, patience_s: float) -> Subscribed:
        """Once the journal holds it; RpcError when it does not in time, and it is let go of should it do so later."""
        journal = self._house.addresses.find(JOURNAL)
        if journal is None:
            raise _no_answer(JOURNAL, "is not running")
        reply = journal.request(wish)
        try:
            held: Subscribed = await self._answer(JOURNAL, reply, patience_s)
        except (RpcError, asyncio.CancelledError):
            reply.then(lambda _reply: self.unsubscribe(wish.subscriber))
            raise
        return held

    def unsubscribe(self, subscriber: Recipient) -> None:
        """Have the journal tell `subscriber` nothing more, whatever waits there; from any thread."""
        journal = self._house.addresses.find(JOURNAL)
        if journal is not None:
            journal.request(Unsubscribe(subscriber=subscriber), urgent=True)

    def tell_journal(self, message: object) -> None:
        """Leave `message` with the journal."""
        journal = self._house.addresses.find(JOURNAL)
        if journal is not None:
            journal.tell(message)

    async def give(self, route: Give, order: Order, peer: Peer) -> Mapping[str, Json]:
        """The outcome of `order`; still `accepted` when neither its actor nor the journal tells one in time."""
        try:
            return await self._reception.give(route.actor, order, peer)
        except Draining as error:
            raise RpcError(DRAINING, error.message, {"remedy": error.remedy}) from error
        except Busy as error:
            raise _busy(error.actor) from error
        except NoSuchFeature as error:
            raise RpcError(INTERNAL_ERROR, error.message, {"remedy": error.remedy}) from error

    def note(self, route: Route, params: Any, peer: Peer) -> None:
        """Put on record who asked for what changes something and is no order."""
        asked = {name: getattr(params, name) for name in params.on_record}
        data: Mapping[str, Json] = {"reason": getattr(params, "reason", ""), **asked}
        subject = getattr(params, "name", getattr(params, "stream_id", ""))
        self.tell_journal(RecordNote(kind=route.method, subject=subject, peer=peer, data=data))

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

    def _find(self, route: Ask, params: Any) -> Correspondent:
        names = route.actors(params)
        address = next((found for name in names if (found := self._house.addresses.find(name)) is not None), None)
        if address is None:
            raise self._nobody(route, params, names)
        return address

    def _nobody(self, route: Ask, params: Any, names: tuple[str, ...]) -> RpcError:
        if hasattr(params, "name"):
            place = "session list" if route.method.startswith("session.") else "gateway tree"
            return bad_parameter(route, "name", f"nobody here is called {params.name[:200]!r}; see `{place}`")
        return _no_answer(names[0], "is not running")


def _set(answered: "asyncio.Future[None]") -> None:
    if not answered.done():
        answered.set_result(None)


def _busy(name: str) -> RpcError:
    remedy = "nothing was done; try again shortly"
    return RpcError(BUSY, f"the actor {name} has as much waiting as it may", {"actor": name, "remedy": remedy})


def _no_answer(name: str, what: str) -> RpcError:
    remedy = "gateway.tree shows its supervisor, restarts and backlog; the log says why"
    return RpcError(INTERNAL_ERROR, f"the actor {name} {what}", {"actor": name, "remedy": remedy})
