"""A playback whose time runs out, or that hears the wrong news at any moment."""

import pytest

from messages.journal import ProgressRecorded, RecordEnded
from messages.orders import CancelOrders, DeadlinePassed
from messages.playbacks import EventsIdle, PlaybackOverdue, SubscriptionSettled
from messages.rest import CallAnswered
from messages.sessions import FrameSent, FrameUnsent, SessionInvalid, SessionLost, SessionOpened, SessionValid
from tests.actors.audio_scenes import PlaybackScene, play, why
from tests.actors.scenes import ID


@pytest.fixture
def scene() -> PlaybackScene:
    return PlaybackScene()


def bring(scene: PlaybackScene, reach: str) -> None:
    order = play(deadline_s=40.0, timeout_s=100.0)
    match reach:
        case "looking":
            scene.accept(order)
        case "inspecting":
            scene.accept(order)
            scene.look_up()
        case "connecting":
            scene.cleared(order)
        case "recording":
            scene.subscribed(order)
        case "asking":
            scene.asked(order)
        case "playing":
            scene.played(order)


@pytest.mark.parametrize(
    ("reach", "code", "told"),
    [
        ("looking", "SB-301", "the look-up of the interaction"),
        ("connecting", "SB-212", "the event session"),
        ("recording", "SB-301", "the record"),
        ("asking", "SB-220", "the answer to the play request"),
        ("playing", "SB-218", "the end of the prompt"),
    ],
)
def test_the_deadline_says_what_was_waited_for(scene: PlaybackScene, reach: str, code: str, told: str) -> None:
    bring(scene, reach)
    scene.stage.advance(40.0)
    outcome = scene.ended()
    assert why(outcome) == ("failed", [code])
    assert told in outcome.detail
    assert outcome.latency_ms == 40_000.0
    assert scene.is_at_rest()


REACHES = ["looking", "inspecting", "connecting", "recording", "asking", "playing"]


@pytest.mark.parametrize("reach", REACHES)
def test_a_drain_that_is_over_interrupts_it_wherever_it_is(scene: PlaybackScene, reach: str) -> None:
    bring(scene, reach)
    scene.tell(CancelOrders())
    assert why(scene.ended()) == ("interrupted", ["SB-504"])
    assert scene.is_at_rest()


@pytest.mark.parametrize("reach", REACHES)
@pytest.mark.parametrize(
    "message",
    [
        CallAnswered(call_id="nobody", response=None, failure="timeout"),
        ProgressRecorded(request_id="nobody", step="asked"),
        SessionOpened(session="events.conv-1.1-1", connection=7),
        SessionLost(session="events.conv-1.1-1", connection=7, code=1006, reason=""),
        SessionValid(session="events.conv-1.1-1", check_id=ID, connection=1),
        SessionInvalid(session="events.conv-1.1-1", check_id=ID, why="no"),
        FrameUnsent(session="events.conv-1.1-1", frame_id="7", why="gone"),
        FrameSent(session="events.conv-1.1-1", frame_id="7"),
        SubscriptionSettled(interaction_id="conv-1"),
        EventsIdle(interaction_id="conv-1"),
        PlaybackOverdue(request_id=ID),
        PlaybackOverdue(request_id="nobody"),
        DeadlinePassed(request_id="nobody"),
    ],
    ids=lambda message: type(message).__name__,
)
def test_news_at_the_wrong_moment_never_ends_an_order_twice_or_leaves_it_open(
    scene: PlaybackScene, reach: str, message: object
) -> None:
    bring(scene, reach)
    scene.tell(message)
    scene.stage.advance(40.0)
    assert len(scene.journal.take_all(RecordEnded)) == 1
    posts = [route for route in scene.routes() if route.startswith("POST")]
    assert len(posts) == (reach == "asking")
    assert scene.is_at_rest()
