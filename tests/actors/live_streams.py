"""TranscriptionActor by hand, and what workers tell it of live streams."""

from typing import Any

from actors.declared_languages import DeclaredLanguages
from actors.stream_book import StreamBook
from actors.transcription import TranscriptionActor
from genesys.tutorial.dialect import TutorialDialect
from messages.journal import PublishEvent, RecordNote
from messages.media import (
    AudioStreamClosed,
    AudioStreamCounts,
    AudioStreamGap,
    AudioStreamOpened,
    AudioStreamTranscript,
    WorkerEvent,
    WorkerTold,
)
from rules.declared_language import Declarations
from tests.kit import Probe, Stage

NOTHING = Declarations()


def opened(stream_id: str = "s1", **fields: Any) -> AudioStreamOpened:
    given: dict[str, Any] = {
        "conversation_id": "c1",
        "participant_id": "p1",
        "protocol": "audiohook",
        "codec": "PCMU",
        "sample_rate_hz": 8000,
        "opened_at": "2026-01-01T00:00:00.000Z",
        "plays": True,
    }
    return AudioStreamOpened(stream_id=stream_id, **(given | fields))


def counts(stream_id: str = "s1", **fields: Any) -> AudioStreamCounts:
    none = dict.fromkeys(("frames", "gaps", "repeats", "malformed", "dropped", "buffered"), 0)
    return AudioStreamCounts(
        stream_id=stream_id,
        **(none | {"lag_ms": 0.0, "unacknowledged_ms": 0.0, "jitter_ms": 0.0, "position_s": 0.0} | fields),
    )


def closed(stream_id: str = "s1", reason: str = "hung up", **fields: Any) -> AudioStreamClosed:
    return AudioStreamClosed(stream_id=stream_id, reason=reason, code=1000, counts=counts(stream_id, **fields))


def gap(expected: int = 5, got: int = 8) -> AudioStreamGap:
    return AudioStreamGap(stream_id="s1", kind="gap", expected=expected, got=got, count=got - expected)


def said(text: str, sequence: int = 1, *, final: bool = True) -> AudioStreamTranscript:
    return AudioStreamTranscript(stream_id="s1", sequence=sequence, text=text, final=final)


class Scene:
    """The actor, two workers, and the journal that it writes to."""

    def __init__(self, incarnation: int = 1, most_live: int = 10, looked_for: Declarations = NOTHING) -> None:
        self.stage = Stage()
        self.journal, self.desk = Probe("audit"), Probe("rest")
        self.workers = (Probe("media.1"), Probe("media.2"))
        seat, book = (
            self.stage.seat("transcription", incarnation=incarnation),
            StreamBook(most_live, tail=3, timeline=5),
        )
        dialect = TutorialDialect(api_url="https://api.test", streaming_url="wss://api.test")
        actor = TranscriptionActor(
            seat,
            journal=self.journal,
            workers=self.workers,
            book=book,
            languages=DeclaredLanguages(seat.world, self.desk, dialect, seat.address, looked_for=looked_for, book=book),
        )
        self.address = self.stage.play(actor)

    def hear(self, *events: WorkerEvent, worker: int = 0) -> None:
        for event in events:
            self.address.tell(WorkerTold(worker=self.workers[worker], event=event))
        self.stage.run()

    def tell(self, message: object) -> None:
        self.address.tell(message)
        self.stage.run()

    def ask(self, message: object) -> Any:
        reply = self.address.request(message)
        self.stage.run()
        return reply.get(timeout=0)

    def records(self, kind: str = "") -> list[RecordNote]:
        return [note for note in self.journal.take_all(RecordNote) if note.kind.startswith(kind)]

    def events(self, kind: str = "") -> list[PublishEvent]:
        return [event for event in self.journal.take_all(PublishEvent) if event.kind.startswith(kind)]
