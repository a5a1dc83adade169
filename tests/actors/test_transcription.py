"""Live streams: what befalls one goes on record once, what is said in it goes nowhere, and every one has an end."""

import struct
from collections.abc import Mapping
from typing import Any

from actors.declared_languages import DeclaredLanguages
from actors.stream_book import ENDED_KEPT, StreamBook
from actors.transcription import TranscriptionActor
from genesys.tutorial.dialect import TutorialDialect
from messages.base import Json
from messages.journal import ClaimLasting, Lasting, PublishEvent, RecordNote, StillLasting
from messages.media import (
    AudioStreamClosed,
    AudioStreamCounts,
    AudioStreamGap,
    AudioStreamLanguage,
    AudioStreamNoted,
    AudioStreamOpened,
    AudioStreamTranscript,
    BargeIntoStream,
    DisconnectStream,
    PlayIntoStream,
    TellStreams,
    WorkerEvent,
    WorkerLost,
    WorkerReport,
    WorkerTold,
)
from messages.transcription import (
    EndStream,
    InterruptStream,
    ListStreams,
    MeasureStreams,
    PlayStream,
    ShowStream,
    StreamRefused,
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
    }
    return AudioStreamOpened(stream_id=stream_id, **(given | fields))


def counts(stream_id: str = "s1", **fields: Any) -> AudioStreamCounts:
    none = dict.fromkeys(("frames", "gaps", "repeats", "malformed", "dropped", "buffered"), 0)
    return AudioStreamCounts(
        stream_id=stream_id, **(none | {"lag_ms": 0.0, "jitter_ms": 0.0, "position_s": 0.0} | fields)
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


# --- a stream's life -----------------------------------------------------------------------------------------


def test_a_stream_begins_on_record_and_to_who_looks_on() -> None:
    scene = Scene()
    scene.hear(opened(language="de", language_confidence=0.9, language_source="call"))
    (record,), (event,) = scene.records(), scene.events()
    assert (record.kind, record.subject, record.begins) == ("stream.opened", "c1", "s1")
    assert (record.data["codec"], record.data["worker"], record.data["language"]) == ("PCMU", "media.1", "de")
    assert (event.kind, event.data["conversation_id"]) == ("stream.opened", "c1")


def test_one_that_is_told_again_is_no_second_stream() -> None:
    scene = Scene()
    scene.hear(opened(), opened())
    assert (len(scene.records()), len(scene.events())) == (1, 1)
    assert scene.ask(ListStreams(limit=10))["live"] == 1


def test_its_end_is_on_record_with_its_last_counters() -> None:
    scene = Scene()
    scene.hear(opened(), closed(frames=250, gaps=2, dropped=1, position_s=5.0))
    end = scene.records("stream.closed")[0]
    assert (end.ends, end.subject) == ("s1", "c1")
    assert {name: end.data[name] for name in ("reason", "code", "frames", "gaps", "dropped", "position_s")} == {
        "reason": "hung up",
        "code": 1000,
        "frames": 250,
        "gaps": 2,
        "dropped": 1,
        "position_s": 5.0,
    }
    assert scene.events("stream.closed")[0].data["reason"] == "hung up"


def test_a_change_of_language_is_on_record_with_its_evidence() -> None:
    scene = Scene()
    change = AudioStreamLanguage(stream_id="s1", language="es", confidence=0.8, source="text", evidence="12 words")
    scene.hear(opened(), change)
    record = scene.records("stream.language")[0]
    assert (record.data["before"], record.data["language"], record.data["evidence"]) == ("und", "es", "12 words")
    assert scene.events("stream.language")[0].data["confidence"] == 0.8
    assert scene.ask(ShowStream(stream_id="s1"))["language_evidence"] == "12 words"


def test_what_is_said_is_heard_by_who_listens_now_and_recorded_nowhere() -> None:
    scene = Scene()
    scene.hear(opened(), said("my card number", 7))
    (event,) = scene.events("stream.transcript")
    assert event.fleeting == {"text": "my card number"}
    assert event.data == {
        "stream_id": "s1",
        "conversation_id": "c1",
        "sequence": 7,
        "confidence": "",
        "final": True,
    }
    scene.hear(closed())
    assert not any("card" in repr(note.data) for note in scene.records())
    assert "card" not in repr(scene.ask(ShowStream(stream_id="s1"))["timeline"])


def test_the_tail_has_a_bound_and_what_was_not_final_gives_way() -> None:
    scene = Scene()
    scene.hear(
        opened(), *[said(str(number), number) for number in range(5)], said("hel", 6, final=False), said("hello", 7)
    )
    assert [line["text"] for line in scene.ask(ShowStream(stream_id="s1"))["tail"]] == ["3", "4", "hello"]


# --- broken sequences ----------------------------------------------------------------------------------------


def test_the_first_gap_is_told_at_once() -> None:
    scene = Scene()
    scene.hear(opened(), gap())
    assert scene.records("stream.gap")[0].data == {
        "stream_id": "s1",
        "breaks": 1,
        "expected": 5,
        "got": 8,
        "missing": 3,
    }
    assert scene.events("stream.gap")[0].data["missing"] == 3


def missing(told: Mapping[str, Json]) -> int:
    number = told["missing"]
    assert isinstance(number, int)
    return number


def test_a_bad_line_floods_neither_the_record_nor_the_events() -> None:
    scene = Scene()
    scene.hear(opened())
    for number in range(250):
        scene.hear(gap(2 * number, 2 * number + 1))
        scene.stage.advance(0.1)
    records, events = scene.records("stream.gap"), scene.events("stream.gap")
    assert len(records) == 3
    assert 24 <= len(events) <= 27
    scene.hear(closed())
    records += scene.records("stream.gap")
    events += scene.events("stream.gap")
    assert sum(missing(note.data) for note in records) == 250
    assert sum(missing(event.data) for event in events) == 250


def test_what_waits_of_gaps_is_on_record_before_the_end() -> None:
    scene = Scene()
    scene.hear(opened(), gap(), gap(9, 10), closed())
    assert [note.kind for note in scene.records()] == ["stream.opened", "stream.gap", "stream.gap", "stream.closed"]


# --- what is shown -------------------------------------------------------------------------------------------


def test_a_list_has_the_shape_that_others_rely_on() -> None:
    scene = Scene()
    report = WorkerReport(calls=1, frames=9, refused=0, lost_events=0, busy=0.1, counts=(counts(frames=9, lag_ms=2.5),))
    scene.hear(opened(), report)
    (row,) = scene.ask(ListStreams(limit=10))["streams"]
    assert row == {
        "stream_id": "s1",
        "conversation_id": "c1",
        "participant_id": "p1",
        "protocol": "audiohook",
        "codec": "PCMU",
        "sample_rate_hz": 8000,
        "channel": "",
        "language": "und",
        "language_confidence": 0.0,
        "language_source": "none",
        "frames": 9,
        "gaps": 0,
        "repeats": 0,
        "malformed": 0,
        "dropped": 0,
        "lag_ms": 2.5,
        "opened_at": "2026-01-01T00:00:00.000Z",
    }


def test_a_list_has_the_newest() -> None:
    scene = Scene()
    scene.hear(*[opened(f"s{number}") for number in range(5)])
    answer = scene.ask(ListStreams(limit=2))
    assert [row["stream_id"] for row in answer["streams"]] == ["s3", "s4"]
    assert answer["live"] == 5


def test_a_conversation_shows_its_newest_live_stream_and_names_the_others() -> None:
    scene = Scene()
    scene.hear(opened("s1", channel="external"), opened("s2", channel="internal"), opened("s3"), closed("s3"))
    shown = scene.ask(ShowStream(conversation_id="c1"))
    assert (shown["stream_id"], shown["others"]) == ("s2", ["s1", "s3"])


def test_a_time_line_tells_what_befell_and_has_a_bound() -> None:
    scene = Scene()
    paused = AudioStreamNoted(stream_id="s1", what="paused", data={"position_s": 1.0})
    scene.hear(opened(), paused, gap())
    timeline = scene.ask(ShowStream(stream_id="s1"))["timeline"]
    assert [entry["what"] for entry in timeline] == ["opened", "paused", "gap"]
    assert timeline[1]["position_s"] == 1.0
    scene.hear(*[paused] * 10)
    assert len(scene.ask(ShowStream(stream_id="s1"))["timeline"]) == 5


def test_streams_that_ended_are_shown_for_a_while() -> None:
    scene = Scene(most_live=ENDED_KEPT + 2)
    ids = [f"s{number}" for number in range(ENDED_KEPT + 1)]
    scene.hear(*[opened(one) for one in ids], *[closed(one) for one in ids])
    assert scene.ask(ShowStream(stream_id="s0")).code == "SB-140"
    shown = scene.ask(ShowStream(stream_id="s1"))
    assert (shown["state"], shown["reason"], shown["code"]) == ("ended", "hung up", 1000)


def test_there_are_no_more_live_streams_than_workers_may_have() -> None:
    scene = Scene(most_live=2)
    scene.hear(*[opened(f"s{number}") for number in range(4)])
    assert scene.ask(ListStreams(limit=10))["live"] == 2


def test_nobody_knows_a_stream_that_never_was() -> None:
    scene = Scene()
    for asked in (ShowStream(stream_id="s1"), ShowStream(conversation_id="c1"), InterruptStream(stream_id="s1")):
        assert isinstance(scene.ask(asked), StreamRefused)
    scene.hear(gap(), said("x"), closed())
    assert not scene.records()
    assert not scene.events()


def test_measures_add_up_over_live_and_ended_streams() -> None:
    scene = Scene()
    told = (counts("s1", frames=10, gaps=1, lag_ms=4.0, buffered=3), counts("s2", frames=5, lag_ms=2.0))
    report = WorkerReport(calls=2, frames=15, refused=1, lost_events=0, busy=0.5, counts=told)
    scene.hear(opened("s1"), opened("s2", protocol="media-api"), report, closed("s2", frames=7))
    measured = scene.ask(MeasureStreams())
    assert (measured["live"], measured["opened"], measured["closed"]) == (1, 2, 1)
    assert (measured["frames"], measured["gaps"], measured["buffered"]) == (17, 1, 3)
    assert measured["lag_ms"] == {"max": 4.0, "mean": 4.0}
    assert measured["protocols"] == {"media-api": 0, "audiohook": 1}
    assert [(row["name"], row["up"], row["refused"]) for row in measured["workers"]] == [
        ("media.1", True, 1),
        ("media.2", False, 0),
    ]


# --- what operators want -------------------------------------------------------------------------------------


def wav(samples: int) -> bytes:
    form = struct.pack("<HHIIHH", 7, 1, 8000, 8000, 1, 8)
    body = b"fmt " + struct.pack("<I", 16) + form + b"data" + struct.pack("<I", samples) + bytes(samples)
    return b"RIFF" + struct.pack("<I", 4 + len(body)) + b"WAVE" + body


def test_a_file_is_played_into_the_call_that_has_it() -> None:
    scene = Scene()
    scene.hear(opened(), worker=1)
    assert scene.ask(PlayStream(stream_id="s1", audio=wav(4_000))) == {"stream_id": "s1", "duration_ms": 500}
    assert scene.workers[1].take(PlayIntoStream).audio == bytes(4_000)
    assert scene.ask(InterruptStream(stream_id="s1")) == {"stream_id": "s1"}
    scene.workers[1].take(BargeIntoStream)


def test_a_file_that_does_not_fit_is_refused_with_the_reason() -> None:
    scene = Scene()
    scene.hear(opened())
    refused = scene.ask(PlayStream(stream_id="s1", audio=b"ID3"))
    assert (refused.code, refused.message) == ("SB-143", "it is no WAV file")
    assert not scene.workers[0].heard


def test_nothing_is_played_where_no_audio_goes_back() -> None:
    scene = Scene()
    scene.hear(opened(protocol="media-api"))
    assert scene.ask(PlayStream(stream_id="s1", audio=wav(8))).code == "SB-142"
    assert scene.ask(InterruptStream(stream_id="s1")).code == "SB-142"


def test_a_call_is_disconnected_with_what_it_is_to_hear() -> None:
    scene = Scene()
    scene.hear(opened(protocol="media-api"))
    scene.ask(EndStream(stream_id="s1", reason="completed", output_variables={"next": "queue"}))
    told = scene.workers[0].take(DisconnectStream)
    assert (told.reason, told.output_variables) == ("completed", {"next": "queue"})


def test_nothing_is_done_to_a_stream_that_has_ended() -> None:
    scene = Scene()
    scene.hear(opened(), closed(reason="the caller hung up"))
    refused = scene.ask(EndStream(stream_id="s1"))
    assert (refused.code, "the caller hung up" in refused.message) == ("SB-141", True)


# --- faults --------------------------------------------------------------------------------------------------


def test_a_lost_worker_ends_its_streams_on_record_and_no_others() -> None:
    scene = Scene()
    scene.hear(opened("s1"), opened("s2"))
    scene.hear(opened("s3"), worker=1)
    scene.tell(WorkerLost(worker=scene.workers[0], why="it was killed by SIGKILL"))
    ends = scene.records("stream.closed")
    assert [note.ends for note in ends] == ["s1", "s2"]
    assert ends[0].data["reason"] == "its audio worker media.1 was lost: it was killed by SIGKILL"
    assert scene.ask(ListStreams(limit=10))["live"] == 1
    scene.tell(WorkerLost(worker=scene.workers[0], why="again"))
    assert not scene.records()


def lasting(stream_id: str) -> Lasting:
    return Lasting(lasting_id=stream_id, subject="c9", data={}, begun_at="2026-01-01T00:00:00.000Z")


def test_streams_of_a_gateway_that_was_killed_are_closed_at_the_next_start() -> None:
    scene = Scene()
    assert scene.journal.take(ClaimLasting).kind == "stream.opened"
    scene.hear(opened("s2"))
    scene.records()
    scene.tell(StillLasting(kind="stream.opened", lasting=(lasting("s1"), lasting("s2"))))
    (end,) = scene.records()
    assert (end.kind, end.ends, end.subject, end.data["reason"]) == ("stream.closed", "s1", "c9", "the gateway ended")
    assert not any(worker.heard for worker in scene.workers)


def test_after_a_crash_workers_tell_what_is_live_and_the_rest_is_closed() -> None:
    scene = Scene(incarnation=2)
    scene.tell(StillLasting(kind="stream.opened", lasting=tuple(lasting(one) for one in ("s1", "s2", "s3"))))
    for worker in scene.workers:
        worker.take(TellStreams)
    scene.hear(opened("s1"), closed("s2", reason="hung up meanwhile"))
    (end,) = scene.records()
    assert (end.ends, end.data["reason"]) == ("s2", "hung up meanwhile")
    scene.stage.advance(5.0)
    (end,) = scene.records()
    assert (end.ends, "lost sight" in str(end.data["reason"])) == ("s3", True)
    scene.hear(closed("s1"))
    assert [note.ends for note in scene.records()] == ["s1"]
