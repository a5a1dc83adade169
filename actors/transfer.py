"""TransferActor: checks, sends and follows transfers; many in flight on one socket, none blocking another."""

from dataclasses import dataclass, field
from enum import Enum
from typing import ClassVar, assert_never

from loguru import logger

from actors.base import Seat
from actors.orders import Case, Journal, OrderActor
from genesys.dialect import TransferDialect
from messages.base import Json, Recipient
from messages.journal import Delivery, OpenOrders, OrderRecorded
from messages.orders import CancelOrders, DeadlinePassed, Reason, Status, Submit
from messages.rest import Call, CallAnswered
from messages.sessions import (
    FramesArrived,
    FrameUnsent,
    RenewSession,
    SendFrame,
    SessionInvalid,
    SessionLost,
    SessionOpened,
    SessionValid,
    ValidateSession,
)
from messages.transfers import AnswerOverdue, StartTransfer, ToTransfers, TransferAnswer, TryAgain
from rules.breaker import Attempt, Breaker
from rules.catalogue import CATALOGUE, reason
from rules.retries import MAX_RETRY_AFTER_S, full_jitter
from rules.transfer_callback import callback
from rules.transfers import GatewayLimits, next_codec, objections

SENT = "sent"
WORDS = {"SB-206": "rate_limited", "SB-210": "connection_lost"}
NORMAL_CLOSURE, POLICY_VIOLATION = 1000, 1008  # RFC 6455 section 7.4.1; 1008 is a 429 here, contracts 7.2


@dataclass(frozen=True, slots=True, kw_only=True)
class TransferTimes:
    """Seconds for an answer, and of the back-off between tries; `max_retries` tries after the first."""

    answer_s: float = 10.0
    max_retries: int = 3
    backoff_first_s: float = 0.5
    backoff_last_s: float = 8.0


class Stage(Enum):
    """What a transfer waits for."""

    RECORDING = "its record"
    CHECKING = "the look-up of the interaction"
    VALIDATING = "the session's pong"
    DISCONNECTED = "a session"
    ANSWERING = "the gateway's answer"
    RESTING = "the back-off before another try"


BEFORE_THE_FRAME = frozenset({Stage.CHECKING, Stage.VALIDATING, Stage.DISCONNECTED})


@dataclass(slots=True, kw_only=True, eq=False)
class TransferCase(Case):
    """One transfer in hand; `cleared` once Genesys's look-up let it pass, `connection` is the validated one.

    `tried` are the codecs, `answer` is the last one that Genesys gave.
    """

    order: StartTransfer
    stage: Stage = Stage.RECORDING
    cleared: bool = False
    may_have_happened: bool = False
    connection: int | None = None
    tried: list[str] = field(default_factory=list)
    attempt: Attempt | None = None
    answer: TransferAnswer | None = None


class TransferActor(OrderActor[ToTransfers, TransferCase]):
    """Look-up and ping at once; then the frame; then its answer, another codec, another try, or the end."""

    kind: ClassVar[str] = StartTransfer.kind
    case_type = TransferCase

    def __init__(
        self,
        seat: Seat,
        *,
        journal: Journal,
        rest: Recipient,
        session: Recipient,
        dialect: TransferDialect,
        limits: GatewayLimits,
        times: TransferTimes,
        breaker: Breaker,
        callback_url: str | None,
    ) -> None:
        super().__init__(seat, journal=journal)
        self._rest, self._session, self._dialect = rest, session, dialect
        self._limits, self._times, self._breaker, self._callback_url = limits, times, breaker, callback_url
        self._by_effect: dict[str, TransferCase] = {}
        self._unmatched = 0

    def objections(self, order: StartTransfer) -> tuple[Reason, ...]:
        return (*objections(order, self._limits), *self._dialect.transfer_objections(order))

    def facts(self) -> dict[str, Json]:
        return {"open_orders": len(self.cases), "unmatched_frames": self._unmatched}

    def extra(self, case: TransferCase) -> dict[str, Json]:
        answer = case.answer
        agreed = answer is not None and answer.meaning == "done"
        return {
            "interaction_id": case.order.interaction_id,
            "transfer_id": case.effect_id,
            "gateway_status": answer.status if answer is not None else None,
            "codec": _codec(case) if agreed else None,
            "codecs_tried": list(case.tried),
        }

    def carry_out(self, case: TransferCase, steps: tuple[str, ...] = ()) -> None:
        self._by_effect[case.effect_id] = case
        case.tried = [case.order.media_matrix.audio.codec]
        case.may_have_happened = bool(steps)
        if SENT in steps:  # the same id again is how this dialect is asked what became of it
            case.retries, case.cleared = 1, True
        else:
            self._look_up(case)
        self._validate(case)

    def work(self, message: ToTransfers) -> None:
        match message:
            case FramesArrived():
                for frame in message.frames:
                    self._hear(frame)
            case CallAnswered():
                self._checked(message)
            case SessionValid():
                self._validated(message)
            case SessionInvalid():
                self._invalid(message.check_id)
            case SessionOpened():
                self._reconnected()
            case SessionLost():
                self._lost(message)
            case FrameUnsent():
                self._unsent(message)
            case AnswerOverdue():
                self._overdue(message.request_id)
            case TryAgain():
                self._try_again(message.request_id)
            case Submit() | OrderRecorded() | OpenOrders() | DeadlinePassed() | CancelOrders():
                raise TypeError("taken by OrderActor")
            case _:
                assert_never(message)

    def closed(self, case: TransferCase) -> None:
        self._by_effect.pop(case.effect_id, None)
        self.cancel(f"answer-{case.request_id}")
        self.cancel(f"again-{case.request_id}")
        self._withdraw(case)

    def release(self) -> None:
        super().release()
        for case in tuple(self.cases.values()):  # else a half-open breaker would wait for its trial for ever
            self._withdraw(case)

    def timed_out(self, case: TransferCase) -> Reason:
        code = "SB-212" if case.stage in {Stage.DISCONNECTED, Stage.VALIDATING} else "SB-301"
        told = f"{case.order.deadline_s:g} s were over while waiting for {case.stage.value}"
        return reason(code, told, CATALOGUE["SB-205"].remedy if case.may_have_happened else "")

    # --- before the frame --------------------------------------------------------------------------------------

    def _look_up(self, case: TransferCase) -> None:
        request = self._dialect.interaction_request(case.order.interaction_id)
        self._rest.tell(
            Call(
                call_id=case.request_id,
                request=request,
                priority="steer",
                deadline_s=case.deadline_at_s,
                reply_to=self.address,
            )
        )

    def _validate(self, case: TransferCase) -> None:
        case.connection = None
        case.stage = Stage.VALIDATING if case.cleared else Stage.CHECKING
        self._session.tell(ValidateSession(check_id=case.request_id))

    def _checked(self, answered: CallAnswered) -> None:
        case = self.cases.get(answered.call_id)
        if case is None or case.cleared or case.stage is Stage.RECORDING:
            return
        verdict = self._dialect.may_be_transferred(case.order.interaction_id, answered)
        if verdict.status == "passed":
            case.cleared = True
            self._send_if_ready(case)
            return
        # after a restart it may be gone, or not to be found out, because we transferred it before
        status: Status = "interrupted" if case.may_have_happened else verdict.status
        self.end(case, status, verdict.reasons[0].message, *verdict.reasons)

    def _validated(self, valid: SessionValid) -> None:
        case = self.cases.get(valid.check_id)
        if case is not None and case.stage in BEFORE_THE_FRAME:
            case.connection = valid.connection
            self._send_if_ready(case)

    def _invalid(self, request_id: str) -> None:
        case = self.cases.get(request_id)
        if case is not None and case.stage in BEFORE_THE_FRAME:
            case.connection, case.stage = None, Stage.DISCONNECTED

    def _reconnected(self) -> None:
        """Also those that wait for a pong: a session that crashed owes them one that will not come."""
        for case in self.cases.values():
            if case.stage in BEFORE_THE_FRAME and case.connection is None:
                self._validate(case)

    def _send_if_ready(self, case: TransferCase) -> None:
        if case.cleared and case.connection is not None:
            self._send(case)
        elif case.cleared and case.stage is Stage.CHECKING:
            case.stage = Stage.VALIDATING

    # --- the frame ---------------------------------------------------------------------------------------------

    def _send(self, case: TransferCase) -> None:
        case.attempt = self._breaker.admit()
        if case.attempt is None:
            self._give_up(case, reason("SB-207"), "failed" if case.may_have_happened else "refused")
            return
        if case.order.dry_run:
            self.end(case, "succeeded", "dry run: every gate passed, nothing was sent")
            return
        case.stage, case.may_have_happened = Stage.ANSWERING, True
        codec, codec_number = case.tried[-1], len(case.tried)
        text = self._dialect.transfer_frame(case.order, case.effect_id, codec, codec_number, self.world.utc_now())
        self._session.tell(SendFrame(frame_id=case.request_id, connection=case.connection or 0, text=text))
        self.after(self._times.answer_s, AnswerOverdue(request_id=case.request_id), f"answer-{case.request_id}")
        self.progress(case, SENT, codec=codec, attempt=codec_number, retry=case.retries)

    def _unsent(self, unsent: FrameUnsent) -> None:
        case = self.cases.get(unsent.frame_id)
        if case is not None and case.stage is Stage.ANSWERING:
            self._rest_then_try(case)

    def _hear(self, frame: str | bytes) -> None:
        answer = self._dialect.read_answer(frame, self.world.utc_now())
        case = self._by_effect.get(answer.transfer_id) if answer is not None else None
        if answer is None or case is None or not self._is_due(case, answer):
            self._unmatched += 1
            return
        self._answered(case, answer)

    def _is_due(self, case: TransferCase, answer: TransferAnswer) -> bool:
        if answer.meaning == "done":  # good news is true whenever it comes
            return case.may_have_happened
        repeated = answer.meaning == "other_codec" and answer.codec in case.tried[:-1]
        return case.stage is Stage.ANSWERING and answer.attempt in {None, len(case.tried)} and not repeated

    def _answered(self, case: TransferCase, answer: TransferAnswer) -> None:
        self.cancel(f"answer-{case.request_id}")
        case.answer = answer
        if answer.meaning == "slow_down":
            self._slow_down(case, answer)
            return
        if case.attempt is not None:
            case.attempt.succeeded()
            case.attempt = None
        match answer.meaning:
            case "done":
                detail = f"transferred to {case.order.destination_uri} with {_codec(case)}"
                self.end(case, "succeeded", detail, deliveries=self._deliveries(case))
            case "other_codec":
                self._fall_back(case)
            case "refused":
                self._give_up(case, reason("SB-204", f"Genesys answered {answer.status[:64]!r}"))

    def _fall_back(self, case: TransferCase) -> None:
        codec = next_codec(case.tried, self._limits)
        if codec is None:
            self._give_up(case, reason("SB-203", f"the far end took none of {', '.join(case.tried)}"))
            return
        case.tried.append(codec)
        self._send(case)

    # --- another try -------------------------------------------------------------------------------------------

    def _slow_down(self, case: TransferCase, answer: TransferAnswer) -> None:
        if case.connection is not None:
            self._session.tell(RenewSession(connection=case.connection))
        self._retry(case, "SB-206", answer.retry_after_s or 0.0)

    def _lost(self, lost: SessionLost) -> None:
        hit = [case for case in self.cases.values() if case.connection == lost.connection]
        waiting = [case for case in hit if case.stage is Stage.ANSWERING]
        if waiting and lost.code not in {NORMAL_CLOSURE, POLICY_VIOLATION}:
            self._count_failure(waiting[0])  # one lost connection is one failure, however many it carried
        code = "SB-206" if lost.code == POLICY_VIOLATION else "SB-210"
        for case in hit:
            if case.stage is Stage.ANSWERING:
                self._retry(case, code)
            else:
                self._validate(case)

    def _retry(self, case: TransferCase, code: str, at_least_s: float = 0.0) -> None:
        left_s = case.deadline_at_s - self.world.monotonic()
        if case.retries >= self._times.max_retries or at_least_s > MAX_RETRY_AFTER_S or at_least_s >= left_s:
            asked = f", and Genesys asks to wait {at_least_s:g} s" if at_least_s else ""
            self._give_up(case, reason(code, f"{WORDS[code]}: given up after {case.retries} retries{asked}"))
            return
        case.retries += 1
        self.progress(case, "retry", why=code, retry=case.retries)
        self._rest_then_try(case, at_least_s)

    def _rest_then_try(self, case: TransferCase, at_least_s: float = 0.0) -> None:
        self.cancel(f"answer-{case.request_id}")
        self._withdraw(case)
        times = self._times
        case.stage, case.connection = Stage.RESTING, None
        delay_s = full_jitter(
            max(0, case.retries - 1), times.backoff_first_s, times.backoff_last_s, self.world.random()
        )
        self.after(at_least_s + delay_s, TryAgain(request_id=case.request_id), f"again-{case.request_id}")

    def _try_again(self, request_id: str) -> None:
        case = self.cases.get(request_id)
        if case is not None and case.stage is Stage.RESTING:
            self._validate(case)

    def _overdue(self, request_id: str) -> None:
        case = self.cases.get(request_id)
        if case is None or case.stage is not Stage.ANSWERING:
            return
        self._count_failure(case)
        logger.warning("transfer {} was not answered in {} s", request_id, self._times.answer_s)
        self._give_up(case, reason("SB-205", f"negotiation_timeout: no answer within {self._times.answer_s:g} s"))

    def _give_up(self, case: TransferCase, why: Reason, status: Status = "failed") -> None:
        self.end(case, status, why.message, why)

    def _count_failure(self, case: TransferCase) -> None:
        if case.attempt is not None:
            case.attempt.failed()
            case.attempt = None

    def _withdraw(self, case: TransferCase) -> None:
        if case.attempt is not None:
            case.attempt.withdrawn()
            case.attempt = None

    # --- what is told of it ------------------------------------------------------------------------------------

    def _deliveries(self, case: TransferCase) -> tuple[Delivery, ...]:
        if self._callback_url is None:
            return ()
        latency_ms = round((self.world.monotonic() - case.accepted_at_s) * 1000, 3)
        webhook_id = self.world.new_id()
        return (callback(case.order, case.effect_id, latency_ms, webhook_id, self._callback_url),)


def _codec(case: TransferCase) -> str:
    """What was agreed on: as Genesys says it, else as it was asked last."""
    return (case.answer.codec if case.answer is not None else None) or case.tried[-1]
