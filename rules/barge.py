"""Which barges are sent, who has to consent, and what Genesys is told to do.

Source: seed 002; contracts 3, 7.9 and 7.10.
"""

from collections.abc import Iterator, Mapping

from messages.barges import ConsentChecked, InjectBarge
from messages.orders import Reason
from rules.addresses import NOTHING, Allowed
from rules.audio_urls import FORMATS, extension, normalized, url_objection
from rules.catalogue import reason
from rules.fields import id_objections, shown
from rules.transfers import deadline_objections

MAX_BARGE_MS = 30_000  # longest clip the media server plays; seed 002 step 2
CONSENT = "true"


def objections(
    order: InjectBarge, allow: Allowed = NOTHING, addresses: tuple[str, ...] | None = None
) -> tuple[Reason, ...]:
    """Every reason to refuse `order`, in field order; empty means Genesys may be asked about the conversation.

    `addresses` of the audio's host as for rules.audio_urls.url_objection: None before they are known.
    """
    return (
        *id_objections(order, conversation_id=order.conversation_id, participant_id=order.participant_id),
        *_url_objections(order.audio_url, allow, addresses),
        *duration_objections("max_duration_ms", order.max_duration_ms),
        *deadline_objections(order.deadline_s),
    )


def duration_objections(what: str, milliseconds: int) -> Iterator[Reason]:
    """Objections to a duration, as it is asked for or as the file has it; `what` names it."""
    if not 1 <= milliseconds <= MAX_BARGE_MS:
        yield reason("SB-114", f"{what} is {milliseconds}: it has to be 1 to {MAX_BARGE_MS} ms")


def judge_consent(participant_id: str, attribute: str, attributes: Mapping[str, object]) -> ConsentChecked:
    """Whether the participant consents: the attribute has to be the very text ``true``, nothing like it."""
    value = attributes.get(attribute)
    return ConsentChecked(
        participant_id=participant_id,
        attribute=attribute,
        value=value[:64] if isinstance(value, str) else None,
        given=isinstance(value, str) and value == CONSENT,
    )


def consent_objections(checked: ConsentChecked) -> Iterator[Reason]:
    """Why no audio may be sent after `checked`."""
    if not checked.given:
        told = "is missing or no text" if checked.value is None else f"is {shown(checked.value)}"
        yield reason(
            "SB-215",
            f"{checked.attribute} of participant {checked.participant_id} {told}, not 'true'",
        )


def source_url(order: InjectBarge) -> str:
    """The URL that Genesys is told to fetch."""
    return normalized(order.audio_url) if order.stream_matrix.normalize_level else order.audio_url


def mutes(order: InjectBarge) -> bool:
    """Genesys knows one mute only: for both sides."""
    return order.stream_matrix.agent_mute or order.stream_matrix.caller_mute


def iso_duration(milliseconds: int) -> str:
    """ISO 8601, exact to the millisecond: 1500 is ``PT1.5S``."""
    seconds, rest = divmod(milliseconds, 1000)
    fraction = f".{rest:03d}".rstrip("0") if rest else ""
    return f"PT{seconds}{fraction}S"


def _url_objections(url: str, allow: Allowed, addresses: tuple[str, ...] | None) -> Iterator[Reason]:
    wrong = url_objection(url, allow, addresses)
    if wrong is not None:
        yield reason("SB-112", f"audio_url may not be fetched: {wrong}")
    if extension(url) not in FORMATS:
        yield reason("SB-113", f"the extension of audio_url is not exactly one of {', '.join(FORMATS)}")
