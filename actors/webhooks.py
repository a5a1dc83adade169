"""WebhookActor: delivers the outbox at least once; what it has in hand is memory, the journal is the truth."""

from collections import Counter, deque
from dataclasses import dataclass, field
from math import inf
from typing import assert_never

from loguru import logger

from actors.base import GatewayActor, Seat
from actors.flights import Flight, Flights
from messages.base import Json, Recipient
from messages.journal import DeliveriesWaiting, DueDeliveries, PendingDelivery, RecordAttempt, TakeDeliveries
from messages.rest import CallerReady, Dial, Dialled, RollCall
from messages.webhooks import EndpointDisabled, EndpointEnabled
from rules.deliveries import Finding, Schedule, Troubles, delivery_request, finding
from rules.headers import asked_to_wait_s
from rules.retries import Ended

SHARE = 2  # one of so many callers may be busy with one endpoint
HAND_PER_ENDPOINT = 64  # deliveries in hand for one URL
HAND = 256  # deliveries in hand
SPARE = 4  # one of so many is kept for endpoints at which no try is under way
LOOK_EVERY_S = 60.0  # at the outbox, when nothing else makes us
TAKE_LOST_S = 30.0  # without an answer of the journal
SOON_S = 0.01  # the wall clock may lag behind the alarm's
GRACE_S = 2.0  # that a caller may be late with its word


@dataclass(frozen=True, slots=True)
class _Look:
    pass


@dataclass(frozen=True, slots=True)
class _TakeLost:
    pass


@dataclass(frozen=True, slots=True)
class _LookForVanished:
    pass


@dataclass(frozen=True, slots=True)
class _Try:
    """What is under way at a caller; `over_s` (monotonic) is when it has vanished should nothing be heard of it."""

    pending: PendingDelivery
    over_s: float


@dataclass(slots=True)
class _Endpoint:
    """What is in hand for one URL: `ids` of all of it, `waiting` without a caller, `flying` tries under way."""

    ids: set[str] = field(default_factory=set)
    waiting: deque[PendingDelivery] = field(default_factory=deque)
    flying: int = 0


ToWebhooks = (
    DeliveriesWaiting
    | DueDeliveries
    | EndpointDisabled
    | EndpointEnabled
    | CallerReady
    | Dialled
    | _Look
    | _TakeLost
    | _LookForVanished
)


class WebhookActor(GatewayActor[ToWebhooks]):
    """Has its own callers (CallerActor with a WebhookDoor), so that endpoints never delay Genesys.

    The journal hands out one delivery of a URL and subject at a time, and the next when how that one went is durable:
    so the order outlives us.
    """

    def __init__(
        self,
        seat: Seat,
        *,
        journal: Recipient,
        callers: tuple[Recipient, ...] = (),
        schedule: Schedule | None = None,
        per_endpoint: int | None = None,
    ) -> None:
        super().__init__(seat)
        self._journal = journal
        self._callers = callers
        self._schedule = schedule or Schedule()
        self._vanished_after_s = self._schedule.timeout_s + GRACE_S
        self._per_endpoint = per_endpoint or max(1, len(callers) // SHARE)
        self._spare = len(callers) // SPARE
        self._flights: Flights[_Try] = Flights()
        self._endpoints: dict[str, _Endpoint] = {}
        self._closed: set[str] = set()  # disabled while we lived: an answer under way may still name them
        self._held = self._takes = 0
        self._counts: Counter[str] = Counter()
        self._troubles = Troubles()
        self._taking = self._more = False
        self._fallen_due: set[str] = set()  # URLs for which something did since the last question
        self._look_at_s = inf

    def started(self) -> None:
        for caller in self._callers:
            caller.tell(RollCall())
        self._take()

    def handle(self, message: ToWebhooks) -> None:
        match message:
            case DeliveriesWaiting():
                self._fallen_due |= message.urls
                self._take_if_room()
            case EndpointEnabled() | _Look():
                self._look(message)
            case DueDeliveries():
                self._taken(message)
            case EndpointDisabled():
                self._close(message.url)
            case CallerReady():
                self._lost(self._flights.ready(message), "its caller failed in the middle of it")
            case Dialled():
                self._landed(message)
            case _LookForVanished():
                self._look_for_vanished()
            case _TakeLost():
                self._taking = False
                self._take()
            case _:
                assert_never(message)
        self._dial_what_may_go()

    def facts(self) -> dict[str, Json]:
        return {"in_hand": self._held, "under_way": len(self._flights), **self._counts}

    # --- from the outbox into the hand -------------------------------------------------------------------------

    def _look(self, why: EndpointEnabled | _Look) -> None:
        match why:
            case EndpointEnabled():
                self._closed.discard(why.url)
            case _Look():
                self._look_at_s = inf
        self._more = True
        self._take()

    def _look_by(self, at_s: float) -> None:
        """Look at the outbox at `at_s` (epoch), unless that is to happen earlier."""
        if at_s < self._look_at_s:
            self._look_at_s = at_s
            self.after(max(SOON_S, at_s - self._now_s()), _Look(), "look")

    def _take(self) -> None:
        room = HAND - self._held
        if self._taking or room <= 0:
            return
        self._taking, self._more, self._takes = True, False, self._takes + 1
        self._fallen_due.clear()
        in_hand = {url: frozenset(endpoint.ids) for url, endpoint in self._endpoints.items()}
        self._journal.tell(
            TakeDeliveries(
                reply_to=self.address,
                number=self._takes,
                now_s=self._now_s(),
                limit=room,
                per_endpoint=HAND_PER_ENDPOINT,
                in_hand=in_hand,
            )
        )
        self.after(TAKE_LOST_S, _TakeLost(), "take")

    def _taken(self, due: DueDeliveries) -> None:
        if due.number != self._takes:
            return  # the answer to one that was given up
        self._taking = False
        self.cancel("take")
        for pending in due.deliveries:
            self._put_in_hand(pending)
        self._look_by(min(due.next_due_s or inf, self._now_s() + LOOK_EVERY_S))
        if self._more:
            self._take()
        else:
            self._more = due.more
            self._take_if_room()

    def _take_if_room(self) -> None:
        """A question costs the journal a commit: none is asked for what would not come into the hand."""
        if any(map(self._has_room, self._fallen_due)):
            self._take()

    def _has_room(self, url: str) -> bool:
        endpoint = self._endpoints.get(url)
        return endpoint is None or 2 * len(endpoint.ids) <= HAND_PER_ENDPOINT

    def _put_in_hand(self, pending: PendingDelivery) -> None:
        url = pending.url
        if url not in self._closed:
            endpoint = self._endpoints.setdefault(url, _Endpoint())
            endpoint.ids.add(pending.webhook_id)
            endpoint.waiting.append(pending)
            self._held += 1

    def _put_away(self, pending: PendingDelivery) -> None:
        url = pending.url
        endpoint = self._endpoints[url]
        endpoint.ids.remove(pending.webhook_id)
        self._held -= 1
        if not endpoint.ids:
            del self._endpoints[url]

    def _close(self, url: str) -> None:
        """Forget what waits for `url`: in the journal it is pending."""
        self._closed.add(url)
        endpoint = self._endpoints.get(url, _Endpoint())
        while endpoint.waiting:
            self._put_away(endpoint.waiting.popleft())

    # --- tries -------------------------------------------------------------------------------------------------

    def _dial_what_may_go(self) -> None:
        while self._flights.idle and (endpoint := self._next()) is not None:
            self._dial(endpoint, endpoint.waiting.popleft())

    def _next(self) -> _Endpoint | None:
        """The endpoint with the fewest tries under way, of those that may have one more."""
        most = self._per_endpoint if self._flights.idle > self._spare else 1
        waiting = [one for one in self._endpoints.values() if one.waiting and one.flying < most]
        return min(waiting, key=lambda one: one.flying, default=None)

    def _dial(self, endpoint: _Endpoint, pending: PendingDelivery) -> None:
        endpoint.flying += 1
        request = delivery_request(pending, self._schedule.timeout_s)
        dial = Dial(call_id=pending.webhook_id, request=request, attempt=pending.attempts + 1)
        self._flights.give(dial, _Try(pending, self.world.monotonic() + self._vanished_after_s))
        if not self.awaits("vanished"):
            self.after(self._vanished_after_s, _LookForVanished(), "vanished")

    def _look_for_vanished(self) -> None:
        """One alarm for all, which rings when the one that is under way for longest is over."""
        now_s = self.world.monotonic() + SOON_S
        for flight in self._flights.under_way():
            if flight.note.over_s <= now_s:
                self._flights.give_up(flight.caller.name, flight.dial.call_id, flight.dial.attempt)
                self._lost(flight, "its caller has not come back from it")
        oldest_s = min((one.note.over_s for one in self._flights.under_way()), default=None)
        if oldest_s is not None:
            self.after(oldest_s - now_s + SOON_S, _LookForVanished(), "vanished")

    def _landed(self, word: Dialled) -> None:
        flight = self._flights.landed(word)
        if flight is None:
            return
        response, retry_after_s = word.response, None
        if response is not None:
            retry_after_s = asked_to_wait_s(response.status, response.headers, self.world.utc_now())
        status = None if response is None else response.status
        ended = Ended(status=status, failure=word.failure, maybe_sent=word.maybe_sent, retry_after_s=retry_after_s)
        self._conclude(flight, ended, word.detail)

    def _lost(self, flight: Flight[_Try] | None, why: str) -> None:
        if flight is not None:
            self._conclude(flight, Ended(failure="transport", maybe_sent=True), why)

    def _conclude(self, flight: Flight[_Try], ended: Ended, detail: str) -> None:
        pending, attempts = flight.note.pending, flight.dial.attempt
        url = pending.url
        was_full = self._held >= HAND
        self._endpoints[url].flying -= 1
        self._put_away(pending)
        found = finding(ended, detail, attempts=attempts, schedule=self._schedule, chance=self.world.random())
        self._record(pending.webhook_id, attempts, found)
        if (line := self._troubles.line(url, found)) is not None:
            logger.log("INFO" if found.state == "delivered" else "WARNING", line)
        if found.disables:
            self._close(url)
        if (self._more or self._fallen_due) and (was_full or self._has_room(url)):
            self._take()

    def _record(self, webhook_id: str, attempts: int, found: Finding) -> None:
        due_at_s = self._now_s() + found.delay_s
        self._counts["retried" if found.state == "pending" else found.state] += 1
        self._journal.tell(
            RecordAttempt(
                webhook_id=webhook_id,
                state=found.state,
                due_at_s=due_at_s,
                attempts=attempts,
                last_error=found.error,
                disables=found.disables,
            )
        )
        if found.state == "pending":
            self._look_by(due_at_s)

    def _now_s(self) -> float:
        return self.world.utc_now().timestamp()
