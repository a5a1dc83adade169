"""Whose a frame is: nobody's, or that of one of several prompts in one interaction."""

from typing import Any

import pytest

from messages.journal import RecordAccepted, RecordEnded
from messages.rest import Call
from tests.actors.audio_scenes import CDN, URL, PlaybackScene, play, why
from tests.actors.scenes import ID, OTHER_ID


@pytest.fixture
def scene() -> PlaybackScene:
    return PlaybackScene()


# --- frames that are nobody's --------------------------------------------------------------------------------


def test_each_state_is_told_once_however_often_it_comes(scene: PlaybackScene) -> None:
    scene.played()
    scene.hear("buffering", "buffering", "playing", "playing", "completed", "completed", "error")
    assert [kind for kind, _ in scene.states()] == ["playback.buffering", "playback.playing", "playback.completed"]
    assert scene.ended().status == "succeeded"


@pytest.mark.parametrize(
    "frame",
    [
        "no JSON",
        b"\xff\x00",
        "[]",
        {"type": "media.playback.state", "state": "reversing", "url": URL},
        {"type": "media.playback.state", "state": "completed"},
        {"type": "media.playback.state", "state": "completed", "url": f"{CDN}/en/standard/other.mp3"},
        {"type": "media.playback.state", "state": "completed", "url": URL, "interactionId": "conv-2"},
        {"type": "interaction.updated", "state": "completed", "url": URL},
    ],
)
def test_frames_that_are_nobodys_are_counted_and_end_nothing(scene: PlaybackScene, frame: Any) -> None:
    scene.played()
    scene.frames(frame)
    assert scene.facts()["unmatched_frames"] == 1
    assert not scene.journal.take_all(RecordEnded)
    scene.hear("completed", interactionId="conv-1")
    assert scene.ended().status == "succeeded"


def test_frames_of_a_session_that_is_nobodys_close_it(scene: PlaybackScene) -> None:
    scene.played()
    scene.frames({"type": "media.playback.state", "state": "completed", "url": URL}, session="events.conv-1.0-9")
    assert scene.sessions.closed == ["events.conv-1.0-9"]
    assert not scene.journal.take_all(RecordEnded)


# --- two prompts in one interaction --------------------------------------------------------------------------


def test_two_prompts_in_one_interaction_are_told_apart_by_their_files(scene: PlaybackScene) -> None:
    scene.played()
    scene.accept(play(request_id=OTHER_ID, prompt_key="goodbye"))
    scene.look_up("playing")
    scene.inspect()
    scene.put_on_record()
    scene.take()
    scene.hear("completed", url=f"{CDN}/en/standard/goodbye.mp3")
    assert scene.ended().request_id == OTHER_ID
    scene.hear("completed")
    assert scene.ended().request_id == ID
    assert scene.is_at_rest()


def test_of_the_same_prompt_twice_at_once_events_decide_nothing_and_each_state_is_read_back(
    scene: PlaybackScene,
) -> None:
    scene.accept(play())
    scene.accept(play(request_id=OTHER_ID))
    scene.look_up()  # both before any of them was played
    scene.look_up()
    scene.inspect()
    scene.inspect()
    scene.open()
    scene.acknowledge()
    scene.put_on_record()
    scene.put_on_record()
    scene.take()
    scene.take()
    scene.hear("completed")
    assert not scene.journal.take_all(RecordEnded)
    scene.look_up("completed", "playing")  # one look-up tells of both
    assert scene.ended().request_id == ID
    assert not scene.journal.take_all(RecordEnded)
    assert scene.states()[-1] == ("playback.playing", OTHER_ID)
    scene.hear("completed")  # this one's, or the first one's once more
    scene.look_up("completed", "completed")
    assert scene.ended().request_id == OTHER_ID
    assert scene.is_at_rest()


def test_the_same_prompt_again_after_its_end_is_followed_by_events_alone(scene: PlaybackScene) -> None:
    scene.played()
    scene.hear("playing", "completed")
    assert scene.ended().request_id == ID
    scene.another(play(request_id=OTHER_ID), "completed")
    scene.take()
    scene.hear("buffering", "playing", "completed")
    assert scene.ended().request_id == OTHER_ID
    assert not scene.rest.heard


def test_a_repeated_end_of_one_before_it_ends_no_playback(scene: PlaybackScene) -> None:
    scene.played()
    scene.hear("playing", "completed")
    scene.another(play(request_id=OTHER_ID), "completed")
    scene.take()
    scene.journal.take_all(RecordEnded)
    scene.hear("completed")  # the first one's, told twice
    scene.look_up("completed", "buffering")
    assert not scene.journal.take_all(RecordEnded)
    scene.hear("playing", "completed")
    assert scene.ended().request_id == OTHER_ID


def test_a_late_end_of_one_that_timed_out_ends_no_other(scene: PlaybackScene) -> None:
    scene.played(play(timeout_s=5.0))
    scene.hear("playing")
    scene.stage.advance(5.0)
    scene.look_up("playing")
    assert why(scene.ended()) == ("failed", ["SB-218"])
    scene.another(play(request_id=OTHER_ID), "playing")
    scene.take()
    scene.hear("buffering", "playing")
    scene.hear("completed")  # whose?
    scene.look_up("completed", "playing")
    assert not scene.journal.take_all(RecordEnded)
    scene.hear("completed")
    scene.look_up("completed", "completed")
    assert scene.ended().request_id == OTHER_ID


def test_a_playback_that_was_not_taken_has_no_place_among_the_interactions_playbacks(scene: PlaybackScene) -> None:
    scene.asked()
    scene.take(429)
    scene.journal.take_all(RecordEnded)
    scene.another(play(request_id=OTHER_ID, timeout_s=5.0))
    scene.take()
    scene.stage.advance(5.0)
    scene.look_up("completed")
    assert scene.ended().status == "succeeded"


def test_the_same_order_twice_is_one_playback(scene: PlaybackScene) -> None:
    scene.played()
    scene.submit(play())
    assert not scene.journal.take_all(RecordAccepted)
    assert not scene.rest.take_all(Call)
    scene.hear("completed")
    assert scene.ended().status == "succeeded"
