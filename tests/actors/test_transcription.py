"""Live streams: what befalls one goes on record once, what is said in it goes nowhere, and every one has an end."""

from collections.abc import Mapping

from messages.base import Json
from messages.journal import ClaimLasting, Lasting, StillLasting
from messages.media import AudioStreamLanguage, TellStreams, WorkerLost
from messages.transcription import ListStreams, ShowStream
from tests.actors.live_streams import Scene, closed, gap, opened, said

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
