"""The parameters of the methods that are no orders; those of an order are its message itself."""

from dataclasses import dataclass, field
from typing import Annotated, ClassVar, Literal

from pydantic import AwareDatetime, Base64Bytes, ConfigDict, Field

from messages.audio import Level
from messages.gateway import DRAIN_S, LogLevel
from messages.orders import Kind, Status
from messages.playbacks import Tier
from messages.transcription import PlayFormat
from messages.webhooks import WebhookState

MOST_ROWS = 10_000  # rows of one answer; the rest is asked for with `since`, or exported

Name = Annotated[str, Field(min_length=1, max_length=256)]
Seconds = Annotated[float, Field(ge=0, le=86_400)]
Rows = Annotated[int, Field(ge=1, le=MOST_ROWS)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Nothing:
    """A method without parameters. `on_record`: which of them the record of a call that changes something tells."""

    on_record: ClassVar[tuple[str, ...]] = ()
    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(extra="forbid", strict=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class DrainParams(Nothing):
    """How long to wait for open orders; `cancel` interrupts those that are left then."""

    on_record = ("timeout_s", "cancel")
    timeout_s: Seconds = DRAIN_S
    cancel: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class LogLevelParams(Nothing):
    """`module` is a dotted name; after `for_s` seconds the level goes back by itself."""

    on_record = ("level", "module", "for_s")
    level: LogLevel
    module: Name | None = None
    for_s: Annotated[float, Field(gt=0, le=86_400)] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedParams(Nothing):
    """An actor or a session by its name; `reason` goes on record where something is done to it."""

    name: Name


@dataclass(frozen=True, slots=True, kw_only=True)
class RestartParams(NamedParams):
    """`reason` is the operator's own words for the record."""

    reason: Annotated[str, Field(max_length=1000)] = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandParams(Nothing):
    """One order by its id."""

    request_id: Name


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandsParams(Nothing):
    """Which orders, newest first."""

    status: Status | None = None
    kind: Kind | None = None
    limit: Rows = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditParams(Nothing):
    """Which records; `since` is RFC 3339 with its offset."""

    interaction_id: Name | None = None
    kind: Name | None = None
    since: AwareDatetime | None = None
    limit: Rows = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class MetricsParams(Nothing):
    """From when on to count; `since` is RFC 3339 with its offset."""

    since: AwareDatetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportParams(Nothing):
    """`path` is on the gateway's machine and absolute; without it the gateway chooses a name."""

    on_record = ("path",)
    path: Annotated[str, Field(pattern=r"^/[^\x00]+$", max_length=4096)] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EventsParams(Nothing):
    """Which kinds of events, all by default; `since_seq`: those on record after that number first."""

    kinds: tuple[Name, ...] = ()
    since_seq: Annotated[int, Field(ge=0)] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PromptsParams(Nothing):
    """Every prompt in every language, tier and codec; `within_s` bounds the whole check."""

    keys: Annotated[tuple[Name, ...], Field(min_length=1, max_length=1000)]
    languages: Annotated[tuple[Name, ...], Field(min_length=1, max_length=100)] = ("en",)
    tiers: tuple[Tier, ...] = ("standard", "premium")
    codecs: Annotated[tuple[Name, ...], Field(min_length=1, max_length=20)] = ("mp3",)
    level: Level = "headers"
    within_s: Annotated[float, Field(gt=0, le=600)] = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookParams(Nothing):
    """One delivery by its `webhook-id`."""

    on_record = ("id",)
    id: Name


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhooksParams(Nothing):
    """Which deliveries, newest first."""

    status: WebhookState | None = None
    limit: Rows = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class EndpointParams(Nothing):
    """`url` with its query or without; `reason` is the operator's own words for the record."""

    url: Annotated[str, Field(min_length=1, max_length=4096)]
    reason: Annotated[str, Field(max_length=1000)] = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class LimitParams(Nothing):
    """How many actions may be with the engine at the same time."""

    on_record = ("max_in_flight",)
    max_in_flight: Annotated[int, Field(ge=1, le=10_000)]


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamsParams(Nothing):
    """The newest so many live streams."""

    limit: Rows = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class ShowStreamParams(Nothing):
    """One stream by either id; of a conversation's streams the newest live one."""

    stream_id: Name | None = None
    conversation_id: Name | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamParams(Nothing):
    """One stream; `reason` is the operator's own words for the record."""

    stream_id: Name
    reason: Annotated[str, Field(max_length=1000)] = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlayParams(StreamParams):
    """`audio` is a whole file in base64; `pcmu`: it has no header."""

    audio: Base64Bytes
    format: PlayFormat = "wav"


@dataclass(frozen=True, slots=True, kw_only=True)
class EndStreamParams(StreamParams):
    """`disconnect_reason` and `output_variables` are for the call's flow, as AudioHook's `disconnect` carries them."""

    on_record = ("disconnect_reason",)
    disconnect_reason: Literal["completed", "unauthorized", "error"] = "completed"
    output_variables: Annotated[dict[Name, Annotated[str, Field(max_length=4096)]], Field(max_length=100)] = field(
        default_factory=dict
    )
