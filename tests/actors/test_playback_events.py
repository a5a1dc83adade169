"""The event session of a playback: subscribed before the prompt is asked for, shared, lost, refused, closed."""

import pytest

from messages.journal import RecordEnded, RecordProgress
from messages.sessions import FrameUnsent, SendFrame, SessionOpened
from tests.actors.audio_scenes import PlaybackScene, play, why
from tests.actors.scenes import ID, OTHER_ID

REFUSAL = {"type": "error", "message": "no such\ninteraction"}


@pytest.fixture
def scene() -> PlaybackScene:
    return PlaybackScene()


def is_asked(scene: PlaybackScene) -> bool:
    """Whether the intent to play is on its way to the record."""
    return any(isinstance(heard, RecordProgress) and heard.step == "asked" for heard in scene.journal.heard)


# --- subscribed before play ------------------------------------------------------------------------------------


def test_the_subscription_is_written_before_the_prompt_is_asked_for(scene: PlaybackScene) -> None:
    scene.cleared()
    scene.stage.advance(5.0)
    assert not is_asked(scene), "there is no connection yet"
    frame = scene.open()
    assert (frame["action"], frame["filters"]) == ("subscribe", {"interactionId": "conv-1"})
    assert not is_asked(scene), "it is not acknowledged yet"
    scene.acknowledge()
    assert is_asked(scene)
    assert not scene.rest.heard, "it is not on record yet"
    scene.put_on_record()
    assert scene.routes() == ["POST /api/v2/media/play"]


def test_an_acknowledgement_is_waited_for_a_quarter_of_a_second_and_no_longer(scene: PlaybackScene) -> None:
    scene.cleared()
    scene.open()
    scene.stage.advance(0.249)
    assert not is_asked(scene)
    scene.stage.advance(0.001)
    assert is_asked(scene)
    scene.acknowledge()  # late, and of no interest
    assert len(scene.journal.take_all(RecordProgress)) == 1


def test_that_time_begins_when_the_frame_is_on_its_way(scene: PlaybackScene) -> None:
    scene.cleared()
    scene.tell(SessionOpened(session=scene.session, connection=1))
    scene.stage.advance(5.0)
    assert not is_asked(scene)
    scene.written()
    scene.stage.advance(0.25)
    assert is_asked(scene)


def test_a_frame_that_was_not_written_is_written_on_the_next_connection(scene: PlaybackScene) -> None:
    scene.cleared()
    scene.tell(SessionOpened(session=scene.session, connection=1))
    scene.sessions.alive[scene.session].take(SendFrame)
    scene.tell(SessionOpened(session=scene.session, connection=2))
    scene.tell(FrameUnsent(session=scene.session, frame_id="1", why="the connection was replaced"))
    assert scene.written()["action"] == "subscribe"
    scene.acknowledge()
    assert is_asked(scene)


def test_a_connection_lost_before_the_acknowledgement_does_not_count(scene: PlaybackScene) -> None:
    scene.cleared()
    scene.open()
    scene.lose()
    scene.stage.advance(1.0)
    assert not is_asked(scene)
    scene.open(2)
    scene.lose(1)  # told twice, or late
    scene.acknowledge()
    assert is_asked(scene)


def test_nothing_leaves_while_the_connection_is_gone_even_what_is_on_record(scene: PlaybackScene) -> None:
    scene.subscribed()
    scene.lose()
    scene.put_on_record()
    assert not scene.rest.heard
    scene.open(2)
    scene.acknowledge()
    assert not scene.journal.take_all(RecordProgress), "it is on record already"
    assert scene.routes() == ["POST /api/v2/media/play"]


def test_a_session_that_never_opens_fails_it_at_the_deadline(scene: PlaybackScene) -> None:
    scene.cleared(play(deadline_s=20.0))
    scene.stage.advance(20.0)
    assert why(scene.ended()) == ("failed", ["SB-212"])
    assert not scene.rest.heard
    assert scene.is_at_rest()
    scene.stage.advance(30.0)
    assert not scene.sessions.alive


# --- refused -----------------------------------------------------------------------------------------------------


def test_a_refused_subscription_fails_all_who_wait_for_it_and_nothing_is_played(scene: PlaybackScene) -> None:
    scene.cleared()
    scene.cleared(play(request_id=OTHER_ID, prompt_key="goodbye"))
    scene.open()
    scene.frames(REFUSAL)
    ends = [end.outcome for end in scene.journal.take_all(RecordEnded)]
    assert [why(end) for end in ends] == [("failed", ["SB-224"])] * 2
    assert "no such interaction" in ends[0].detail
    scene.stage.advance(1.0)
    assert not scene.rest.heard
    assert scene.is_at_rest()


def test_who_comes_after_a_refusal_subscribes_anew(scene: PlaybackScene) -> None:
    scene.cleared()
    scene.open()
    scene.frames(REFUSAL)
    scene.stage.advance(1.0)
    scene.cleared(play(request_id=OTHER_ID))
    assert not is_asked(scene)
    assert scene.written()["action"] == "subscribe"
    scene.acknowledge()
    scene.put_on_record()
    assert len(scene.sessions.plans) == 1


def test_an_error_frame_ends_nothing_that_is_being_played(scene: PlaybackScene) -> None:
    scene.played()
    scene.frames(REFUSAL)
    assert not scene.journal.take_all(RecordEnded)
    scene.hear("completed")
    assert scene.ended().status == "succeeded"


def test_a_refusal_between_readiness_and_record_is_asked_about_again(scene: PlaybackScene) -> None:
    scene.subscribed()
    scene.frames(REFUSAL)
    scene.put_on_record()
    assert not scene.rest.heard
    scene.written()
    scene.acknowledge()
    assert scene.routes() == ["POST /api/v2/media/play"]


# --- one for each interaction ------------------------------------------------------------------------------------


def test_the_playbacks_of_an_interaction_share_one_session(scene: PlaybackScene) -> None:
    scene.played()
    scene.another(play(request_id=OTHER_ID, prompt_key="goodbye"))
    assert len(scene.sessions.plans) == 1
    assert not scene.sessions.alive[scene.session].take_all(SendFrame)
    assert scene.facts()["event_sessions"] == 1


def test_every_interaction_has_its_own(scene: PlaybackScene) -> None:
    scene.cleared()
    scene.cleared(play(request_id=OTHER_ID, interaction_id="conv-2"))
    assert [plan.name for plan in scene.sessions.plans] == ["events.conv-1.1-1", "events.conv-2.1-2"]


def test_events_of_one_interaction_end_nothing_in_another(scene: PlaybackScene) -> None:
    scene.played()
    first = scene.session
    scene.played(play(request_id=OTHER_ID, interaction_id="conv-2"))
    scene.hear("completed")
    assert scene.ended().request_id == OTHER_ID
    scene.frames({"type": "media.playback.state", "state": "completed", "url": "u"}, session=first)
    assert not scene.journal.take_all(RecordEnded)


def test_an_idle_session_is_kept_for_a_while_and_then_closed(scene: PlaybackScene) -> None:
    scene.played()
    scene.hear("completed")
    scene.stage.advance(29.9)
    assert not scene.sessions.closed
    scene.stage.advance(0.1)
    assert scene.sessions.closed == ["events.conv-1.1-1"]
    assert scene.facts()["event_sessions"] == 0
    assert not scene.actor._alarms


def test_one_that_is_used_again_in_time_stays_open(scene: PlaybackScene) -> None:
    scene.played()
    scene.hear("completed")
    scene.stage.advance(29.0)
    scene.another(play(request_id=OTHER_ID), "completed")
    scene.stage.advance(60.0)
    assert not scene.sessions.closed


def test_orders_that_never_need_it_do_not_keep_it_open(scene: PlaybackScene) -> None:
    scene.played()
    scene.hear("completed")
    scene.stage.advance(29.0)
    scene.accept(play(request_id=OTHER_ID))
    scene.answer("GET", 404)
    scene.stage.advance(1.0)
    assert scene.sessions.closed == ["events.conv-1.1-1"]


def test_after_it_is_closed_the_next_playback_opens_another(scene: PlaybackScene) -> None:
    scene.played()
    scene.hear("completed")
    scene.stage.advance(30.0)
    scene.journal.take_all(RecordEnded)
    scene.played(play(request_id=OTHER_ID))
    assert [plan.name for plan in scene.sessions.plans] == ["events.conv-1.1-1", "events.conv-1.1-2"]
    scene.hear("completed")
    assert scene.ended().request_id == OTHER_ID


def test_one_that_opens_after_it_was_closed_is_closed_again(scene: PlaybackScene) -> None:
    scene.cleared(play(deadline_s=1.0))
    scene.stage.advance(31.0)
    scene.tell(SessionOpened(session="events.conv-1.1-1", connection=1))
    assert scene.sessions.closed == ["events.conv-1.1-1"] * 2
    assert scene.ended().request_id == ID
