"""What was not heard of a playback is read back, never guessed: lost events, silence, doubt about the request."""

from typing import Any

import pytest

from messages.journal import RecordEnded
from messages.rest import Failure
from tests.actors.audio_scenes import PlaybackScene, interaction, play, why
from tests.actors.scenes import OTHER_ID

DOUBTS: list[dict[str, Any]] = [
    {"failure": "timeout", "maybe_sent": True},
    {"failure": "transport", "maybe_sent": True},
    {"failure": "malformed"},
    {"status": 500},
    {"status": 204},
]


@pytest.fixture
def scene() -> PlaybackScene:
    return PlaybackScene()


def reconnect(scene: PlaybackScene) -> None:
    """The session is lost with its events, and comes back."""
    scene.lose()
    scene.open(2)
    scene.acknowledge()


# --- lost events -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("state", "expected"), [("completed", ("succeeded", [])), ("error", ("failed", ["SB-217"]))])
def test_an_end_that_was_lost_with_the_connection_is_read_back(
    scene: PlaybackScene, state: str, expected: tuple[str, list[str]]
) -> None:
    scene.played()
    scene.hear("playing")
    reconnect(scene)
    scene.look_up(state)
    assert why(scene.ended()) == expected
    assert [kind for kind, _ in scene.states()] == ["playback.playing", f"playback.{state}"]
    assert scene.is_at_rest()


def test_it_is_read_back_only_once_events_are_heard_again(scene: PlaybackScene) -> None:
    scene.played()
    scene.lose()
    scene.stage.advance(5.0)
    scene.open(2)
    assert not scene.rest.heard
    scene.stage.advance(0.25)
    assert scene.call().priority == "read"


@pytest.mark.parametrize("states", [(), ("queued",), ("buffering",), ("playing",)])
def test_one_that_has_not_ended_is_followed_further(scene: PlaybackScene, states: tuple[str, ...]) -> None:
    scene.played()
    reconnect(scene)
    scene.look_up(*states)
    assert not scene.journal.take_all(RecordEnded)
    scene.hear("completed")
    assert scene.ended().status == "succeeded"


@pytest.mark.parametrize("look_up", [{"status": 503}, {"failure": "timeout"}, {"body": b"junk"}, {"status": 404}])
def test_a_state_that_cannot_be_read_back_is_no_end(scene: PlaybackScene, look_up: dict[str, Any]) -> None:
    scene.played()
    reconnect(scene)
    scene.answer("GET", **look_up)
    assert not scene.journal.take_all(RecordEnded)
    scene.hear("completed")
    assert scene.ended().status == "succeeded"


def test_playbacks_of_the_file_before_this_one_are_not_taken_for_it(scene: PlaybackScene) -> None:
    scene.accept(play())
    scene.look_up("completed", "error")
    scene.inspect()
    scene.open()
    scene.acknowledge()
    scene.put_on_record()
    scene.take()
    reconnect(scene)
    scene.look_up("completed", "error", "playing")
    assert not scene.journal.take_all(RecordEnded)
    reconnect_again = 3
    scene.lose(2)
    scene.open(reconnect_again)
    scene.acknowledge()
    scene.look_up("completed", "error", "completed")
    assert scene.ended().status == "succeeded"


def test_everybody_on_the_session_is_read_back(scene: PlaybackScene) -> None:
    scene.played()
    scene.another(play(request_id=OTHER_ID))
    scene.take()
    reconnect(scene)
    scene.look_up("completed", "completed")
    assert {end.outcome.request_id for end in scene.journal.take_all(RecordEnded)} == {play().request_id, OTHER_ID}
    assert scene.is_at_rest()


def test_a_stale_answer_after_the_end_changes_nothing(scene: PlaybackScene) -> None:
    scene.played()
    reconnect(scene)
    scene.hear("completed")
    assert scene.ended().status == "succeeded"
    scene.look_up("playing")
    assert not scene.journal.take_all(RecordEnded)
    assert scene.is_at_rest()


# --- silence -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("states", "expected"),
    [
        (("completed",), ("succeeded", [])),
        (("error",), ("failed", ["SB-217"])),
        (("playing",), ("failed", ["SB-218"])),
        (("queued",), ("failed", ["SB-218"])),
        ((), ("failed", ["SB-218"])),
    ],
)
def test_after_a_silence_the_state_is_read_back_and_is_the_end_of_it(
    scene: PlaybackScene, states: tuple[str, ...], expected: tuple[str, list[str]]
) -> None:
    scene.played(play(timeout_s=10.0))
    scene.stage.advance(9.9)
    assert not scene.rest.heard
    scene.stage.advance(0.1)
    assert not scene.journal.take_all(RecordEnded), "it is asked first"
    scene.look_up(*states)
    assert why(scene.ended()) == expected
    assert scene.is_at_rest()


@pytest.mark.parametrize("failure", ["timeout", "circuit_open", "rate_limited"])
def test_where_even_that_fails_it_is_interrupted_for_nobody_knows(scene: PlaybackScene, failure: Failure) -> None:
    scene.played(play(timeout_s=10.0))
    scene.stage.advance(10.0)
    scene.answer("GET", failure=failure)
    assert why(scene.ended()) == ("interrupted", ["SB-222"])
    assert scene.is_at_rest()


def test_only_the_look_after_the_timeout_is_the_last(scene: PlaybackScene) -> None:
    scene.played(play(timeout_s=10.0))
    reconnect(scene)
    scene.stage.advance(10.0)
    scene.look_up("playing")  # asked before the time was over
    assert not scene.journal.take_all(RecordEnded)
    scene.look_up("completed")
    assert scene.ended().status == "succeeded"


def test_the_timeout_runs_from_genesyss_acceptance(scene: PlaybackScene) -> None:
    scene.asked(play(timeout_s=5.0))
    scene.stage.advance(60.0)  # the desk obeys a Retry-After
    assert scene.routes() == ["POST /api/v2/media/play"]
    scene.take(attempts=2)
    scene.stage.advance(4.9)
    assert not scene.rest.heard
    scene.stage.advance(0.1)
    assert scene.routes() == ["GET /api/v2/interactions/{id}"]


def test_where_the_deadline_comes_before_the_timeout_it_is_read_back_just_before(scene: PlaybackScene) -> None:
    scene.played(play(deadline_s=20.0))
    scene.stage.advance(18.0)
    scene.look_up("completed")
    assert scene.ended().status == "succeeded"


def test_one_still_playing_then_has_its_time_until_the_deadline(scene: PlaybackScene) -> None:
    scene.played(play(deadline_s=20.0))
    scene.stage.advance(18.0)
    scene.look_up("playing")
    scene.stage.advance(1.9)
    scene.hear("completed")
    assert scene.ended().status == "succeeded"


# --- doubt about the request -------------------------------------------------------------------------------------


@pytest.mark.parametrize("doubt", DOUBTS)
def test_on_doubt_the_state_is_read_back_at_once_and_nothing_is_sent_again(
    scene: PlaybackScene, doubt: dict[str, Any]
) -> None:
    scene.asked()
    scene.take(**doubt)
    assert scene.routes() == ["GET /api/v2/interactions/{id}"]
    scene.look_up("completed")
    assert scene.ended().status == "succeeded"
    assert scene.is_at_rest()


@pytest.mark.parametrize("state", ["queued", "buffering", "playing"])
def test_one_that_is_listed_was_taken_and_is_followed(scene: PlaybackScene, state: str) -> None:
    scene.asked(play(timeout_s=10.0))
    scene.take(500)
    scene.look_up(state)
    assert not scene.journal.take_all(RecordEnded)
    scene.hear("completed")
    assert scene.ended().status == "succeeded"


def test_one_that_is_not_listed_fails_for_it_may_have_been_heard(scene: PlaybackScene) -> None:
    scene.asked()
    scene.take(500)
    scene.look_up()
    outcome = scene.ended()
    assert why(outcome) == ("failed", ["SB-220"])
    assert "look at the interaction" in outcome.reasons[0].remedy
    assert scene.is_at_rest()


def test_a_look_from_before_the_doubt_does_not_settle_it(scene: PlaybackScene) -> None:
    scene.asked()
    reconnect(scene)
    scene.take(500)
    scene.look_up()  # asked when the request was still on its way
    assert not scene.journal.take_all(RecordEnded)
    scene.look_up("playing")
    scene.hear("completed")
    assert scene.ended().status == "succeeded"


def test_an_event_settles_the_doubt(scene: PlaybackScene) -> None:
    scene.asked()
    scene.take(500)
    scene.hear("buffering")
    scene.look_up()
    assert not scene.journal.take_all(RecordEnded)
    scene.hear("completed")
    assert scene.ended().status == "succeeded"


def test_where_it_was_heard_before_the_answer_there_is_no_doubt(scene: PlaybackScene) -> None:
    scene.asked()
    scene.hear("playing")
    scene.take(500)
    assert not scene.rest.heard
    scene.hear("completed")
    assert scene.ended().status == "succeeded"


def test_a_doubt_that_cannot_be_read_back_lasts_until_the_timeout(scene: PlaybackScene) -> None:
    scene.asked(play(timeout_s=10.0))
    scene.take(500)
    scene.answer("GET", 503)
    assert not scene.journal.take_all(RecordEnded)
    scene.stage.advance(10.0)
    scene.answer("GET", body=interaction())
    assert why(scene.ended()) == ("failed", ["SB-220"])


def test_however_many_events_ask_for_it_one_look_up_is_under_way_and_one_more_follows(scene: PlaybackScene) -> None:
    scene.played()
    scene.another(play(request_id=OTHER_ID))
    scene.take()
    for _ in range(5):
        scene.hear("playing")
    assert len(scene.routes()) == 1
    scene.look_up("playing", "playing")
    assert len(scene.routes()) == 1
    scene.look_up("completed", "completed")
    assert not scene.routes()
    assert scene.is_at_rest()
