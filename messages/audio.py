"""Audio files before they are played: what is asked about one, and what it turned out to be."""

from dataclasses import dataclass, field
from typing import Literal

from messages.base import Recipient
from messages.orders import Reason

Level = Literal["off", "headers", "full"]
"""How closely files are looked at: only where they are; what and how long they are; how loud they are, too."""

Trouble = Literal["forbidden", "missing", "not_audio", "broken", "empty", "too_big", "unreachable"]
"""`forbidden`: nobody may be sent there. `unreachable` says nothing about the file: it could not be looked at."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AudioLoudness:
    """What was measured over the first `measured_ms`; EBU R 128, ITU-R BS.1770-4.

    `integrated_lufs` is None for less than 0.4 s and for silence, `true_peak_dbtp` for silence only. `clipped_samples`
    are those of three or more in a row at full scale.
    """

    integrated_lufs: float | None
    true_peak_dbtp: float | None
    clipped_samples: int
    measured_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AudioFacts:
    """What a file is, read from its bytes, whatever its name and its server say.

    `exact` tells whether `duration_ms` was counted or is an estimate. `etag` and `last_modified` are empty where the
    server sent none.
    """

    container: str
    codec: str
    sample_rate_hz: int
    channels: int
    duration_ms: int
    exact: bool
    size_bytes: int
    etag: str = ""
    last_modified: str = ""
    loudness: AudioLoudness | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AudioProblem:
    """Why there are no facts; `detail` never shows the URL."""

    trouble: Trouble
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class InspectAudio:
    """Look at the file at `url` until `deadline_s` (monotonic); answered by exactly one AudioInspected.

    `longest_ms` is what may be played at all: a longer file is refused. `asked_ms` is what the order wants of it: of
    a longer file only the beginning is heard. The URL is not shown: its query may be a signature.
    """

    inspection_id: str
    url: str = field(repr=False)
    level: Level
    deadline_s: float
    reply_to: Recipient
    longest_ms: int | None = None
    asked_ms: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AudioInspected:
    """The end of one InspectAudio: reasons to refuse the order, and what its outcome has to mention."""

    inspection_id: str
    facts: AudioFacts | None
    refusals: tuple[Reason, ...] = ()
    warnings: tuple[Reason, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class InspectionOverdue:
    """An asker's own alarm: the inspector has not answered in time."""

    inspection_id: str


ToInspector = InspectAudio
