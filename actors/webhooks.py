"""WebhookActor: delivers the outbox at least once; what it has in hand is memory, the journal is the truth."""

from collections import Counter, deque
from dataclasses import dataclass
from math import inf
from typing import assert_never

from actors.base import GatewayActor, Seat
from actors.flights import Flight, Flights
from messages.base import Json, Recipient
from messages.journal import (
    DeliveriesWaiting,
    DueDeliveries,
    PendingDelivery,
    PublishEvent,
    RecordAttempt,
    TakeDeliveries,
)
from messages.rest import CallerReady, Dial, Dialled, RollCall
from rules.deliveries import NO_MORE, Finding, Schedule, delivery_request, finding
from rules.headers import asked_to_wait_s
from rules.retries import Ended

PER_ENDPOINT = 4  # tries under way at one URL
HAND_PER_ENDPOINT = 32  # deliveries in hand for one URL; the rest of a slow one's go back, to let others through
HAND = 256  # deliveries in hand
TAKE = 64  # deliveries asked for at once
LOOK_EVERY_S = 60.0  # at the outbox, when nothing else makes us
TAKE_LOST_S = 30.0  # without an answer of the journal
LOOK_AGAIN_S = 0.1  # when more is due than was taken
BACK_S = 10.0  # until a delivery that was handed back is due again
GRACE_S = 2.0  # that a caller may be late with its word

Lane = tuple[str, str]
"""URL and subject: what is delivered in order."""


@dataclass(frozen=True, slots=True)
class _Look:
    pass


@dataclass(frozen=True, slots=True)
class _TakeLost:
    pass


@dataclass(frozen=True, slots=True)
class _Vanished:
    caller: str
    webhook_id: str
    attempt: int


ToWebhooks = DeliveriesWaiting | DueDeliveries | CallerReady | Dialled | _Look | _TakeLost | _Vanished


class WebhookActor(GatewayActor[ToWebhooks]):
    """Has its own callers (CallerActor with a WebhookDoor), so that endpoints never delay Genesys."""

    def __init__(
        self,
        seat: Seat,
        *,
        journal: Recipient,
        callers: tuple[Recipient, ...] = (),
        schedule: Schedule | None = None,
        per_endpoint: int = PER_ENDPOINT,
    ) -> None:
        super().__init__(seat)
        self._journal = journal
        self._callers = callers
        self._schedule = schedule or Schedule()
        self._per_endpoint = per_endpoint
        self._flights: Flights[PendingDelivery] = Flights()
        self._queues: dict[str, deque[PendingDelivery]] = {}
        self._flying: Counter[str] = Counter()
        self._lanes_flying: set[Lane] = set()
        self._held_until_s: dict[Lane, float] = {}
        self._disabled: set[str] = set()
        self._hand: set[str] = set()
        self._counts: Counter[str] = Counter()
        self._taking = self._more = False
        self._look_at_s = inf

    def started(self) -> None:
        for caller in self._callers:
            caller.tell(RollCall())
        self._take()

    def handle(self, message: ToWebhooks) -> None:
        match message:
            case DeliveriesWaiting():
                self._look()
            case DueDeliveries():
                self._taken(message)
            case CallerReady():
                self._lost(self._flights.ready(message), "its caller failed in the middle of it")
            case Dialled():
                self._landed(message)
            case _Vanished():
                flight = self._flights.give_up(message.caller, message.webhook_id, message.attempt)
                self._lost(flight, "its caller has not come back from it")
            case _Look():
                self._look_at_s = inf
                self._look()
            case _TakeLost():
                self._taking = False
                self._take()
            case _:
                assert_never(message)
        self._dial_what_may_go()

    def facts(self) -> dict[str, Json]:
        return {
            "in_hand": len(self._hand),
            "under_way": len(self._flights),
            "disabled_endpoints": len(self._disabled),
            **self._counts,
        }

    # --- from the outbox into the hand, and back ---------------------------------------------------------------

    def _look(self) -> None:
        self._more = True
        self._take()

    def _look_by(self, at_s: float) -> None:
        """Look at the outbox at `at_s` (epoch), unless that is to happen earlier."""
        if at_s < self._look_at_s:
            self._look_at_s = at_s
            self.after(max(at_s - self._now_s(), LOOK_AGAIN_S), _Look(), "look")

    def _take(self) -> None:
        room = min(TAKE, HAND - len(self._hand))
        if self._taking or room <= 0:
            return
        self._taking, self._more = True, False
        in_hand = frozenset(self._hand)
        self._journal.tell(TakeDeliveries(reply_to=self.address, now_s=self._now_s(), limit=room, in_hand=in_hand))
        self.after(TAKE_LOST_S, _TakeLost(), "take")

    def _taken(self, due: DueDeliveries) -> None:
        self._taking = False
        self.cancel("take")
        now_s = self._now_s()
        self._held_until_s = {lane: until_s for lane, until_s in self._held_until_s.items() if until_s > now_s}
        for pending in due.deliveries:
            self._sort(pending, now_s)
        self._look_by(min(due.next_due_s or inf, now_s + LOOK_EVERY_S))
        if self._more:
            self._take()

    def _sort(self, pending: PendingDelivery, now_s: float) -> None:
        delivery, lane = pending.delivery, _lane(pending)
        if delivery.webhook_id in self._hand:
            return
        queue = self._queues.setdefault(delivery.url, deque())
        if delivery.url in self._disabled:
            self._record(pending, pending.attempts, Finding(state="dead", error=NO_MORE))
        elif lane in self._held_until_s:
            self._hand_back(pending, self._held_until_s[lane])
        elif len(queue) >= HAND_PER_ENDPOINT:
            self._held_until_s[lane] = now_s + BACK_S
            self._hand_back(pending, now_s + BACK_S)
        else:
            self._hand.add(delivery.webhook_id)
            queue.append(pending)

    def _hand_back(self, pending: PendingDelivery, due_at_s: float) -> None:
        self._hand.discard(pending.delivery.webhook_id)
        self._journal.tell(
            RecordAttempt(
                webhook_id=pending.delivery.webhook_id, state="pending", due_at_s=due_at_s, attempts=pending.attempts
            )
        )

    # --- tries -------------------------------------------------------------------------------------------------

    def _dial_what_may_go(self) -> None:
        while self._flights.idle and (pending := self._next()) is not None:
            self._dial(pending)

    def _next(self) -> PendingDelivery | None:
        """The oldest that may go, of the endpoint with the fewest tries under way."""
        for url in sorted(self._queues, key=self._flying.__getitem__):
            if self._flying[url] >= self._per_endpoint:
                return None
            for pending in self._queues[url]:
                if _lane(pending) not in self._lanes_flying:
                    self._queues[url].remove(pending)
                    return pending
        return None

    def _dial(self, pending: PendingDelivery) -> None:
        delivery, attempt = pending.delivery, pending.attempts + 1
        self._flying[delivery.url] += 1
        self._lanes_flying.add(_lane(pending))
        request = delivery_request(delivery, self._schedule.timeout_s)
        flight = self._flights.give(Dial(call_id=delivery.webhook_id, request=request, attempt=attempt), pending)
        vanished = _Vanished(flight.caller.name, delivery.webhook_id, attempt)
        self.after(request.timeout_s + GRACE_S, vanished, f"flight.{flight.caller.name}")

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

    def _lost(self, flight: Flight[PendingDelivery] | None, why: str) -> None:
        if flight is not None:
            self._conclude(flight, Ended(failure="transport", maybe_sent=True), why)

    def _conclude(self, flight: Flight[PendingDelivery], ended: Ended, detail: str) -> None:
        pending, attempts = flight.note, flight.dial.attempt
        self.cancel(f"flight.{flight.caller.name}")
        self._flying[pending.delivery.url] -= 1
        self._lanes_flying.discard(_lane(pending))
        found = finding(ended, detail, attempts=attempts, schedule=self._schedule, chance=self.world.random())
        self._record(pending, attempts, found)
        if found.state == "pending":
            self._hold(_lane(pending), self._now_s() + found.delay_s)
        if found.disables:
            self._disable(pending.delivery.url)
        if self._more:
            self._take()

    def _record(self, pending: PendingDelivery, attempts: int, found: Finding) -> None:
        delivery = pending.delivery
        self._hand.discard(delivery.webhook_id)
        self._counts["retried" if found.state == "pending" else found.state] += 1
        self._journal.tell(
            RecordAttempt(
                webhook_id=delivery.webhook_id,
                state=found.state,
                due_at_s=self._now_s() + found.delay_s,
                attempts=attempts,
                last_error=found.error,
            )
        )
        if found.state != "pending":
            data: dict[str, Json] = {
                "webhook_id": delivery.webhook_id,
                "event": delivery.event,
                "subject": delivery.subject,
                "attempts": attempts,
                "error": found.error,
            }
            self._journal.tell(PublishEvent(kind=f"webhook.{found.state}", data=data))

    def _hold(self, lane: Lane, until_s: float) -> None:
        """What comes after a failed delivery of `lane` waits behind it, and takes no room while it does."""
        self._held_until_s[lane] = until_s
        self._look_by(until_s)
        queue = self._queues.get(lane[0], deque())
        for pending in [waiting for waiting in queue if _lane(waiting) == lane]:
            queue.remove(pending)
            self._hand_back(pending, until_s)

    def _disable(self, url: str) -> None:
        self._disabled.add(url)
        for pending in self._queues.pop(url, ()):
            self._record(pending, pending.attempts, Finding(state="dead", error=NO_MORE))

    def _now_s(self) -> float:
        return self.world.utc_now().timestamp()


def _lane(pending: PendingDelivery) -> Lane:
    return pending.delivery.url, pending.delivery.subject
