"""AssistActor: actions of Agent Assist, so many at a time, over one authenticated session, each to its one outcome."""

from typing import Any, ClassVar, assert_never

from loguru import logger

from actors.assist_book import AssistBook
from actors.assist_case import AssistCase, Stage
from actors.assist_line import AssistLine, LineTimes
from actors.base import Seat
from actors.crm import Crm
from actors.orders import Journal, OrderActor
from genesys.dialect import AssistDialect
from messages.assists import (
    ActionOverdue,
    AssistAnswer,
    AssistConnected,
    AssistRefused,
    LimitAssists,
    LineOverdue,
    SendAgain,
    SlotOverdue,
    ToAssists,
    TriggerAssist,
)
from messages.base import Json, Recipient
from messages.journal import Delivery, OpenOrders, OrderRecorded, RecordProgress
from messages.orders import CancelOrders, DeadlinePassed, Reason, Status, Submit
from messages.sessions import (
    FramesArrived,
    FrameSent,
    FrameUnsent,
    SendFrame,
    SessionInvalid,
    SessionLost,
    SessionOpened,
    SessionValid,
)
from messages.tokens import TokenDenied, TokenGranted
from rules.assist import (
    UNAUTHORIZED,
    AssistRules,
    correlation_id,
    failure,
    in_doubt,
    no_slot,
    objections,
    retry_in_s,
)
from rules.catalogue import reason
from rules.crm_callback import end_state
from rules.retries import MAX_RETRY_AFTER_S, TOO_MANY, Ended, may_repeat
from rules.tenant_slots import TenantLimit, TenantSlots

SENT, ACKNOWLEDGED, RETRY = "sent", "acknowledged", "retry"


class AssistActor(OrderActor[ToAssists, AssistCase]):
    """A slot is held until the engine answers or has had its time, also when the order has ended before."""

    kind: ClassVar[str] = TriggerAssist.kind
    case_type = AssistCase

    def __init__(
        self,
        seat: Seat,
        *,
        journal: Journal,
        session: Recipient,
        token: Recipient,
        dialect: AssistDialect,
        limit: TenantLimit,
        rules: AssistRules,
        line_times: LineTimes,
        crm_url: str | None,
    ) -> None:
        super().__init__(seat, journal=journal)
        self._session, self._dialect, self._rules = session, dialect, rules
        self._line = AssistLine(self, session=session, token=token, dialect=dialect, times=line_times)
        self._slots = TenantSlots(limit, rules.queue, rules.adaptive, _narrowed)
        self._crm = Crm(seat.world, crm_url)
        self._book = AssistBook()
        self._stranded: dict[str, AssistCase] = {}

    def started(self) -> None:
        self._line.begin()
        super().started()

    def handle(self, message: Any) -> Any:
        answer = super().handle(message)
        self._go_on()
        return answer

    def objections(self, order: TriggerAssist) -> tuple[Reason, ...]:
        return objections(order)

    def effect_id(self, order: TriggerAssist) -> str:
        return correlation_id(order, self.world.new_id())

    def extra(self, case: AssistCase) -> dict[str, Json]:
        return case.told()

    def facts(self) -> dict[str, Json]:
        slots, book, line = self._slots.facts(), self._book.facts(), self._line.facts()
        return {"open_orders": len(self.cases), **slots, **book, "session": line}

    def work(self, message: ToAssists) -> Any:
        match message:
            case FramesArrived():
                for frame in message.frames:
                    self._hear(frame)
            case SessionLost():
                self._line.take(message)
                for case in self._book.sent_on(message.connection):
                    self._send_over(case, "SB-237", "the connection broke")
            case FrameSent():
                self._sent(message.frame_id)
            case FrameUnsent():
                if not self._line.unsent(message.frame_id):
                    self._unsent(message)
            case LimitAssists():
                return self._slots.allow(message.max_in_flight)
            case SlotOverdue():
                self._slot_overdue(message.request_id)
            case ActionOverdue():
                self._action_overdue(message.correlation_id)
            case SendAgain():
                self._send_again(message.request_id)
            case SessionOpened() | SessionValid() | SessionInvalid() | TokenGranted() | TokenDenied() | LineOverdue():
                self._line.take(message)
            case Submit() | OrderRecorded() | OpenOrders() | DeadlinePassed() | CancelOrders():
                raise TypeError("taken by OrderActor")
            case _:
                assert_never(message)
        return None

    # --- the life of a case --------------------------------------------------------------------------------------

    def reopened(self, case: AssistCase, steps: tuple[str, ...]) -> None:
        case.sent, case.retries = steps.count(SENT), steps.count(RETRY)
        case.acknowledged, case.initiated = ACKNOWLEDGED in steps, SENT in steps
        if case.sent:  # the engine may still be at it
            self._slots.hold(case.effect_id)
            self._watch_action(case)

    def carry_out(self, case: AssistCase, steps: tuple[str, ...] = ()) -> None:
        if self._book.of(case.effect_id) is not None or (not case.sent and self._slots.holds(case.effect_id)):
            self._give_up(case, reason("SB-135"), "refused")
            return
        self._book.enter(case)
        if case.sent:
            self._send_over(case, "SB-501", "the gateway stopped before the engine's answer")
        else:
            self._wait(case)

    def end(
        self, case: AssistCase, status: Status, detail: str, *reasons: Reason, deliveries: tuple[Delivery, ...] = ()
    ) -> None:
        if case.initiated and not case.over:
            deliveries = (*deliveries, *self._crm.hears(case, end_state(status)))
        super().end(case, status, detail, *reasons, deliveries=deliveries)

    def closed(self, case: AssistCase) -> None:
        if self._book.strike(case):
            self._stranded.pop(case.effect_id, None)
            self._slots.leave(case.effect_id)
            self.cancel(f"slot-{case.request_id}")
            self.cancel(f"again-{case.request_id}")

    def timed_out(self, case: AssistCase) -> Reason:
        told = f"{case.order.deadline_s:g} s were over while waiting for {case.stage.value}"
        match case.stage:
            case Stage.WAITING:
                return self._no_slot(case, told)
            case Stage.ANSWERING:
                return reason("SB-232", f"action_timeout: {told}")
            case Stage.STRANDED:
                return reason("SB-237", told)
            case _:
                return reason("SB-301", told)

    def _give_up(self, case: AssistCase, why: Reason, status: Status = "failed") -> None:
        self.end(case, status, why.message, why)

    # --- a slot --------------------------------------------------------------------------------------------------

    def _wait(self, case: AssistCase) -> None:
        order, case.stage, case.waiting_since_s = case.order, Stage.WAITING, self.world.monotonic()
        if case.sent:
            self._slots.wait_again(case.effect_id, order.agent_id, order.subject)
        elif not self._slots.wait(case.effect_id, order.agent_id, order.subject):
            busy = reason("SB-231", f"busy: {self._rules.queue} actions wait for a slot already")
            self._give_up(case, busy, "refused")
            return
        self.after(self._rules.slot_s, SlotOverdue(request_id=case.request_id), f"slot-{case.request_id}")

    def _go_on(self) -> None:
        """After every message: whatever may be sent now is sent, whatever never will be is ended."""
        refusal = self._line.refusal
        if refusal is not None and (self._slots.waiting or self._stranded):
            self._refuse_all(refusal)
        if not self._line.ready:
            return
        while self._stranded:
            self._send(self._stranded.pop(next(iter(self._stranded))))
        while (effect_id := self._slots.grant()) is not None:
            self._granted(effect_id)

    def _granted(self, effect_id: str) -> None:
        case = self._book.of(effect_id)
        if case is None:
            raise RuntimeError(f"a slot was granted to {effect_id}, which is no open action")
        self._has_waited(case)
        if case.order.dry_run:
            self._free(case)
            self.end(case, "succeeded", "dry run: every gate passed, nothing was sent")
        else:
            self._send(case)

    def _slot_overdue(self, request_id: str) -> None:
        case = self.cases.get(request_id)
        if case is not None and case.stage is Stage.WAITING:
            self._has_waited(case)
            why = self._no_slot(case, f"waited {self._rules.slot_s:g} s for a slot")
            never_begun = self._line.ready and not case.sent
            self._give_up(case, why, "refused" if never_begun else "failed")

    def _has_waited(self, case: AssistCase) -> None:
        self.cancel(f"slot-{case.request_id}")
        case.slot_wait_s += self.world.monotonic() - case.waiting_since_s

    def _no_slot(self, case: AssistCase, told: str) -> Reason:
        taken = f"{self._slots.held} of {self._slots.limit} are taken" if self._line.ready else None
        return no_slot(told, taken, sent=bool(case.sent))

    def _refuse_all(self, refusal: Reason) -> None:
        for case in [case for case in self.cases.values() if case.stage in {Stage.WAITING, Stage.STRANDED}]:
            self._give_up(case, refusal, "interrupted" if case.stage is Stage.STRANDED else "failed")

    def _free(self, case: AssistCase) -> None:
        self._slots.release(case.effect_id)
        self.cancel(f"action-{case.effect_id}")

    # --- the frame -----------------------------------------------------------------------------------------------

    def _send(self, case: AssistCase) -> None:
        case.stage, case.connection, case.sent_at_s = Stage.ANSWERING, self._line.connection, self.world.monotonic()
        case.sent += 1
        self._session.tell(
            SendFrame(
                frame_id=case.frame_id,
                connection=case.connection,
                text=self._dialect.action_frame(case.order, case.effect_id),
                confirm=self._rules.completion == "fire_and_forget",
            )
        )
        self._watch_action(case)
        self._record_sent(case)

    def _record_sent(self, case: AssistCase) -> None:
        data: dict[str, Json] = {"attempt": case.sent, "slot_wait_ms": round(case.slot_wait_s * 1000, 3)}
        deliveries = () if case.initiated else self._crm.hears(case, "initiated")
        case.initiated = True
        self.journal.tell(RecordProgress(request_id=case.request_id, step=SENT, data=data, deliveries=deliveries))

    def _watch_action(self, case: AssistCase) -> None:
        overdue = ActionOverdue(correlation_id=case.effect_id)
        self.after(self._rules.action_s, overdue, f"action-{case.effect_id}")

    def _sent(self, frame_id: str) -> None:
        case = self._book.sent_with(frame_id)
        if case is not None and self._rules.completion == "fire_and_forget":
            self._free(case)
            self.end(case, "succeeded", f"{case.order.action_type} was sent; its answer is not waited for")

    def _unsent(self, unsent: FrameUnsent) -> None:
        case = self._book.sent_with(unsent.frame_id)
        if case is not None:
            self._free(case)
            self._retry(case, reason("SB-236", f"the action could not be sent: {unsent.why}"))

    # --- the answer ----------------------------------------------------------------------------------------------

    def _hear(self, frame: str | bytes) -> None:
        match self._dialect.read_assist(frame, self.world.utc_now()):
            case AssistConnected():
                self._line.connected()
            case AssistRefused() as error:
                self._line.refused(error)
            case AssistAnswer() as answer:
                self._hear_of_action(answer)
            case None:
                self._book.ignore(None)

    def _hear_of_action(self, answer: AssistAnswer) -> None:
        case = self._book.of(answer.correlation_id)
        if case is None or not case.sent:
            self._book.ignore(answer)
            if answer.meaning != "acknowledged" and self._slots.release(answer.correlation_id):
                self.cancel(f"action-{answer.correlation_id}")  # its order had ended before
        elif answer.meaning == "done":  # good news is true whenever it comes
            self._take(case, answer)
            self.end(case, "succeeded", f"{case.order.action_type} was carried out")
        elif case.stage is not Stage.ANSWERING:
            self._book.ignore(answer)
        elif answer.meaning == "acknowledged":
            self._acknowledged(case)
        else:
            self._take(case, answer)
            self._failed(case, answer)

    def _acknowledged(self, case: AssistCase) -> None:
        if not case.acknowledged:
            case.acknowledged = True
            self.progress(case, ACKNOWLEDGED)

    def _take(self, case: AssistCase, answer: AssistAnswer) -> None:
        """The engine is done with it, well or not."""
        now_s, case.answer = self.world.monotonic(), answer
        if answer.code == TOO_MANY:
            self._slots.overloaded(now_s)
        elif case.stage is Stage.ANSWERING:
            self._slots.answered(case.order.action_type, now_s - case.sent_at_s, now_s)
        self._free(case)

    def _failed(self, case: AssistCase, answer: AssistAnswer) -> None:
        if answer.code == UNAUTHORIZED and not case.reauthorized:
            case.reauthorized = True
            self._line.action_unauthorized()
            self._wait(case)
        elif answer.code is not None and may_repeat(Ended(status=answer.code), idempotent=True):
            self._retry(case, failure(answer), answer.retry_after_s or 0.0)
        else:
            self._give_up(case, failure(answer))

    # --- another try -----------------------------------------------------------------------------------------------

    def _retry(self, case: AssistCase, why: Reason, at_least_s: float = 0.0) -> None:
        left_s = case.deadline_at_s - self.world.monotonic()
        if case.retries >= case.order.max_retries or at_least_s > MAX_RETRY_AFTER_S or at_least_s >= left_s:
            self._give_up(case, why)
            return
        self._count_retry(case, Stage.RESTING, why.code)
        delay_s = retry_in_s(case.retries, at_least_s, self.world.random())
        self.after(delay_s, SendAgain(request_id=case.request_id), f"again-{case.request_id}")

    def _send_again(self, request_id: str) -> None:
        case = self.cases.get(request_id)
        if case is not None and case.stage is Stage.RESTING:
            self._wait(case)

    def _send_over(self, case: AssistCase, code: str, what: str) -> None:
        """Send it once more on the next connection, in the slot it holds: the engine knows it by its correlation id.

        Not when the engine has acknowledged it: then it is at it, and its answer went with the connection.
        """
        if case.acknowledged or case.retries >= case.order.max_retries:
            self._give_up(case, in_doubt(code, what, case.retries, acknowledged=case.acknowledged), "interrupted")
        else:
            self._count_retry(case, Stage.STRANDED, code)
            self._stranded[case.effect_id] = case

    def _count_retry(self, case: AssistCase, stage: Stage, why: str) -> None:
        case.retries += 1
        case.stage, case.acknowledged = stage, False
        self.progress(case, RETRY, why=why, retry=case.retries)

    def _action_overdue(self, effect_id: str) -> None:
        self._slots.release(effect_id)
        self._slots.overloaded(self.world.monotonic())
        case = self._book.of(effect_id)
        if case is not None and case.stage in {Stage.ANSWERING, Stage.STRANDED}:
            self._give_up(case, reason("SB-232", f"action_timeout: no answer within {self._rules.action_s:g} s"))


def _narrowed(limit: int) -> None:
    logger.warning("the assist engine is slow or throttles: {} actions at a time now", limit)
