"""The event socket: what is asked for, and what is heard."""

from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from genesys.tutorial.events import read_event, subscribe_frame
from messages.playbacks import EventsSubscribed, FromEvents, PlaybackProgress, SubscriptionRefused

URL = "https://cdn.example/prompts/en/standard/welcome.mp3"


def heard(**frame: Any) -> FromEvents | None:
    return read_event(orjson.dumps(frame).decode())


def test_one_interactions_playback_events_are_asked_for() -> None:
    assert orjson.loads(subscribe_frame("conv-1")) == {
        "action": "subscribe",
        "eventTypes": ["media.playback.state"],
        "filters": {"interactionId": "conv-1"},
    }


@pytest.mark.parametrize("state", ["buffering", "playing", "completed", "error"])
def test_every_state_is_heard(state: Any) -> None:
    event = heard(type="media.playback.state", state=state, url=URL)
    assert event == PlaybackProgress(url=URL, state=state)


def test_an_event_may_name_its_interaction_and_its_error() -> None:
    event = heard(type="media.playback.state", state="error", url=URL, error="404", interactionId="conv-1")
    assert event == PlaybackProgress(url=URL, state="error", error="404", interaction_id="conv-1")


def test_a_binary_frame_is_read_like_a_text() -> None:
    frame = b'{"type": "media.playback.state", "state": "playing", "url": "u", "interactionId": 7}'
    assert read_event(frame) == PlaybackProgress(url="u", state="playing")


@pytest.mark.parametrize(
    "frame",
    [
        {"type": "media.playback.state", "state": "paused", "url": URL},
        {"type": "media.playback.state", "state": "PLAYING", "url": URL},
        {"type": "media.playback.state", "state": ["playing"], "url": URL},
        {"type": "media.playback.state", "state": "playing"},
        {"type": "media.playback.state", "url": URL},
        {"type": "media.playback.progress", "state": "playing", "url": URL},
        {"state": "playing", "url": URL},
        {"type": "pong"},
        {},
    ],
)
def test_unknown_states_and_other_events_are_ignored(frame: dict[str, Any]) -> None:
    assert heard(**frame) is None


@pytest.mark.parametrize("frame", ["", "pong", "[]", "null", "{", '{"a": 1, "a": 2}', "\ud800", b"\xff", b""])
def test_what_is_no_object_is_ignored(frame: str | bytes) -> None:
    assert read_event(frame) is None


@pytest.mark.parametrize(
    "frame",
    [
        {"type": "subscribed"},
        {"type": "subscription.confirmed", "id": 1},
        {"action": "subscribe", "status": "ok"},
        {"status": "SUBSCRIBED"},
    ],
)
def test_whatever_calls_itself_an_acknowledgement_is_one(frame: dict[str, Any]) -> None:
    assert heard(**frame) == EventsSubscribed()


@pytest.mark.parametrize(
    ("frame", "detail"),
    [
        ({"type": "error", "error": {"code": 400, "message": "no filter"}}, "no filter"),
        ({"type": "error", "message": "no\nfilter"}, "no filter"),
        ({"type": "error", "action": "subscribe", "status": "interaction_not_found"}, "interaction_not_found"),
        ({"type": "error", "error": 7, "status": 7}, "no reason given"),
        ({"error": "forbidden"}, "forbidden"),
    ],
)
def test_a_subscription_may_be_refused(frame: dict[str, Any], detail: str) -> None:
    assert heard(**frame) == SubscriptionRefused(detail=detail)


@given(st.text() | st.binary())
def test_no_frame_is_too_odd_to_be_heard(frame: str | bytes) -> None:
    assert read_event(frame) is None
