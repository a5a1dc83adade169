"""What may be asked of the box through its admin door, read and checked. Pure."""

from dataclasses import dataclass, replace
from typing import Any

from simulator.faults import CLOSABLE
from simulator.forms import BadInput, Field, Form, flag, number, object_of, one_of, problems, text, texts, whole
from simulator.frames import SMALLEST_PUSH
from simulator.state import Interaction, Rate, Settings, participant

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
PUSH: Form = {
    "per_s": number(0.01, 10_000, required=True),
    "bytes": whole(SMALLEST_PUSH, 1 << 20),
    "count": whole(1, 1_000_000_000),
}
DROP: Form = {
    "count": whole(1, 1_000_000),
    "code": Field("a close code that can be sent", lambda given: type(given) is int and given in CLOSABLE),
    "abort": flag(),
}
REVOKE: Form = {"token": text()}


@dataclass(frozen=True, slots=True)
class Drop:
    """`count` None: every session; `code` None: reset without a close frame."""

    count: int | None
    code: int | None


def read_settings(given: Any, now: Settings) -> Settings:
    """The settings after the change that `given` asks for; all or nothing."""
    _demand(given, SETTINGS)
    return replace(now, **given)


def read_interaction(interaction_id: str, given: Any) -> Interaction:
    """The interaction that `given` describes; what it leaves out has its default."""
    _demand(given, INTERACTION)
    customer = participant(
        given.get("language", "en"), given.get("service_tier", "standard"), given.get("playback_codecs", "mp3,opus,wav")
    )
    customer["attributes"] |= given.get("attributes", {})
    return Interaction(
        id=interaction_id,
        state=given.get("state", "active"),
        participants=given.get("participants", [customer]),
        unsupported_codecs=given.get("unsupported_codecs", []),
    )


def read_push(given: Any) -> Rate:
    """How fast, how large and how many each session gets; 160 bytes unless told otherwise."""
    _demand(given, PUSH)
    return Rate(per_s=given["per_s"], size_bytes=given.get("bytes", 160), limit=given.get("count"))


def read_drop(given: Any) -> Drop:
    """Which sessions end and how: code 1001 unless another code or `abort` is given."""
    _demand(given, DROP)
    if given.get("abort") and "code" in given:
        raise BadInput(["abort: a reset has no close code; leave one of abort and code out"])
    return Drop(given.get("count"), None if given.get("abort") else given.get("code", 1001))


def read_revoke(given: Any) -> list[str] | None:
    """The tokens to revoke; None: all."""
    _demand(given, REVOKE)
    return [given["token"]] if "token" in given else None


def _demand(given: Any, form: Form) -> None:
    if wrong := problems(given, form):
        raise BadInput(wrong)
