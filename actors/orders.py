"""The one way from an order to its outcome; what differs from kind to kind is in the subclasses.

accepted (durable) -> carried out -> exactly one end (durable) -> the caller hears of it. Source: DESIGN section 3.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Generic, TypeVar

from loguru import logger

from actors.base import GatewayActor, P, Seat
from actors.deadletters import Nobody
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
NOBODY = Nobody()


@dataclass(slots=True, kw_only=True, eq=False)
class Case:
    """One open order in its actor's hands. Times are monotonic seconds."""

    order: Order
    peer: Peer
    effect_id: str
    accepted_at_s: float
    deadline_at_s: float
    reply_to: Recipient = NOBODY
    retries: int = 0
    refused: bool = False  # only its record is still waited for

    @property
    def request_id(self) -> str:
        """The order's."""
        return self.order.request_id


C = TypeVar("C", bound=Case)


class OrderActor(GatewayActor[P], Generic[P, C]):
    """Takes Submit; a subclass says what may be refused (`objections`), builds a case and carries it out (`carry_out`)."""

    kind: ClassVar[str]
    case_type: type[C]

    def __init__(self, seat: Seat, *, journal: Recipient) -> None:
        super().__init__(seat)
        self.journal = journal
        self.cases: dict[str, C] = {}

    # --- what a kind of order overrides ------------------------------------------------------------------------

    def objections(self, order: Any) -> tuple[Reason, ...]:
        """Every reason to refuse `order` that needs nobody else to be asked."""
        raise TypeError(f"{type(self).__name__} has no objections()")

    def carry_out(self, case: C, steps: tuple[str, ...] = ()) -> None:
        """Carry out a case whose intent is durable; with `steps` when it was begun before a restart."""
        raise TypeError(f"{type(self).__name__} has no begin()")

    def work(self, message: Any) -> Any:
        """A message of the kind's own."""
        raise TypeError(f"{type(self).__name__} does not take {type(message).__name__}")

    def closed(self, case: C) -> None:
        """`case` has ended: forget what was kept for it."""

    def timed_out(self, case: C) -> Reason:
        """Why the deadline passed, as far as the kind can tell."""
        return reason("SB-301", f"{case.order.deadline_s:g} s were not enough")

    # --- what a kind of order uses -----------------------------------------------------------------------------

    def end(
        self,
        case: C,
        status: Status,
        detail: str,
        *reasons: Reason,
        extra: Mapping[str, Json] | None = None,
        deliveries: tuple[Delivery, ...] = (),
    ) -> None:
        """Give `case` its one outcome."""
        if self.cases.pop(case.request_id, None) is None:
            return
        self.cancel(f"deadline-{case.request_id}")
        self.closed(case)
        outcome = self.outcome(case, status, detail, reasons, extra or {})
        if case.order.dry_run:
            case.reply_to.tell(OrderSettled(outcome=outcome))
        else:
            self.journal.tell(RecordEnded(outcome=outcome, deliveries=deliveries))
        codes = ",".join(reason.code for reason in reasons)
        logger.info("{} {} {} {}", self.kind, case.request_id, status, codes)

    def progress(self, case: C, step: str, **data: Json) -> None:
        """Put a step on record; not awaited."""
        if not case.order.dry_run:
            self.journal.tell(RecordProgress(request_id=case.request_id, step=step, data=data))

    def outcome(
        self, case: C, status: Status, detail: str, reasons: tuple[Reason, ...], extra: Mapping[str, Json]
    ) -> Outcome:
        """The outcome value of `case`, measured from its acceptance until now."""
        return Outcome(
            request_id=case.request_id,
            kind=self.kind,
            status=status,
            detail=detail,
            reasons=reasons,
            latency_ms=round((self.world.monotonic() - case.accepted_at_s) * 1000, 3),
            retries=case.retries,
            extra=extra,
        )

    # --- the mechanism -----------------------------------------------------------------------------------------

    def started(self) -> None:
        self.journal.tell(ClaimOpenOrders(kind=self.kind, reply_to=self.address))

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
            case _:
                return self.work(message)

    def facts(self) -> Mapping[str, Json]:
        return {"open_orders": len(self.cases)}

    def _submit(self, submit: Submit) -> None:
        order = submit.order
        present = self.cases.get(order.request_id)
        if present is not None:
            if present.order != order:
                self._settle(submit, "refused", reason("SB-108"))
            return
        effect_id = order.request_id if is_uuid(order.request_id) else self.world.new_id()
        case = self._open(order, submit.peer, effect_id, submit.reply_to or NOBODY)
        refusals = self.objections(order)
        if refusals:
            self._refuse(case, refusals)
            return
        self._watch(case, case.deadline_at_s)
        if order.dry_run:
            self.carry_out(case)
        else:
            self._record(case)

    def _open(self, order: Order, peer: Peer, effect_id: str, reply_to: Recipient, age_s: float = 0.0) -> C:
        accepted_at_s = self.world.monotonic() - age_s
        case = self.case_type(
            order=order,
            peer=peer,
            effect_id=effect_id,
            accepted_at_s=accepted_at_s,
            deadline_at_s=accepted_at_s + order.deadline_s,
            reply_to=reply_to,
        )
        self.cases[order.request_id] = case
        return case

    def _watch(self, case: C, at_s: float) -> None:
        left_s = at_s - self.world.monotonic()
        self.after(left_s, DeadlinePassed(request_id=case.request_id), f"deadline-{case.request_id}")

    def _refuse(self, case: C, refusals: tuple[Reason, ...]) -> None:
        detail = f"refused before anything was sent: {'; '.join(refusal.message for refusal in refusals)}"
        if case.order.dry_run:
            self.end(case, "refused", detail, *refusals)
        else:
            case.refused = True
            self._watch(case, self.world.monotonic() + DEADLINE_S)
            self._record(case, self.outcome(case, "refused", detail, refusals, {}))

    def _record(self, case: C, outcome: Outcome | None = None) -> None:
        self.journal.tell(
            RecordAccepted(
                order=case.order,
                peer=case.peer,
                effect_id=case.effect_id,
                reply_to=self.address,
                outcome=outcome,
            )
        )

    def _recorded(self, recorded: OrderRecorded) -> None:
        case = self.cases.get(recorded.request_id)
        if case is None:
            return
        if recorded.conflict:
            self._drop(case)
            self._settle(Submit(order=case.order, peer=case.peer, reply_to=case.reply_to), "refused", reason("SB-108"))
        elif recorded.earlier is None and not case.refused:
            self.carry_out(case)
        else:
            self._drop(case)
            if recorded.earlier is not None and recorded.earlier.status != "accepted":
                case.reply_to.tell(OrderSettled(outcome=recorded.earlier))

    def _drop(self, case: C) -> None:
        del self.cases[case.request_id]
        self.cancel(f"deadline-{case.request_id}")

    def _settle(self, submit: Submit, status: Status, why: Reason) -> None:
        outcome = Outcome(
            request_id=submit.order.request_id, kind=self.kind, status=status, detail=why.message, reasons=(why,)
        )
        (submit.reply_to or NOBODY).tell(OrderSettled(outcome=outcome))

    def _deadline_passed(self, request_id: str) -> None:
        case = self.cases.get(request_id)
        if case is not None and case.refused:
            self._drop(case)
        elif case is not None:
            why = self.timed_out(case)
            self.end(case, "failed", why.message, why)

    def _adopt(self, claimed: OpenOrders) -> None:
        for open_order in claimed.orders:
            if open_order.order.request_id not in self.cases:
                self._resume(open_order)

    def _resume(self, found: OpenOrder) -> None:
        case = self._open(found.order, found.peer, found.effect_id, NOBODY, age_s=found.age_s)
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
