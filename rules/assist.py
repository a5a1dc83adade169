"""Which actions are triggered at all, and why one failed. Source: seed 004 step 2; contracts 5 and 7.6."""

from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from uuid import RFC_4122, UUID

from messages.assists import AssistAnswer, Completion, TriggerAssist
from messages.orders import Reason
from rules.adaptive_limit import AdaptiveRules
from rules.catalogue import CATALOGUE, reason
from rules.fields import id_objections, shown
from rules.ids import is_id
from rules.transfers import deadline_objections

ACTION_TYPES = ("knowledge_search", "document_extraction", "sentiment_analysis")
NEEDED_PARAMETER = {"knowledge_search": "query", "document_extraction": "documentId"}
RETRIES = (0, 3)
BACKOFF_S = 0.1  # before the first retry; doubles with each
UNAUTHORIZED, FORBIDDEN, TOO_MANY = 401, 403, 429
SCOPE = "agentassist:trigger"


@dataclass(frozen=True, slots=True, kw_only=True)
class AssistRules:
    """What the settings say. Seconds: `slot_s` to wait for a slot, `action_s` for the engine's answer.

    `queue` actions may wait; `adaptive` lets the limit fall below the tenant's when the engine shows strain.
    """

    completion: Completion = "answer"
    queue: int = 1_000
    slot_s: float = 5.0
    action_s: float = 30.0
    adaptive: AdaptiveRules | None = None


def objections(order: TriggerAssist) -> tuple[Reason, ...]:
    """Every reason to refuse `order`, in field order; empty means it may be sent."""
    return (
        *id_objections(order),
        *_action_objections(order),
        *_context_objections(order),
        *_correlation_objections(order.correlation_id),
        *_retry_objections(order.max_retries),
        *deadline_objections(order.deadline_s),
    )


def is_uuid4(text: str) -> bool:
    """Whether `text` is a UUID 4 in its canonical form, in either case."""
    try:
        read = UUID(text)
    except ValueError:
        return False
    return str(read) == text.lower() and read.version == 4 and read.variant == RFC_4122


def correlation_id(order: TriggerAssist, fresh: str) -> str:
    """The id the engine will see, in lower case: the order's, or its request's where that is a UUID 4, else a new one.

    `fresh` is any unique text; the same one gives the same id.
    """
    for given in (order.correlation_id, order.request_id):
        if given and is_uuid4(given):
            return given.lower()
    return str(UUID(bytes=sha256(fresh.encode()).digest()[:16], version=4))


def retry_in_s(retries: int, at_least_s: float, chance: float) -> float:
    """Seconds before retry number `retries` (from 1): 100 ms doubled each time, up to twice that by jitter."""
    return at_least_s + BACKOFF_S * 2.0 ** (min(max(retries, 1), 16) - 1) * (1 + chance)


def failure(answer: AssistAnswer) -> Reason:
    """Why the engine's error ended the action, or made it be tried again."""
    said = f": {answer.message}" if answer.message else ""
    told = f"the engine answered {answer.code if answer.code is not None else answer.status!r}{said}"
    if answer.code == TOO_MANY:
        return reason("SB-206", f"rate_limited: {told}")
    if answer.code in {UNAUTHORIZED, FORBIDDEN}:
        return session_refusal(answer.code, answer.message)
    if answer.code is not None and answer.code >= 500:
        return reason("SB-234", told)
    return reason("SB-233", told)


def session_refusal(code: int | None, message: str) -> Reason:
    """Why the engine does not let this gateway trigger anything."""
    said = f": {message}" if message else ""
    if code == FORBIDDEN:
        remedy = f"grant the OAuth client the scope {SCOPE} in Genesys, then `token refresh`"
        return reason("SB-208", f"Agent Assist answered 403: the scope {SCOPE} is missing{said}", remedy)
    if code == UNAUTHORIZED:
        return reason("SB-208", f"Agent Assist answered 401 to a fresh token too{said}")
    return reason("SB-235", f"the connect frame was answered {code}{said}")


def no_slot(told: str, taken: str | None, *, sent: bool) -> Reason:
    """Why an action got no slot in time: so many were `taken`, or (None) there was no session to send it over.

    One that was `sent` before may have been carried out.
    """
    remedy = CATALOGUE["SB-232"].remedy if sent else ""
    if taken is None:
        return reason("SB-212", f"{told}, and the assist session is not connected", remedy)
    return reason("SB-230", f"slot_timeout: {told}; {taken}", remedy)


def in_doubt(code: str, what: str, retries: int, *, acknowledged: bool) -> Reason:
    """Why an action that was sent is not sent again: the engine is at it, or that was done often enough."""
    how = "acknowledged but not answered" if acknowledged else f"given up after {retries} retries"
    return reason(code, f"{what}: {how}", CATALOGUE["SB-237"].remedy)


def _action_objections(order: TriggerAssist) -> Iterator[Reason]:
    action_type, matrix = order.action_type, order.parameter_matrix
    if action_type not in ACTION_TYPES:
        yield reason("SB-130", f"action_type {shown(action_type)} is not one of {', '.join(ACTION_TYPES)}")
    for name, value in matrix.items():
        if value is None:
            yield reason("SB-131", f"parameter {shown(name)} is null")
    needed = NEEDED_PARAMETER.get(action_type)
    if needed is not None and needed not in matrix:
        yield reason("SB-131", f"{action_type} needs the parameter {needed!r}")
    elif needed is not None and not isinstance(matrix[needed], str | None):
        yield reason("SB-131", f"parameter {needed!r} has to be a string for {action_type}")


def _context_objections(order: TriggerAssist) -> Iterator[Reason]:
    for name in ("agentId", "sessionId", "interactionType"):
        value = order.execution_context.get(name)
        if value is None:
            yield reason("SB-132", f"execution_context needs {name!r}")
        elif name != "interactionType" and not is_id(value):
            yield reason("SB-101", f"{name} {shown(value)} is empty or malformed")
        elif not value:
            yield reason("SB-132", f"{name!r} of execution_context is empty")


def _correlation_objections(given: str | None) -> Iterator[Reason]:
    if given is not None and not is_uuid4(given):
        yield reason("SB-133", f"correlation_id {shown(given)} is no UUID 4")


def _retry_objections(max_retries: int) -> Iterator[Reason]:
    least, most = RETRIES
    if not least <= max_retries <= most:
        yield reason("SB-134", f"max_retries is {max_retries}: it has to be {least} to {most}")
