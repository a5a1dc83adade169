"""AudioHook's text messages: the client's are read liberally, the server's are built strictly.

Unknown fields are ignored; what is missing or of the wrong kind is a Breach, whose words may go to the client: they
name the rule and never repeat what it sent. Source: genesys-platform 3.3 to 3.5.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, TypeVar

import orjson

from genesys.audiohook import Heard
from genesys.audiohook_durations import read_duration
from genesys.audiohook_media import Media, read_media
from rules.languages import language_tag

LONGEST_TEXT = 65_535  # bytes of a text message; genesys-platform 3.9, "reference code"
NULL_UUID = "00000000-0000-0000-0000-000000000000"
UUID = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
LONGEST_WORD = 32  # characters kept of a reason or a digit; ours
MOST_CONTINUED = 8  # sessions that are continued; ours
MOST_OFFERED = 16  # elements of an offer that are looked at; ours


class Breach(Exception):  # noqa: N818 - what the client did
    """The client broke the protocol; `info` is fit for its eyes."""

    def __init__(self, info: str) -> None:
        super().__init__(info)
        self.info = info


@dataclass(frozen=True, slots=True, kw_only=True)
class Open:
    """The client wants a session. `media` holds what we know of its offer."""

    organization_id: str
    conversation_id: str
    participant_id: str
    media: tuple[Media, ...]
    language: str | None = None
    wants_languages: bool = False
    continued: tuple[str, ...] = ()  # ids of the sessions that this one continues, the last so many
    inputs: Mapping[str, str] = field(default_factory=dict, repr=False)

    @property
    def probe(self) -> bool:
        """No call: somebody saves or activates the integration. Source: genesys-platform 3.8."""
        return self.conversation_id == NULL_UUID and self.participant_id == NULL_UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class Ping:
    """Answered by `pong`; `rtt_s` is the one before's round trip."""

    rtt_s: Fraction | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Update:
    """The call's language is another one; None: it is no language tag."""

    language: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Paused:
    """No audio comes from now on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Resumed:
    """Audio comes again; what was said between is lost."""

    start_s: Fraction
    discarded_s: Fraction


@dataclass(frozen=True, slots=True, kw_only=True)
class Discarded:
    """Audio was lost without a pause."""

    start_s: Fraction
    discarded_s: Fraction


@dataclass(frozen=True, slots=True, kw_only=True)
class Complaint:
    """The client's `error`."""

    code: int
    message: str
    retry_after_s: Fraction | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Close:
    """The client ends the session."""

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Dtmf:
    """Audio Connector: the caller pressed a key."""

    digit: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaybackStarted:
    """Audio Connector: what we sent is being played."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaybackCompleted:
    """Audio Connector: all that we sent has been played."""


Message = (
    Open | Ping | Update | Paused | Resumed | Discarded | Complaint | Close | Dtmf | PlaybackStarted | PlaybackCompleted
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope:
    """What every client message carries."""

    id: str
    type: str
    seq: int
    serverseq: int
    position_s: Fraction
    parameters: Mapping[str, Any] = field(repr=False)


def read_envelope(text: bytes) -> Envelope:
    """The envelope of one text message; Breach where it is none. Parameters are not looked at."""
    if len(text) > LONGEST_TEXT:
        raise Breach("Text message too large")
    try:
        told = orjson.loads(text)
    except orjson.JSONDecodeError:
        raise Breach("Text message not valid JSON") from None
    if not isinstance(told, dict) or told.get("version") != "2" or not isinstance(told.get("parameters"), dict):
        raise Breach("Message not a well-formed client message")
    position_s = read_duration(told.get("position"))
    numbers = [told.get("seq"), told.get("serverseq")]
    if position_s is None or not _uuid(told.get("id")) or not isinstance(told.get("type"), str):
        raise Breach("Message not a well-formed client message")
    if any(type(number) is not int or number < 0 for number in numbers):
        raise Breach("Message not a well-formed client message")
    return Envelope(
        id=told["id"],
        type=told["type"],
        seq=told["seq"],
        serverseq=told["serverseq"],
        position_s=position_s,
        parameters=told["parameters"],
    )


def read_message(envelope: Envelope) -> tuple[Heard, Message]:
    """What the message says; Breach for an unknown type and for parameters that are missing or wrong."""
    row = READERS.get(envelope.type)
    if row is None:
        raise Breach("Invalid Message: not a supported client message")
    heard, read = row
    return heard, read(envelope.parameters)


def write_message(kind: str, *, id: str, seq: int, clientseq: int, parameters: Mapping[str, Any]) -> bytes:  # noqa: A002
    """One server message."""
    return orjson.dumps(
        {"version": "2", "id": id, "type": kind, "seq": seq, "clientseq": clientseq, "parameters": {**parameters}}
    )


# --- parameters ------------------------------------------------------------------------------------------------

T = TypeVar("T")
Parameters = Mapping[str, Any]


def _bad(name: str) -> Breach:
    return Breach(f"Invalid Message: Invalid/missing parameters ({name})")


def _uuid(value: object) -> bool:
    return isinstance(value, str) and UUID.fullmatch(value) is not None


def _need(parameters: Parameters, name: str, kind: type[T]) -> T:
    value = parameters.get(name)
    if not isinstance(value, kind) or isinstance(value, bool):
        raise _bad(name)
    return value


def _need_uuid(parameters: Parameters, name: str) -> str:
    value = parameters.get(name)
    if not isinstance(value, str) or not _uuid(value):
        raise _bad(name)
    return value.lower()


def _need_duration(parameters: Parameters, name: str) -> Fraction:
    seconds = read_duration(parameters.get(name))
    if seconds is None:
        raise _bad(name)
    return seconds


def _may_duration(parameters: Parameters, name: str) -> Fraction | None:
    return None if parameters.get(name) is None else _need_duration(parameters, name)


def _open(parameters: Parameters) -> Open:
    participant = _need(parameters, "participant", dict)
    offered = _need(parameters, "media", list)
    language, continued, inputs = (parameters.get(name) for name in ("language", "continuedSessions", "inputVariables"))
    return Open(
        organization_id=_need_uuid(parameters, "organizationId"),
        conversation_id=_need_uuid(parameters, "conversationId"),
        participant_id=_need_uuid(participant, "id"),
        media=tuple(filter(None, map(read_media, offered[:MOST_OFFERED]))),
        language=_tag(language) if isinstance(language, str) else None,
        wants_languages=parameters.get("supportedLanguages") is True,
        continued=_ids(continued),
        inputs=_words(inputs),
    )


def _tag(language: str) -> str | None:
    """`language` as it came, where it is a language tag."""
    return language if language_tag(language) else None


def _ids(sessions: object) -> tuple[str, ...]:
    """Of the sessions that have one."""
    told = sessions[-MOST_CONTINUED:] if isinstance(sessions, list) else []
    ids = [session.get("id") for session in told if isinstance(session, dict)]
    return tuple(each for each in ids if isinstance(each, str) and _uuid(each))


def _words(variables: object) -> dict[str, str]:
    """The variables that are text; others are none of the protocol's."""
    if not isinstance(variables, dict):
        return {}
    return {name: value for name, value in variables.items() if isinstance(value, str)}


def _complaint(parameters: Parameters) -> Complaint:
    return Complaint(
        code=_need(parameters, "code", int),
        message=_need(parameters, "message", str),
        retry_after_s=_may_duration(parameters, "retryAfter"),
    )


def _lost(parameters: Parameters) -> tuple[Fraction, Fraction]:
    return _need_duration(parameters, "start"), _need_duration(parameters, "discarded")


def _resumed(parameters: Parameters) -> Resumed:
    start_s, discarded_s = _lost(parameters)
    return Resumed(start_s=start_s, discarded_s=discarded_s)


def _discarded(parameters: Parameters) -> Discarded:
    start_s, discarded_s = _lost(parameters)
    return Discarded(start_s=start_s, discarded_s=discarded_s)


READERS: Mapping[str, tuple[Heard, Callable[[Parameters], Message]]] = {
    heard.value: (heard, read)
    for heard, read in (
        (Heard.OPEN, _open),
        (Heard.PING, lambda told: Ping(rtt_s=_may_duration(told, "rtt"))),
        (Heard.UPDATE, lambda told: Update(language=_tag(_need(told, "language", str)))),
        (Heard.PAUSED, lambda _told: Paused()),
        (Heard.RESUMED, _resumed),
        (Heard.DISCARDED, _discarded),
        (Heard.ERROR, _complaint),
        (Heard.CLOSE, lambda told: Close(reason=_need(told, "reason", str)[:LONGEST_WORD])),
        (Heard.DTMF, lambda told: Dtmf(digit=_need(told, "digit", str)[:LONGEST_WORD])),
        (Heard.PLAYBACK_STARTED, lambda _told: PlaybackStarted()),
        (Heard.PLAYBACK_COMPLETED, lambda _told: PlaybackCompleted()),
    )
}
