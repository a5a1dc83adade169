"""TranscriptionActor: what operators ask of live audio streams and want of them, and what it answers."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from messages.journal import StillLasting
from messages.media import WorkerLost, WorkerTold
from messages.rest import CallAnswered

PlayFormat = Literal["wav", "pcmu"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ListStreams:
    """Answered by {"streams": [...], "live"}: the newest `limit` live streams, oldest first."""

    limit: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ShowStream:
    """One stream, live or ended not long ago, by its own id, else by its conversation's.

    Answered by its fields, time line and tail, or StreamRefused. Of a conversation's streams the newest live one is
    shown; `others` names the rest.
    """

    stream_id: str | None = None
    conversation_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PlayStream:
    """Play a file into a call (Audio Connector); answered by {"stream_id", "duration_ms"} or StreamRefused."""

    stream_id: str
    audio: bytes = field(repr=False)
    format: PlayFormat = "wav"


@dataclass(frozen=True, slots=True, kw_only=True)
class InterruptStream:
    """Drop what was to be played and has not been; answered by {"stream_id"} or StreamRefused."""

    stream_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EndStream:
    """End the call's audio session; answered by {"stream_id"} or StreamRefused."""

    stream_id: str
    reason: str = "completed"
    output_variables: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class MeasureStreams:
    """Answered by the stream.metrics shape: totals since the start of the actor, and the workers."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamRefused:
    """Nothing was done; `code` is of the catalogue."""

    code: str
    message: str
    remedy: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TellGaps:
    """Its own alarm: broken sequences that wait to be told of."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RetoldOverdue:
    """Its own alarm: workers have had their time to tell of every live stream."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LookUpLanguages:
    """Its own alarm: streams wait for what Genesys knows of their language."""


ToTranscription = (
    WorkerTold
    | WorkerLost
    | ListStreams
    | ShowStream
    | PlayStream
    | InterruptStream
    | EndStream
    | MeasureStreams
    | StillLasting
    | TellGaps
    | RetoldOverdue
    | LookUpLanguages
    | CallAnswered
)
