"""TransferActor: checks, sends and follows transfers; many in flight on one socket, none blocking another."""

from dataclasses import dataclass, field
from enum import Enum
from typing import ClassVar, assert_never

from loguru import logger

from actors.base import Seat
from actors.orders import Case, OrderActor
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
from rules.catalogue import reason
from rules.retries import MAX_RETRY_AFTER_S, full_jitter
from rules.transfer_callback import callback
from rules.transfers import GatewayLimits, next_codec, objections

SENT = "sent"
WORDS = {"SB-206": "rate_limited", "SB-210": "connection_lost"}


@dataclass(frozen=True, slots=True, kw_only=True)
class TransferTimes:
    """Seconds for an answer, and of the back-off between tries; `max_retries` tries after the first."""

    answer_s: float = 10.0
    max_retries: int = 3
    backoff_first_s: float = 0.5
    backoff_last_s: float = 8.0


class Stage(Enum):
    """What a transfer waits for."""

    CHECKING = "the look-up of the interaction"
    VALIDATING = "the session's pong"
    DISCONNECTED = "a session"
    ANSWERING = "the gateway's answer"
    RESTING = "the back-off before another try"


@dataclass(slots=True, kw_only=True, eq=False)
class TransferCase(Case):
    """One transfer in hand; `cleared` once Genesys's look-up let it pass, `connection` is the validated one."""

    order: StartTransfer
    stage: Stage = Stage.CHECKING
    cleared: bool = False
    may_have_happened: bool = False
    connection: int | None = None
    tried: list[str] = field(default_factory=list)
    attempt: Attempt | None = None


class TransferActor(OrderActor[ToTransfers, TransferCase]):
    """Look-up and ping at once; then the frame; then its answer, another codec, another try, or the end."""

    kind: ClassVar[str] = StartTransfer.kind
    case_type = TransferCase

    def __init__(
        self,
        seat: Seat,
        *,
        journal: Recipient,
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
        return objections(order, self._limits)

    def facts(self) -> dict[str, Json]:
        return {"open_orders": len(self.cases), "unmatched_frames": self._unmatched}

    def carry_out(self, case: TransferCase, steps: tuple[str, ...] = ()) -> None:
        self._by_effect[case.effect_id] = case
        case.tried = [case.order.media_matrix.audio.codec]
        case.may_have_happened = bool(steps)
        if SENT in steps:  # the same id again is how this dialect is asked what became of it
            case.retries, case.cleared = 1, True
        else:
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
                self._disconnected(message.check_id)
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
        if case.attempt is not None:
            case.attempt.withdrawn()

    def timed_out(self, case: TransferCase) -> Reason:
        code = "SB-212" if case.stage in {Stage.DISCONNECTED, Stage.VALIDATING} else "SB-301"
        return reason(code, f"{case.order.deadline_s:g} s were over while waiting for {case.stage.value}")

    # --- before the frame --------------------------------------------------------------------------------------

    def _validate(self, case: TransferCase) -> None:
        case.connection = None
        case.stage = Stage.VALIDATING if case.cleared else Stage.CHECKING
        self._session.tell(ValidateSession(check_id=case.request_id))

    def _checked(self, answered: CallAnswered) -> None:
        case = self.cases.get(answered.call_id)
        if case is None or case.cleared:
            return
        verdict = self._dialect.may_be_transferred(case.order.interaction_id, answered)
        if verdict.status == "passed":
            case.cleared = True
            self._send_if_ready(case)
            return
        unsure = verdict.status == "refused" and case.may_have_happened  # it may be gone because we transferred it
        status: Status = "interrupted" if unsure else "refused" if verdict.status == "refused" else "failed"
        self.end(case, status, verdict.reasons[0].message, *verdict.reasons, extra=self._extra(case))

    def _validated(self, valid: SessionValid) -> None:
        case = self.cases.get(valid.check_id)
        if case is not None and case.stage is not Stage.ANSWERING:
            case.connection = valid.connection
            self._send_if_ready(case)

    def _disconnected(self, request_id: str) -> None:
        case = self.cases.get(request_id)
        if case is not None and case.stage in {Stage.CHECKING, Stage.VALIDATING}:
            case.connection, case.stage = None, Stage.DISCONNECTED

    def _reconnected(self) -> None:
        for case in self.cases.values():
            if case.stage is Stage.DISCONNECTED:
                self._validate(case)

    def _send_if_ready(self, case: TransferCase) -> None:
        if not case.cleared:
            return
        if case.connection is None:
            case.stage = Stage.DISCONNECTED if case.stage is Stage.DISCONNECTED else Stage.VALIDATING
        elif case.order.dry_run:
            self.end(case, "succeeded", "dry run: every gate passed, nothing was sent", extra=self._extra(case))
        else:
            self._send(case)

    # --- the frame ---------------------------------------------------------------------------------------------

    def _send(self, case: TransferCase) -> None:
        case.attempt = case.attempt or self._breaker.admit()
        if case.attempt is None:
            self._give_up(case, reason("SB-207"), "failed" if case.may_have_happened else "refused")
            return
        case.stage = Stage.ANSWERING
        codec, codec_number = case.tried[-1], len(case.tried)
        text = self._dialect.transfer_frame(case.order, case.effect_id, codec, codec_number, self.world.utc_now())
        self._session.tell(SendFrame(frame_id=case.request_id, connection=case.connection or 0, text=text))
        self.after(self._times.answer_s, AnswerOverdue(request_id=case.request_id), f"answer-{case.request_id}")
        case.may_have_happened = True
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
        return case.stage is Stage.ANSWERING and answer.attempt in {None, len(case.tried)}

    def _answered(self, case: TransferCase, answer: TransferAnswer) -> None:
        self.cancel(f"answer-{case.request_id}")
        if answer.meaning != "slow_down":
            self._conclude_attempt(case)
        match answer.meaning:
            case "done":
                self._succeed(case, answer)
            case "other_codec":
                self._fall_back(case)
            case "slow_down":
                self._slow_down(case, answer)
            case "refused":
                why = reason("SB-204", f"Genesys answered {answer.status[:64]!r}")
                self.end(case, "failed", why.message, why, extra=self._extra(case, answer))

    def _conclude_attempt(self, case: TransferCase) -> None:
        if case.attempt is not None:
            case.attempt.succeeded()
            case.attempt = None

    def _succeed(self, case: TransferCase, answer: TransferAnswer) -> None:
        codec = answer.codec or case.tried[-1]
        detail = f"transferred to {case.order.destination_uri} with {codec}"
        self.end(case, "succeeded", detail, extra=self._extra(case, answer), deliveries=self._deliveries(case))

    def _fall_back(self, case: TransferCase) -> None:
        codec = next_codec(case.tried, self._limits)
        if codec is None:
            why = reason("SB-203", f"the far end took none of {', '.join(case.tried)}")
            self.end(case, "failed", why.message, why, extra=self._extra(case))
            return
        case.tried.append(codec)
        self._send(case)

    # --- another try -------------------------------------------------------------------------------------------

    def _slow_down(self, case: TransferCase, answer: TransferAnswer) -> None:
        if case.connection is not None:
            self._session.tell(RenewSession(connection=case.connection))
        self._retry(case, "SB-206", answer.retry_after_s)

    def _lost(self, lost: SessionLost) -> None:
        hit = [case for case in self.cases.values() if case.connection == lost.connection]
        waiting = [case for case in hit if case.stage is Stage.ANSWERING]
        counts = waiting and lost.code not in {1000, 1008}  # asked for, or told to slow down: not a broken gateway
        if counts and waiting[0].attempt is not None:
            waiting[0].attempt.failed()  # one lost connection is one failure, however many it carried
            waiting[0].attempt = None
        for case in hit:
            if case.stage is Stage.ANSWERING:
                self._retry(case, "SB-210")
            else:
                self._validate(case)

    def _retry(self, case: TransferCase, code: str, at_least_s: float | None = None) -> None:
        self.cancel(f"answer-{case.request_id}")
        left_s = case.deadline_at_s - self.world.monotonic()
        if case.retries >= self._times.max_retries or (at_least_s or 0.0) >= min(left_s, MAX_RETRY_AFTER_S):
            asked = f", and Genesys asks to wait {at_least_s:g} s" if at_least_s else ""
            self._give_up(case, reason(code, f"{WORDS[code]}: given up after {case.retries} retries{asked}"))
            return
        case.retries += 1
        self.progress(case, "retry", why=code, retry=case.retries)
        self._rest_then_try(case, at_least_s)

    def _rest_then_try(self, case: TransferCase, at_least_s: float | None = None) -> None:
        self.cancel(f"answer-{case.request_id}")
        times = self._times
        case.stage, case.connection = Stage.RESTING, None
        if case.attempt is not None:
            case.attempt.withdrawn()
            case.attempt = None
        delay_s = full_jitter(
            max(0, case.retries - 1), times.backoff_first_s, times.backoff_last_s, self.world.random()
        )
        self.after((at_least_s or 0.0) + delay_s, TryAgain(request_id=case.request_id), f"again-{case.request_id}")

    def _try_again(self, request_id: str) -> None:
        case = self.cases.get(request_id)
        if case is not None and case.stage is Stage.RESTING:
            self._validate(case)

    def _overdue(self, request_id: str) -> None:
        case = self.cases.get(request_id)
        if case is None or case.stage is not Stage.ANSWERING:
            return
        if case.attempt is not None:
            case.attempt.failed()
            case.attempt = None
        logger.warning("transfer {} was not answered in {} s", request_id, self._times.answer_s)
        self._give_up(case, reason("SB-205", f"negotiation_timeout: no answer within {self._times.answer_s:g} s"))

    def _give_up(self, case: TransferCase, why: Reason, status: Status = "failed") -> None:
        self.end(case, status, why.message, why, extra=self._extra(case))

    # --- what is told of it ------------------------------------------------------------------------------------

    def _extra(self, case: TransferCase, answer: TransferAnswer | None = None) -> dict[str, Json]:
        codec = (answer.codec if answer is not None else None) or (case.tried[-1] if case.tried else None)
        return {
            "interaction_id": case.order.interaction_id,
            "transfer_id": case.effect_id,
            "gateway_status": answer.status if answer is not None else None,
            "codec": codec if answer is not None and answer.meaning == "done" else None,
            "codecs_tried": list(case.tried),
        }

    def _deliveries(self, case: TransferCase) -> tuple[Delivery, ...]:
        if self._callback_url is None:
            return ()
        latency_ms = round((self.world.monotonic() - case.accepted_at_s) * 1000, 3)
        webhook_id = self.world.new_id()
        return (callback(case.order, case.effect_id, latency_ms, webhook_id, self._callback_url),)
