"""What the service heard and said: one entry for each stream, and one for each call's lane over all its streams.

A lane is one participant of one conversation. When a stream breaks and a new one resumes it, the lane's entry tells
whether anything was lost or came twice. Plain data; `at_s`: since the box started.
"""

from collections import deque
from dataclasses import dataclass, field
from typing import Any

from simulator.transcription.runs import Runs

KEPT = 100_000  # streams and lanes; the oldest are forgotten
RESULTS_KEPT = 1_000  # the latest, a stream

LaneKey = tuple[str, str]
"""Conversation and participant."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """A result that went out, or was lost on purpose; `fate` is `sent`, `lost`, or the action of the fault."""

    sequence: int
    text: str
    fate: str


@dataclass(slots=True)
class Lane:
    """`replayed`: chunks heard again before any result had acknowledged them, as a new stream may; `doubled`: after.

    `said` counts its results that had a text; `acknowledged` is the highest number that a result went out with.
    """

    conversation_id: str
    participant_id: str
    heard: Runs = field(default_factory=Runs)
    chunks: int = 0
    size_bytes: int = 0
    replayed: int = 0
    doubled: int = 0
    backward: int = 0
    acknowledged: int = 0
    said: int = 0
    streams: list[int] = field(default_factory=list)

    def hear(self, sequence: int, size_bytes: int) -> None:
        self.chunks += 1
        self.size_bytes += size_bytes
        if self.heard.add(sequence):
            return
        if sequence <= self.acknowledged:
            self.doubled += 1
        else:
            self.replayed += 1


@dataclass(slots=True)
class HeardStream:
    """`runs`: the sequence numbers as they came, each unbroken run as [first, last]. `ended` is None while it lives.

    `languages`: every change of language_code with the sequence number it came with.
    """

    number: int
    opened_at_s: float
    peer: str
    conversation_id: str = ""
    participant_id: str = ""
    audio_format: str = ""
    sample_rate: int = 0
    chunks: int = 0
    size_bytes: int = 0
    runs: list[list[int]] = field(default_factory=list)
    languages: list[tuple[int, str]] = field(default_factory=list)
    results: deque[Said] = field(default_factory=lambda: deque(maxlen=RESULTS_KEPT))
    result_count: int = 0
    acknowledged: int = 0
    struck: list[str] = field(default_factory=list)
    ended: str | None = None
    ended_at_s: float | None = None

    def hear(self, sequence: int, size_bytes: int, language: str) -> bool:
        """Note one chunk; whether its number is lower than the one before."""
        self.chunks += 1
        self.size_bytes += size_bytes
        if not self.languages or self.languages[-1][1] != language:
            self.languages.append((sequence, language))
        last = self.runs[-1][1] if self.runs else None
        if last is not None and sequence == last + 1:
            self.runs[-1][1] = sequence
        else:
            self.runs.append([sequence, sequence])
        return last is not None and sequence < last


class StreamBook:
    """Every stream in the order in which they opened, and every lane in the order in which it was first heard."""

    def __init__(self) -> None:
        self.streams: dict[int, HeardStream] = {}
        self.lanes: dict[LaneKey, Lane] = {}
        self._opened = 0

    def open(self, at_s: float, peer: str) -> HeardStream:
        self._opened += 1
        made = self.streams[self._opened] = HeardStream(self._opened, at_s, peer)
        if len(self.streams) > KEPT:
            del self.streams[next(iter(self.streams))]
        return made

    def lane(self, stream: HeardStream, conversation_id: str, participant_id: str) -> Lane:
        """Whose audio the stream carries, from its first chunk on."""
        key = (conversation_id, participant_id)
        if key not in self.lanes:
            self.lanes[key] = Lane(conversation_id, participant_id)
            if len(self.lanes) > KEPT:
                del self.lanes[next(iter(self.lanes))]
        found = self.lanes[key]
        found.streams.append(stream.number)
        stream.conversation_id, stream.participant_id = key
        return found

    @property
    def live(self) -> int:
        """How many streams are open."""
        return sum(stream.ended is None for stream in self.streams.values())

    def clear(self) -> int:
        """Forget every stream that has ended, and every lane without a live one; how many streams those were."""
        gone = [number for number, stream in self.streams.items() if stream.ended is not None]
        for number in gone:
            del self.streams[number]
        for key in [key for key, lane in self.lanes.items() if not self.streams.keys() & set(lane.streams)]:
            del self.lanes[key]
        return len(gone)


def stream_row(stream: HeardStream) -> dict[str, Any]:
    """A stream as JSON, its results without those beyond RESULTS_KEPT."""
    return {
        "stream": stream.number,
        "conversation_id": stream.conversation_id,
        "participant_id": stream.participant_id,
        "peer": stream.peer,
        "opened_at_s": stream.opened_at_s,
        "audio_format": stream.audio_format,
        "sample_rate": stream.sample_rate,
        "chunks": stream.chunks,
        "bytes": stream.size_bytes,
        "runs": stream.runs,
        "languages": [list(change) for change in stream.languages],
        "results": [{"sequence": said.sequence, "text": said.text, "fate": said.fate} for said in stream.results],
        "result_count": stream.result_count,
        "acknowledged": stream.acknowledged,
        "struck": stream.struck,
        "ended": stream.ended,
        "ended_at_s": stream.ended_at_s,
    }


def lane_row(lane: Lane) -> dict[str, Any]:
    """A lane as JSON: `missing` are the holes between the lowest and the highest number heard, as [first, last]."""
    return {
        "conversation_id": lane.conversation_id,
        "participant_id": lane.participant_id,
        "heard": [list(run) for run in lane.heard],
        "distinct": lane.heard.count,
        "missing": [list(hole) for hole in lane.heard.holes],
        "chunks": lane.chunks,
        "bytes": lane.size_bytes,
        "replayed": lane.replayed,
        "doubled": lane.doubled,
        "backward": lane.backward,
        "acknowledged": lane.acknowledged,
        "said": lane.said,
        "streams": lane.streams,
    }
