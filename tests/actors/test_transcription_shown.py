"""What operators are shown of live streams, and for how long."""

from actors.stream_book import ENDED_KEPT
from messages.media import AudioStreamNoted, AudioStreamsCounted, WorkerReport
from messages.transcription import InterruptStream, ListStreams, MeasureStreams, ShowStream, StreamRefused
from tests.actors.live_streams import Scene, closed, counts, gap, opened, said


def test_a_list_has_the_shape_that_others_rely_on() -> None:
    scene = Scene()
    scene.hear(opened(), AudioStreamsCounted(counts=(counts(frames=9, lag_ms=2.5),)))
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


def test_a_stream_that_is_shown_tells_what_waits_and_what_is_not_acknowledged() -> None:
    scene = Scene()
    told = counts(buffered=3, lag_ms=60.0, unacknowledged_ms=5000.0)
    scene.hear(opened(), AudioStreamsCounted(counts=(told,)))
    shown = scene.ask(ShowStream(stream_id="s1"))
    assert (shown["buffered"], shown["lag_ms"], shown["unacknowledged_ms"]) == (3, 60.0, 5000.0)


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
    report = WorkerReport(calls=2, frames=15, refused=1, lost_events=0, busy=0.5)
    counted = AudioStreamsCounted(counts=told)
    scene.hear(opened("s1"), opened("s2", protocol="media-api"), counted, report, closed("s2", frames=7))
    measured = scene.ask(MeasureStreams())
    assert (measured["live"], measured["opened"], measured["closed"]) == (1, 2, 1)
    assert (measured["frames"], measured["gaps"], measured["buffered"]) == (17, 1, 3)
    assert measured["lag_ms"] == {"max": 4.0, "mean": 4.0}
    assert measured["protocols"] == {"media-api": 0, "audiohook": 1}
    assert [(row["name"], row["up"], row["refused"]) for row in measured["workers"]] == [
        ("media.1", True, 1),
        ("media.2", False, 0),
    ]
