"""The one way from an order to its outcome; what differs from kind to kind is in the subclasses.

accepted (durable) -> carried out -> exactly one end (durable) -> the caller hears of it. Source: DESIGN section 3.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, Generic, Protocol, TypeVar

from loguru import logger

from actors.base import GatewayActor, P, Seat
from actors.mailbox import CAPACITY
from messages.base import Json, Recipient
from messages.journal import (
    ClaimOpenOrders,
    Delivery,
    OpenOrder,
    OpenOrders,
    OrderRecorded,
    RecordAccepted,
    RecordEnded,
    RecordProgress,
)
from messages.orders import (
    DEADLINE_S,
    CancelOrders,
    DeadlinePassed,
    Order,
    OrderSettled,
    Outcome,
    Peer,
    Reason,
    Status,
    Submit,
)
from rules.catalogue import reason
from rules.ids import is_uuid

MAX_RESUMES = 3  # an order that was there at three crashes may be their cause
RESUMED = "resumed"
MOST_HELD = CAPACITY  # orders, as in a mailbox
FULL_AGAIN_S = 1.0  # before the journal is told again what it had no room for


class Journal(Recipient, Protocol):
    """Where orders are put on record."""

    def offer(self, message: object) -> bool:
        """Leave `message` if there is room; False at once when there is none."""


@dataclass(frozen=True, slots=True)
class _Insist:
    """Its own alarm: the journal had no room for `message`, which must not be lost."""

    message: ClaimOpenOrders | RecordEnded
    key: str


@dataclass(slots=True, kw_only=True, eq=False)
class Case:
    """One open order in its actor's hands. Times are monotonic seconds; `askers` hear what events do not carry."""

    order: Order
    peer: Peer
    effect_id: str
    accepted_at_s: float
    deadline_at_s: float
    askers: list[Recipient] = field(default_factory=list)
    retries: int = 0
    recorded: bool = False  # its acceptance is durable
    over: bool = False  # its end is told; only its acceptance's record is still waited for

    @property
    def request_id(self) -> str:
        """The order's."""
        return self.order.request_id

    def settle(self, outcome: Outcome) -> None:
        """Tell whoever asked."""
        for asker in self.askers:
            asker.tell(OrderSettled(outcome=outcome))


C = TypeVar("C", bound=Case)


class OrderActor(GatewayActor[P], Generic[P, C]):
    """Takes Submit; a subclass says what it refuses (`objections`) and carries a case out (`carry_out`).

    Nothing is begun before the journal has told which orders are open: what comes earlier is held.
    """

    kind: ClassVar[str]
    case_type: type[C]

    def __init__(self, seat: Seat, *, journal: Journal) -> None:
        super().__init__(seat)
        self.journal = journal
        self.cases: dict[str, C] = {}
        self._claimed = False
        self._held: list[tuple[float, Submit]] = []  # with when it came

    # --- what a kind of order overrides ------------------------------------------------------------------------

    def objections(self, order: Any) -> tuple[Reason, ...]:
        """Every reason to refuse `order` that needs nobody else to be asked."""
        raise TypeError(f"{type(self).__name__} has no objections()")

    def reopened(self, case: C, steps: tuple[str, ...]) -> None:
        """`case` was begun before a restart; hears its `steps` before anything is decided about it."""

    def effect_id(self, order: Any) -> str:
        """The id that the far side will see."""
        return order.request_id if is_uuid(order.request_id) else self.world.new_id()

    def carry_out(self, case: C, steps: tuple[str, ...] = ()) -> None:
        """Carry out a case whose intent is durable; with `steps` when it was begun before a restart."""
        raise TypeError(f"{type(self).__name__} has no carry_out()")

    def work(self, message: Any) -> Any:
        """A message of the kind's own."""
        raise TypeError(f"{type(self).__name__} does not take {type(message).__name__}")

    def closed(self, case: C) -> None:
        """`case` has ended: forget what was kept for it."""

    def extra(self, case: C) -> Mapping[str, Json]:
        """What only this kind's outcomes tell."""
        return {}

    def timed_out(self, case: C) -> Reason:
        """Why the deadline passed, as far as the kind can tell."""
        return reason("SB-301", f"{case.order.deadline_s:g} s were not enough")

    # --- what a kind of order uses -----------------------------------------------------------------------------

    def end(
        self, case: C, status: Status, detail: str, *reasons: Reason, deliveries: tuple[Delivery, ...] = ()
    ) -> None:
        """Give `case` its one outcome."""
        if case.over:
            return
        case.over = True
        self.closed(case)
        outcome = self.outcome(case, status, detail, reasons)
        if case.order.dry_run:
            case.settle(outcome)
        else:
            self._insist(RecordEnded(outcome=outcome, deliveries=deliveries), f"end-{case.request_id}")
        self._leave(case)
        codes = ",".join(reason.code for reason in reasons)
        dry = "dry run: " if case.order.dry_run else ""
        logger.info("{} {!r} {}{}{}", self.kind, case.request_id, dry, status, codes and f": {codes}")

    def progress(self, case: C, step: str, **data: Json) -> None:
        """Put a step on record; not awaited."""
        if not case.order.dry_run:
            self.journal.tell(RecordProgress(request_id=case.request_id, step=step, data=data))

    def outcome(self, case: C, status: Status, detail: str, reasons: tuple[Reason, ...]) -> Outcome:
        """The outcome value of `case`, measured from its acceptance until now."""
        return Outcome(
            request_id=case.request_id,
            kind=self.kind,
            status=status,
            detail=detail,
            reasons=reasons,
            latency_ms=round((self.world.monotonic() - case.accepted_at_s) * 1000, 3),
            retries=case.retries,
            extra=self.extra(case),
        )

    # --- the mechanism -----------------------------------------------------------------------------------------

    def started(self) -> None:
        self._insist(ClaimOpenOrders(kind=self.kind, reply_to=self.address), "claim")

    def handle(self, message: Any) -> Any:
        match message:
            case Submit():
                return self._submit(message)
            case OrderRecorded():
                return self._recorded(message)
            case DeadlinePassed():
                return self._deadline_passed(message.request_id)
            case OpenOrders():
                return self._adopt(message)
            case CancelOrders():
                return self._cancel_all()
            case _Insist():
                return self._insist(message.message, message.key)
            case _:
                return self.work(message)

    def facts(self) -> Mapping[str, Json]:
        return {"open_orders": len(self.cases)}

    def stopped(self) -> None:
        self.release()

    def release(self) -> None:
        """What is on record the next incarnation claims; what is not would be lost without a word."""
        held, self._held = self._held, []
        for _, submit in held:
            self.seat.office(self.address.name, submit, "its receiver ended before it could take it")
        for case in tuple(self.cases.values()):
            if case.order.dry_run and not case.over:
                case.over = True
                case.settle(self.outcome(case, "interrupted", "the dry run was cut short", (reason("SB-503"),)))

    def _submit(self, submit: Submit, age_s: float = 0.0) -> None:
        order, askers = submit.order, [submit.reply_to] if submit.reply_to is not None else []
        present = self.cases.get(order.request_id)
        if not self._claimed:  # the order may be open on record, with an effect id of its own
            self._hold(submit, askers)
        elif present is None:
            self._begin(self._open(order, submit.peer, self.effect_id(order), askers, age_s))
        elif present.order == order:
            present.askers += askers
        else:
            self._settle(order, askers, reason("SB-108"))

    def _hold(self, submit: Submit, askers: list[Recipient]) -> None:
        """Until the journal says what is open; its deadline runs all the same."""
        if len(self._held) < MOST_HELD:
            self._held.append((self.world.monotonic(), submit))
        else:
            self._settle(submit.order, askers, reason("SB-506"))

    def _begin(self, case: C) -> None:
        refusals = self.objections(case.order)
        if refusals:
            self._refuse(case, refusals)
            return
        self._watch(case, case.deadline_at_s)
        if case.order.dry_run:
            self.carry_out(case)
        else:
            self._record(case)

    def _open(self, order: Order, peer: Peer, effect_id: str, askers: list[Recipient], age_s: float = 0.0) -> C:
        accepted_at_s = self.world.monotonic() - age_s
        case = self.case_type(
            order=order,
            peer=peer,
            effect_id=effect_id,
            accepted_at_s=accepted_at_s,
            deadline_at_s=accepted_at_s + order.deadline_s,
            askers=askers,
        )
        self.cases[order.request_id] = case
        return case

    def _watch(self, case: C, at_s: float) -> None:
        left_s = at_s - self.world.monotonic()
        self.after(left_s, DeadlinePassed(request_id=case.request_id), f"deadline-{case.request_id}")

    def _refuse(self, case: C, refusals: tuple[Reason, ...]) -> None:
        detail = f"nothing was sent: {all_of(refusals)}"
        if case.order.dry_run:
            self.end(case, "refused", detail, *refusals)
        else:
            case.over = True
            self._leave(case)
            self._record(case, self.outcome(case, "refused", detail, refusals))

    def _record(self, case: C, outcome: Outcome | None = None) -> None:
        accepted = RecordAccepted(
            order=case.order, peer=case.peer, effect_id=case.effect_id, reply_to=self.address, outcome=outcome
        )
        if not self.journal.offer(accepted):
            self._drop(case)
            self._settle(case.order, case.askers, reason("SB-506"))

    def _recorded(self, recorded: OrderRecorded) -> None:
        case = self.cases.get(recorded.request_id)
        if case is None or case.recorded:
            return
        if recorded.conflict:
            self._drop(case)
            self._settle(case.order, case.askers, reason("SB-108"))
        elif recorded.earlier is not None:
            self._drop(case)
            if recorded.earlier.status != "accepted":
                case.settle(recorded.earlier)
        elif case.over:
            self._drop(case)
        else:
            case.recorded = True
            self.carry_out(case)

    def _leave(self, case: C) -> None:
        """Let go of a case that is over; one whose acceptance is on its way to the record stays for the answer."""
        if case.recorded or case.order.dry_run:
            self._drop(case)
        else:
            self._watch(case, self.world.monotonic() + DEADLINE_S)

    def _drop(self, case: C) -> None:
        del self.cases[case.request_id]
        self.cancel(f"deadline-{case.request_id}")

    def _insist(self, message: ClaimOpenOrders | RecordEnded, key: str) -> None:
        if not self.journal.offer(message):
            self.after(FULL_AGAIN_S, _Insist(message, key), key)

    def _settle(self, order: Order, askers: list[Recipient], why: Reason) -> None:
        outcome = Outcome(
            request_id=order.request_id, kind=self.kind, status="refused", detail=why.message, reasons=(why,)
        )
        for asker in askers:
            asker.tell(OrderSettled(outcome=outcome))

    def _deadline_passed(self, request_id: str) -> None:
        case = self.cases.get(request_id)
        if case is not None and case.over:
            self._drop(case)
        elif case is not None:
            why = self.timed_out(case)
            self.end(case, "failed", why.message, why)

    def _adopt(self, claimed: OpenOrders) -> None:
        if self._claimed:
            return
        self._claimed = True
        for open_order in claimed.orders:
            self._resume(open_order)
        held, self._held = self._held, []
        for came_s, submit in held:
            self._submit(submit, self.world.monotonic() - came_s)

    def _resume(self, found: OpenOrder) -> None:
        case = self._open(found.order, found.peer, found.effect_id, [], age_s=max(0.0, found.age_s))
        case.recorded = True
        self.reopened(case, found.steps)
        if case.deadline_at_s <= self.world.monotonic():
            self.end(case, "interrupted", "the gateway was down past the order's deadline", reason("SB-501"))
        elif found.steps.count(RESUMED) >= MAX_RESUMES:
            self.end(case, "interrupted", "the order was resumed too often", reason("SB-502"))
        else:
            self._watch(case, case.deadline_at_s)
            self.progress(case, RESUMED)
            self.carry_out(case, (*found.steps, RESUMED))

    def _cancel_all(self) -> None:
        for case in list(self.cases.values()):
            self.end(case, "interrupted", "the gateway was told to stop", reason("SB-504"))


def all_of(refusals: Sequence[Reason]) -> str:
    """One refusal in its own words; of several, how many: each stands among the reasons."""
    return refusals[0].message if len(refusals) == 1 else f"{len(refusals)} objections"
