"""Playbacks over crashes: what may have been played is never asked for again, and no session is left behind."""

from collections.abc import Callable

import pytest

from messages.audio import AudioInspected
from messages.journal import OpenOrder, ProgressRecorded, RecordEnded, RecordProgress
from messages.rest import CallAnswered, HttpResponse
from messages.sessions import FramesArrived, SessionOpened
from tests.actors.audio_scenes import PlaybackScene, play, why
from tests.actors.scenes import ID, PEER

LOOK_UP = ["GET /api/v2/interactions/{id}"]


@pytest.fixture
def scene() -> PlaybackScene:
    return PlaybackScene()


def on_record(*steps: str, age_s: float = 1.0) -> OpenOrder:
    return OpenOrder(order=play(), peer=PEER, effect_id=ID, age_s=age_s, steps=steps)


def restart(scene: PlaybackScene, *open_orders: OpenOrder) -> None:
    """The incarnation crashes with whatever it had under way; the next one hears which orders are open."""
    scene.crash()
    scene.rest.heard.clear()
    scene.inspector.heard.clear()
    scene.journal.heard.clear()
    scene.live(*open_orders)


def posts(scene: PlaybackScene) -> list[str]:
    return [route for route in scene.routes() if route.startswith("POST")]


def test_what_was_asked_for_is_never_asked_for_again(scene: PlaybackScene) -> None:
    scene.played()
    restart(scene, on_record("asked"))
    outcome = scene.ended()
    assert why(outcome) == ("interrupted", ["SB-501"])
    assert "look at the interaction" in outcome.reasons[0].remedy
    assert not scene.rest.heard
    assert scene.is_at_rest()


@pytest.mark.parametrize(
    "reach",
    [PlaybackScene.accept, PlaybackScene.cleared, PlaybackScene.subscribed],
    ids=["accepted", "cleared", "subscribed"],
)
def test_what_was_not_asked_for_yet_begins_anew(
    scene: PlaybackScene, reach: Callable[[PlaybackScene, object], None]
) -> None:
    reach(scene, play())
    restart(scene, on_record())
    assert scene.routes() == LOOK_UP
    scene.look_up()
    scene.inspect()
    scene.open()
    scene.acknowledge()
    scene.journal.take(RecordProgress)  # that it was resumed
    scene.put_on_record()
    assert len(posts(scene)) == 1
    scene.take()
    scene.hear("completed")
    assert scene.ended().status == "succeeded"
    assert scene.is_at_rest()


def test_a_step_recorded_for_the_one_before_posts_nothing(scene: PlaybackScene) -> None:
    scene.subscribed()
    scene.crash()
    scene.live(claim=False)
    scene.tell(ProgressRecorded(request_id=ID, step="asked"))
    assert not posts(scene)
    scene.live(on_record("asked"))
    assert why(scene.ended()) == ("interrupted", ["SB-501"])
    assert not posts(scene)


def test_the_event_sessions_of_the_one_before_are_closed(scene: PlaybackScene) -> None:
    scene.played()
    left = scene.session
    assert scene.sessions.alive
    restart(scene)
    assert scene.sessions.swept == ["events.", "events."]
    assert not scene.sessions.alive
    assert left in scene.sessions.closed


def test_what_those_still_tell_changes_nothing_and_their_names_are_not_used_again(scene: PlaybackScene) -> None:
    scene.cleared()
    left = scene.session
    restart(scene, on_record())
    scene.look_up()
    scene.inspect()
    assert scene.session != left
    scene.tell(SessionOpened(session=left, connection=1))
    scene.tell(FramesArrived(session=left, frames=('{"type": "subscribed"}',)))
    assert scene.sessions.closed.count(left) == 3
    assert not [step for step in scene.journal.take_all(RecordProgress) if step.step == "asked"]


def test_answers_to_the_one_before_are_not_taken(scene: PlaybackScene) -> None:
    scene.accept(play())
    before = scene.call()
    restart(scene, on_record())
    scene.tell(
        CallAnswered(call_id=before.call_id, response=HttpResponse(status=404, headers={}, body=b"")),
    )
    scene.tell(AudioInspected(inspection_id=ID, facts=None))
    assert not scene.journal.take_all(RecordEnded)
    assert not scene.sessions.plans
    scene.look_up()
    scene.inspect()
    assert scene.sessions.plans


def test_one_whose_deadline_passed_meanwhile_is_interrupted(scene: PlaybackScene) -> None:
    scene.accept(play())
    restart(scene, on_record(age_s=400.0))
    assert why(scene.ended()) == ("interrupted", ["SB-501"])
    assert not scene.rest.heard


def test_a_crash_tells_who_waits_for_a_dry_run(scene: PlaybackScene) -> None:
    scene.submit(play(dry_run=True))
    scene.crash()
    assert scene.settled().status == "interrupted"
