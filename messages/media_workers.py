"""Between an audio worker's process and its actor, and what the actor is told of draining."""

from dataclasses import dataclass

from messages.base import Recipient
from messages.media import TakeKeys, TellStreams, ToStream, WorkerEvent
from messages.rest import CallAnswered


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcessTold:
    """What came over the line of that process, in order."""

    process: str
    events: tuple[WorkerEvent, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcessEnded:
    """That process is gone; everything that it told was told before."""

    process: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DrainMedia:
    """Take no more calls, and end those that are left after `within_s`; MediaDrained goes to the steward."""

    within_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class ResumeMedia:
    """Take calls again; a worker that is still draining does so once it is done."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MediaDrained:
    """To the steward: this worker has no process and will start none before it is told to."""

    worker: Recipient


@dataclass(frozen=True, slots=True, kw_only=True)
class LookAtWorker:
    """Its own alarm: is the process still alive?"""


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerOverdue:
    """Its own alarm: that process has not become ready, or not ended, in its time."""

    process: str
    what: str


ToMediaWorker = (
    ProcessTold
    | ProcessEnded
    | DrainMedia
    | ResumeMedia
    | TakeKeys
    | TellStreams
    | ToStream
    | CallAnswered
    | LookAtWorker
    | WorkerOverdue
)
