"""What is known of audio streams: every live one, and the last ones that ended. The memory of TranscriptionActor."""

from collections import Counter, OrderedDict, deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from messages.base import Json, Recipient
from messages.media import (
    AudioStreamClosed,
    AudioStreamCounts,
    AudioStreamLanguage,
    AudioStreamOpened,
    AudioStreamTranscript,
)
from rules.gap_tally import GapTally

ENDED_KEPT = 200
TALLIED = ("frames", "gaps", "repeats", "malformed", "dropped")
EVENT_EVERY_S = 1.0  # broken sequences of one stream, as events
RECORD_EVERY_S = 10.0  # and on record


@dataclass(slots=True, kw_only=True, eq=False)
class StreamEntry:
    """One stream; `tail` holds lines of transcript, in memory only, `timeline` what befell it, without any text."""

    opened: AudioStreamOpened
    worker: Recipient
    language: AudioStreamLanguage
    counts: AudioStreamCounts
    tail: deque[dict[str, Json]]
    timeline: deque[dict[str, Json]]
    event_gaps: GapTally = field(default_factory=lambda: GapTally(EVENT_EVERY_S))
    record_gaps: GapTally = field(default_factory=lambda: GapTally(RECORD_EVERY_S))
    closed: AudioStreamClosed | None = None
    closed_at: str | None = None

    @property
    def ids(self) -> dict[str, Json]:
        """Which stream of which call it is, for events and records."""
        return {"stream_id": self.opened.stream_id, "conversation_id": self.opened.conversation_id}

    def note(self, at: str, what: str, data: Mapping[str, Json]) -> None:
        """One more entry of the time line."""
        self.timeline.append({"at": at, "what": what, **data})

    def heard(self, at: str, line: AudioStreamTranscript) -> None:
        """One more line of transcript; what was not final gives way to what comes after it."""
        if self.tail and not self.tail[-1]["final"]:
            self.tail.pop()
        said: dict[str, Json] = {"at": at, "sequence": line.sequence, "text": line.text}
        self.tail.append({**said, "confidence": line.confidence, "final": line.final})

    def row(self) -> dict[str, Json]:
        """A row of stream.list."""
        opened, counts, language = self.opened, self.counts, self.language
        return {
            **self.ids,
            "participant_id": opened.participant_id,
            "protocol": opened.protocol,
            "codec": opened.codec,
            "sample_rate_hz": opened.sample_rate_hz,
            "channel": opened.channel,
            "language": language.language,
            "language_confidence": language.confidence,
            "language_source": language.source,
            "frames": counts.frames,
            "gaps": counts.gaps,
            "repeats": counts.repeats,
            "malformed": counts.malformed,
            "dropped": counts.dropped,
            "lag_ms": counts.lag_ms,
            "opened_at": opened.opened_at,
        }

    def shown(self) -> dict[str, Json]:
        """stream.show."""
        counts, closed = self.counts, self.closed
        return {
            **self.row(),
            "state": "live" if closed is None else "ended",
            "worker": self.worker.name,
            "language_evidence": self.language.evidence,
            "jitter_ms": counts.jitter_ms,
            "buffered": counts.buffered,
            "unacknowledged_ms": counts.unacknowledged_ms,
            "position_s": counts.position_s,
            "closed_at": self.closed_at,
            "reason": None if closed is None else closed.reason,
            "code": None if closed is None else closed.code,
            "timeline": list(self.timeline),
            "tail": list(self.tail),
        }


class StreamBook:
    """At most `most_live` live streams and ENDED_KEPT that ended."""

    def __init__(self, most_live: int, tail: int, timeline: int) -> None:
        self._most_live, self._tail, self._timeline = most_live, tail, timeline
        self._live: dict[str, StreamEntry] = {}
        self._ended: OrderedDict[str, StreamEntry] = OrderedDict()
        self._totals: Counter[str] = Counter()

    def __len__(self) -> int:
        return len(self._live)

    def __iter__(self) -> Iterator[StreamEntry]:
        """The live ones, oldest first."""
        return iter(tuple(self._live.values()))

    def open(self, opened: AudioStreamOpened, worker: Recipient) -> StreamEntry | None:
        """The new entry; None where there is one already, or no room."""
        if opened.stream_id in self._live or opened.stream_id in self._ended or len(self._live) >= self._most_live:
            return None
        entry = StreamEntry(
            opened=opened,
            worker=worker,
            language=_first_language(opened),
            counts=no_counts(opened.stream_id),
            tail=deque(maxlen=self._tail),
            timeline=deque(maxlen=self._timeline),
        )
        self._live[opened.stream_id] = entry
        self._totals["opened"] += 1
        return entry

    def live(self, stream_id: str) -> StreamEntry | None:
        """The live stream of that id."""
        return self._live.get(stream_id)

    def find(self, stream_id: str) -> StreamEntry | None:
        """The stream of that id, live or ended."""
        return self._live.get(stream_id) or self._ended.get(stream_id)

    def of(self, conversation_id: str) -> list[StreamEntry]:
        """A conversation's streams, live ones first, the newest of each first."""
        both = (*reversed(self._live.values()), *reversed(self._ended.values()))
        return [entry for entry in both if entry.opened.conversation_id == conversation_id]

    def held_by(self, worker: Recipient) -> list[StreamEntry]:
        """The live streams of one worker."""
        return [entry for entry in self._live.values() if entry.worker.name == worker.name]

    def count(self, counts: AudioStreamCounts) -> None:
        """Take the counters of a live stream."""
        entry = self._live.get(counts.stream_id)
        if entry is not None:
            for name in TALLIED:
                self._totals[name] += getattr(counts, name) - getattr(entry.counts, name)
            entry.counts = counts

    def close(self, closed: AudioStreamClosed, at: str) -> StreamEntry | None:
        """The entry of a live stream, ended now; None where there is none."""
        entry = self._live.get(closed.stream_id)
        if entry is None:
            return None
        self.count(closed.counts)
        del self._live[closed.stream_id]
        entry.closed, entry.closed_at = closed, at
        self._ended[closed.stream_id] = entry
        if len(self._ended) > ENDED_KEPT:
            self._ended.popitem(last=False)
        self._totals["closed"] += 1
        return entry

    def measured(self) -> dict[str, Json]:
        """What all streams come to; of those that are live the worst lag behind the service and all that waits."""
        totals = {name: self._totals[name] for name in ("opened", "closed", *TALLIED)}
        lags = [entry.counts.lag_ms for entry in self._live.values()]
        buffered = sum(entry.counts.buffered for entry in self._live.values())
        came_by = Counter(str(entry.opened.protocol) for entry in self._live.values())
        protocols: dict[str, Json] = {"media-api": came_by["media-api"], "audiohook": came_by["audiohook"]}
        live: dict[str, Json] = {"live": len(self._live), "protocols": protocols, "buffered": buffered}
        return {**live, **totals, "lag_ms": {"max": max(lags, default=0.0), "mean": sum(lags) / max(1, len(lags))}}


def no_counts(stream_id: str) -> AudioStreamCounts:
    """The counters of a stream of which nothing was heard yet."""
    return AudioStreamCounts(
        stream_id=stream_id,
        frames=0,
        gaps=0,
        repeats=0,
        malformed=0,
        dropped=0,
        buffered=0,
        lag_ms=0.0,
        unacknowledged_ms=0.0,
        jitter_ms=0.0,
        position_s=0.0,
    )


def _first_language(opened: AudioStreamOpened) -> AudioStreamLanguage:
    return AudioStreamLanguage(
        stream_id=opened.stream_id,
        language=opened.language,
        confidence=opened.language_confidence,
        source=opened.language_source,
    )
