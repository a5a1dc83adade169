"""BargeActor: is the call active, does the participant consent, is the file fit; then the audio goes out, once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import ClassVar, assert_never

from loguru import logger

from actors.base import Seat
from actors.orders import Case, Journal, OrderActor, all_of
from genesys.dialect import BargeDialect
from genesys.verdicts import Verdict
from messages.audio import AudioInspected, InspectAudio, Level
from messages.barges import AudioInjected, CheckRegistration, ConsentChecked, InjectBarge, ToBarges
from messages.base import Json, Recipient
from messages.journal import OpenOrders, OrderRecorded, ProgressRecorded, RecordNote, RecordProgress
from messages.orders import CancelOrders, DeadlinePassed, Reason, Status, Submit
from messages.rest import Call, CallAnswered, HttpRequest, Priority
from rules.addresses import Allowed
from rules.audio import INSPECTOR_SPARE_S, chosen, uninspected
from rules.audio_urls import without_query
from rules.barge import MAX_BARGE_MS, consent_objections, objections
from rules.catalogue import reason
from rules.qa_webhook import standing
from rules.retries import full_jitter

CONSENT = "consent"  # the step that has to be on record before audio goes out
REGISTER_FIRST_S, REGISTER_LAST_S = 5.0, 600.0
REGISTER_CALL_S = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class BargeRules:
    """What the settings say: the consent's attribute, where audio may come from, how files are checked."""

    consent_attribute: str
    allow: Allowed
    level: Level
    inspect_s: float = 10.0


class Stage(Enum):
    """What a barge waits for."""

    CHECKING = "the look-ups and the check of the audio file"
    RECORDING = "the record of the consent"
    INJECTING = "the answer to the audio"


@dataclass(slots=True, kw_only=True, eq=False)
class BargeCase(Case):
    """One barge in hand; `waits_for` names the checks that have not come back."""

    order: InjectBarge
    stage: Stage = Stage.CHECKING
    waits_for: set[str] = field(default_factory=set)
    consent: ConsentChecked | None = None
    injected: AudioInjected | None = None
    injecting_at_s: float | None = None
    retry_after_s: float | None = None  # what Genesys asked for, where that was too long
    refusals: list[Reason] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    calls: dict[str, str] = field(default_factory=dict)  # call id -> what was asked


class BargeActor(OrderActor[ToBarges, BargeCase]):
    """All checks at once, all objections together; the audio leaves only after a consent that is on record."""

    kind: ClassVar[str] = InjectBarge.kind
    case_type = BargeCase

    def __init__(
        self,
        seat: Seat,
        *,
        journal: Journal,
        rest: Recipient,
        inspectors: Sequence[Recipient],
        dialect: BargeDialect,
        rules: BargeRules,
        qa_webhook: str,
    ) -> None:
        super().__init__(seat, journal=journal)
        self._rest, self._inspectors, self._dialect, self._rules = rest, inspectors, dialect, rules
        self._qa_webhook = qa_webhook
        self._registration = "not wanted" if not qa_webhook else "unknown"
        self._registration_tries = 0
        self._registration_calls: dict[str, str] = {}
        self._by_call: dict[str, BargeCase] = {}

    def started(self) -> None:
        super().started()
        if self._qa_webhook and self.seat.incarnation == 1:
            self._check_registration()
        elif self._qa_webhook:  # the one before may have asked for it: its call has to be over
            self.after(REGISTER_CALL_S, CheckRegistration(), "registration")

    def objections(self, order: InjectBarge) -> tuple[Reason, ...]:
        return objections(order, self._rules.allow)

    def facts(self) -> Mapping[str, Json]:
        return {"open_orders": len(self.cases), "qa_webhook": self._registration}

    def carry_out(self, case: BargeCase, steps: tuple[str, ...] = ()) -> None:
        if CONSENT in steps:  # the audio may have gone out; a second one would be heard twice
            why = reason("SB-501")
            self.end(case, "interrupted", why.message, why)
            return
        order = case.order
        self._ask(case, "conversation", self._dialect.conversation_request(order.conversation_id), "steer")
        participant = self._dialect.participant_request(order.conversation_id, order.participant_id)
        self._ask(case, "participant", participant, "steer")
        self._inspect(case)

    def work(self, message: ToBarges) -> None:
        match message:
            case CallAnswered():
                self._answered(message)
            case AudioInspected():
                self._inspected(message)
            case ProgressRecorded():
                self._inject(message.request_id)
            case CheckRegistration():
                self._check_registration()
            case Submit() | OrderRecorded() | OpenOrders() | DeadlinePassed() | CancelOrders():
                raise TypeError("taken by OrderActor")
            case _:
                assert_never(message)

    def closed(self, case: BargeCase) -> None:
        self.cancel(f"inspection-{case.request_id}")
        for call_id in case.calls:
            self._by_call.pop(call_id, None)

    def timed_out(self, case: BargeCase) -> Reason:
        code = "SB-220" if case.stage is Stage.INJECTING else "SB-301"
        return reason(code, f"{case.order.deadline_s:g} s were over while waiting for {case.stage.value}")

    def extra(self, case: BargeCase) -> Mapping[str, Json]:
        order, consent = case.order, case.consent
        return {
            "conversation_id": order.conversation_id,
            "participant_id": order.participant_id,
            "audio_url": without_query(order.audio_url),
            "interaction_id": case.injected.interaction_id if case.injected is not None else None,
            "consent": consent.value if consent is not None else None,
            "retry_after_s": case.retry_after_s,
            "warnings": list(case.warnings),
        }

    # --- the checks --------------------------------------------------------------------------------------------

    def _ask(self, case: BargeCase, what: str, request: HttpRequest, priority: Priority) -> None:
        call_id = self.world.new_id()
        case.calls[call_id] = what
        case.waits_for.add(what)
        self._by_call[call_id] = case
        self._call(call_id, request, priority, case.deadline_at_s)

    def _call(self, call_id: str, request: HttpRequest, priority: Priority, deadline_s: float) -> None:
        self._rest.tell(
            Call(
                call_id=call_id,
                request=request,
                priority=priority,
                deadline_s=deadline_s,
                reply_to=self.address,
            )
        )

    def _inspect(self, case: BargeCase) -> None:
        rules = self._rules
        if not self._inspectors:
            return
        case.waits_for.add("audio")
        url = case.order.audio_url
        until_s = min(case.deadline_at_s, self.world.monotonic() + rules.inspect_s)
        silence = uninspected(case.request_id)  # an inspector that crashes on a file answers nobody
        self.after(rules.inspect_s + INSPECTOR_SPARE_S, silence, f"inspection-{case.request_id}")
        chosen(url, self._inspectors).tell(
            InspectAudio(
                inspection_id=case.request_id,
                url=url,
                level=rules.level,
                deadline_s=until_s,
                reply_to=self.address,
                longest_ms=MAX_BARGE_MS,
                asked_ms=case.order.max_duration_ms,
            )
        )

    def _answered(self, answered: CallAnswered) -> None:
        if answered.call_id in self._registration_calls:
            self._registration_answered(answered)
            return
        case = self._by_call.pop(answered.call_id, None)
        if case is None:
            return
        order, what = case.order, case.calls.pop(answered.call_id)
        case.retry_after_s = answered.retry_after_s or case.retry_after_s
        case.waits_for.discard(what)
        match what:
            case "conversation":
                self._judge(case, self._dialect.may_be_barged(order.conversation_id, answered))
            case "participant":
                attribute = self._rules.consent_attribute
                self._judge_consent(case, self._dialect.read_consent(order.participant_id, attribute, answered))
            case _:
                self._injected(case, answered)

    def _judge(self, case: BargeCase, verdict: Verdict) -> None:
        if verdict.status == "failed":
            self.end(case, "failed", verdict.reasons[0].message, *verdict.reasons)
            return
        case.refusals += verdict.reasons
        self._go_on(case)

    def _judge_consent(self, case: BargeCase, found: ConsentChecked | Verdict) -> None:
        if isinstance(found, Verdict):
            self._judge(case, found)
            return
        case.consent = found
        case.refusals += consent_objections(found)
        self._go_on(case)

    def _inspected(self, inspected: AudioInspected) -> None:
        case = self.cases.get(inspected.inspection_id)
        if case is None or "audio" not in case.waits_for:
            return
        case.waits_for.discard("audio")
        self.cancel(f"inspection-{case.request_id}")
        case.warnings += [f"{warning.code} {warning.message}" for warning in inspected.warnings]
        case.refusals += inspected.refusals
        self._go_on(case)

    def _go_on(self, case: BargeCase) -> None:
        """Once every check is back: refuse with all that was found, or put the consent on record."""
        if case.waits_for or case.stage is not Stage.CHECKING:
            return
        if case.refusals:
            self.end(case, "refused", f"no audio was sent: {all_of(case.refusals)}", *case.refusals)
        elif case.order.dry_run:
            self.end(case, "succeeded", "dry run: every gate passed, no audio was sent")
        elif case.consent is not None:
            self._record_consent(case, case.consent)

    # --- the audio ---------------------------------------------------------------------------------------------

    def _record_consent(self, case: BargeCase, consent: ConsentChecked) -> None:
        case.stage = Stage.RECORDING
        data: dict[str, Json] = {
            "participant_id": consent.participant_id,
            "attribute": consent.attribute,
            "value": consent.value,
            "given": consent.given,
        }
        self.journal.tell(RecordProgress(request_id=case.request_id, step=CONSENT, data=data, reply_to=self.address))

    def _inject(self, request_id: str) -> None:
        case = self.cases.get(request_id)
        if case is None or case.stage is not Stage.RECORDING:
            return
        case.stage, case.injecting_at_s = Stage.INJECTING, self.world.monotonic()
        self._ask(case, "injection", self._dialect.injection_request(case.order, case.effect_id), "steer")

    def _injected(self, case: BargeCase, answered: CallAnswered) -> None:
        found = self._dialect.read_injection(answered)
        case.retries = max(0, answered.attempts - 1)
        if isinstance(found, AudioInjected):
            case.injected = found
            self.end(case, "succeeded", f"the audio is played as {found.interaction_id or 'an unnamed interaction'}")
            return
        status: Status = "refused" if found.status == "refused" else "failed"
        self.end(case, status, found.reasons[0].message, *found.reasons)

    # --- the QA system's webhook -------------------------------------------------------------------------------

    def _check_registration(self) -> None:
        self._register("list", self._dialect.webhooks_request())

    def _register(self, what: str, request: HttpRequest) -> None:
        call_id = self.world.new_id()
        self._registration_calls[call_id] = what
        self._call(call_id, request, "background", self.world.monotonic() + REGISTER_CALL_S)

    def _registration_answered(self, answered: CallAnswered) -> None:
        if self._registration_calls.pop(answered.call_id) == "list":
            self._listed(answered)
            return
        verdict = self._dialect.read_registration(answered)
        if verdict.status == "passed":
            self._registered("registered")
            self.journal.tell(
                RecordNote(kind="qa_webhook.registered", data={"address": without_query(self._qa_webhook)})
            )
        else:
            self._try_again(verdict)

    def _listed(self, answered: CallAnswered) -> None:
        listed = self._dialect.read_webhooks(answered)
        if isinstance(listed, Verdict):
            self._try_again(listed)
            return
        found = standing(listed, self._qa_webhook)
        if found == "elsewhere":
            logger.warning("Genesys has a QA webhook of our name with another address; it stays there beside ours")
        if found in {"missing", "elsewhere"}:
            self._register("register", self._dialect.registration_request(self._qa_webhook))
        else:
            self._registered(found)

    def _registered(self, found: str) -> None:
        self._registration, self._registration_tries = found, 0
        if found != "registered":
            logger.warning("the QA webhook is {} in Genesys", found)

    def _try_again(self, verdict: Verdict) -> None:
        """Look first, then register: on doubt nothing is registered twice."""
        delay_s = full_jitter(self._registration_tries, REGISTER_FIRST_S, REGISTER_LAST_S, self.world.random())
        self._registration_tries += 1
        self._registration = f"not registered: {verdict.reasons[0].message}"
        logger.warning("the QA webhook could not be registered: {}", verdict.reasons[0].message)
        self.after(REGISTER_FIRST_S + delay_s, CheckRegistration(), "registration")
