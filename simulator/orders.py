"""What may be asked of the box through its admin door, read and checked. Pure."""

from base64 import b64decode
from collections import deque
from dataclasses import dataclass, replace
from typing import Any

from simulator.assets import Asset, make_asset
from simulator.faults import ANSWER, CLOSABLE, SOCKETS
from simulator.forms import BadInput, Field, Form, demand, flag, number, object_of, one_of, problems, text, texts, whole
from simulator.frames import SMALLEST_PUSH
from simulator.records import Conversation, Script
from simulator.state import Interaction, Rate, Settings, participant, with_consent


def _is_base64(given: object) -> bool:
    try:
        return isinstance(given, str) and b64decode(given, validate=True) is not None
    except ValueError:
        return False


CONSENT = one_of("true", "false", "missing")
SETTINGS: Form = {
    "client_id": text(),
    "client_secret": text(),
    "token_lifetime_s": number(0.001, 10_000_000),
    "allowed_scopes": Field("a list of texts, or null for any", lambda given: given is None or texts().accepts(given)),
    "strict": flag(),
    "answer_latency_ms": number(0, 3_600_000),
    "answer_jitter_ms": number(0, 3_600_000),
    "rest_latency_ms": number(0, 3_600_000),
    "rate_allowed": whole(1, 1_000_000_000),
    "rate_window_s": number(0.001, 86_400),
    "rate_enforced": flag(),
    "supported_codecs": texts(),
    "max_bandwidth_kbps": whole(0, 1_000_000),
    "max_message_bytes": whole(1, 1 << 30),
    "play_status": Field("200 or 202", lambda given: type(given) is int and given in (200, 202)),
    "playback_buffering_ms": number(0, 3_600_000),
    "playback_playing_ms": number(0, 3_600_000),
    "playback_completed_ms": number(0, 3_600_000),
    "readback": flag(),
    "events_name_interaction": flag(),
    "subscribe_ack": flag(),
    "subscribe_ack_latency_ms": number(0, 3_600_000),
    "consent": CONSENT,
    "consent_attribute": text(),
    "cdn_ranges": flag(),
    "assist_limit": whole(1, 1_000_000),
    "assist_retry_after_s": Field(
        "a number of seconds, or null for none", lambda given: given is None or number(0, 86_400).accepts(given)
    ),
    "assist_latency": one_of("fixed", "uniform", "log_normal"),
    "assist_latency_ms": number(0, 3_600_000),
    "assist_latency_spread_ms": number(0, 3_600_000),
    "assist_latency_sigma": number(0, 10),
    "assist_answers": one_of("told", "held"),
    "assist_correlation_in": one_of("frame", "payload"),
    "transcription_health": one_of("serving", "not_serving"),
    "transcription_latency": one_of("fixed", "uniform", "log_normal"),
    "transcription_latency_ms": number(0, 3_600_000),
    "transcription_latency_spread_ms": number(0, 3_600_000),
    "transcription_latency_sigma": number(0, 10),
}
_CODECS = Field(
    "a comma-separated text or a list of texts", lambda given: isinstance(given, str) or texts().accepts(given)
)
INTERACTION: Form = {
    "state": one_of("active", "queued", "completed", "abandoned"),
    "language": text(),
    "service_tier": text(),
    "attributes": object_of("an object of participant attributes"),
    "playback_codecs": _CODECS,
    "participants": Field("a list, instead of the one participant made here", lambda given: isinstance(given, list)),
    "unsupported_codecs": texts(),
}
CONVERSATION: Form = {
    "state": text(),
    "participants": object_of("an object of participants by their ids; without it anybody takes part"),
}
PARTICIPANT: Form = {
    "consent": CONSENT,
    "attributes": object_of("an object of custom attributes"),
}
ASSET: Form = {
    "content_base64": Field("the file in base64", _is_base64, required=True),
    "content_type": text(),
}
PUSH: Form = {
    "per_s": number(0.01, 10_000, required=True),
    "bytes": whole(SMALLEST_PUSH, 1 << 20),
    "count": whole(1, 1_000_000_000),
}
DROP: Form = {
    "count": whole(1, 1_000_000),
    "code": Field("a close code that can be sent", lambda given: type(given) is int and given in CLOSABLE),
    "abort": flag(),
    "socket": one_of(*SOCKETS),
}
RESTART: Form = {"grace_s": number(0, 3_600), "down_s": number(0, 3_600)}
REVOKE: Form = {"token": text()}
SCRIPT: Form = {
    "answers": Field("a list of statuses or answers, one for each delivery", lambda given: isinstance(given, list)),
    "then": Field("the status or answer of every later delivery", lambda given: isinstance(given, int | dict)),
}
SCRIPTED: Form = {**ANSWER, "status": whole(200, 599, required=True), "latency_ms": number(0, 3_600_000)}


@dataclass(frozen=True, slots=True)
class Drop:
    """`count` None: every session; `code` None: reset without a close frame; `socket` None: whichever it is."""

    count: int | None
    code: int | None
    socket: str | None = None


def read_settings(given: Any, now: Settings) -> Settings:
    """The settings after the change that `given` asks for; all or nothing."""
    demand(given, SETTINGS)
    return replace(now, **given)


def read_interaction(interaction_id: str, given: Any) -> Interaction:
    """The interaction that `given` describes; what it leaves out has its default."""
    demand(given, INTERACTION)
    customer = participant(
        given.get("language"), given.get("service_tier", "standard"), given.get("playback_codecs", "mp3,opus,wav")
    )
    customer["attributes"] |= given.get("attributes", {})
    return Interaction(
        id=interaction_id,
        state=given.get("state", "active"),
        participants=given.get("participants", [customer]),
        unsupported_codecs=given.get("unsupported_codecs", []),
    )


def read_conversation(conversation_id: str, given: Any, settings: Settings) -> Conversation:
    """The conversation that `given` describes; a participant has the consent of the settings unless it says another."""
    demand(given, CONVERSATION)
    described = given.get("participants")
    wrong = [
        line for name in described or {} for line in problems(described[name], PARTICIPANT, f"participants.{name}.")
    ]
    if wrong:
        raise BadInput(wrong)
    conversation = Conversation(conversation_id, given.get("state", "active"))
    if described is not None:
        conversation.participants = {name: _attributes(described[name], settings) for name in described}
    return conversation


def _attributes(given: dict[str, Any], settings: Settings) -> dict[str, Any]:
    consent = given.get("consent", settings.consent)
    return with_consent(given.get("attributes", {}), consent, settings.consent_attribute)


def read_asset(name: str, given: Any) -> Asset:
    """The file that the CDN shall serve under `name`; its content type follows the extension unless given."""
    demand(given, ASSET)
    return make_asset(name, b64decode(given["content_base64"]), given.get("content_type"))


def read_script(given: Any) -> Script:
    """What a sink shall answer; a bare number is an answer of that status, and 200 is what comes at last."""
    demand(given, SCRIPT)
    steps = [(f"answers[{at}].", step) for at, step in enumerate(given.get("answers", []))]
    steps.append(("then.", given.get("then", 200)))
    answers = [{"status": step} if isinstance(step, int) else step for _, step in steps]
    wrong = [
        line for (where, _), answer in zip(steps, answers, strict=True) for line in problems(answer, SCRIPTED, where)
    ]
    if wrong:
        raise BadInput(wrong)
    return Script(deque(answers[:-1]), answers[-1])


def read_push(given: Any) -> Rate:
    """How fast, how large and how many each session gets; 160 bytes unless told otherwise."""
    demand(given, PUSH)
    return Rate(per_s=given["per_s"], size_bytes=given.get("bytes", 160), limit=given.get("count"))


def read_drop(given: Any) -> Drop:
    """Which sessions end and how: code 1001 unless another code or `abort` is given."""
    demand(given, DROP)
    if given.get("abort") and "code" in given:
        raise BadInput(["abort: a reset has no close code; leave one of abort and code out"])
    return Drop(given.get("count"), None if given.get("abort") else given.get("code", 1001), given.get("socket"))


def read_restart(given: Any) -> tuple[float, float]:
    """How long streams may go on after the GOAWAY, and how long connections are refused; both 0 s unless given."""
    demand(given, RESTART)
    return given.get("grace_s", 0.0), given.get("down_s", 0.0)


def read_revoke(given: Any) -> list[str] | None:
    """The tokens to revoke; None: all."""
    demand(given, REVOKE)
    return [given["token"]] if "token" in given else None
