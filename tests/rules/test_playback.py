"""Which playbacks are asked for, and how one proceeds."""

from typing import Any, get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from messages.playbacks import PlaybackProgress, PlayPrompt, State
from rules.playback import (
    ENDED,
    Phase,
    advance,
    objections,
    play_failed,
    play_lost,
    play_overdue,
    subscription_refused,
)


def order(**fields: Any) -> PlayPrompt:
    return PlayPrompt(**{"interaction_id": "conv-1", "prompt_key": "welcome", **fields})


def codes(**fields: Any) -> list[str]:
    return [objection.code for objection in objections(order(**fields))]


def test_nobody_objects_to_a_good_playback() -> None:
    assert not codes()
    assert not codes(request_id="monday-7", volume=0.0, timeout_s=0.1, deadline_s=600)
    assert not codes(volume=2.0, timeout_s=600)


def test_a_short_deadline_bounds_the_whole_order_and_is_no_reason_to_refuse_it() -> None:
    assert not codes(deadline_s=30.0)


def test_every_objection_comes_at_once_in_field_order() -> None:
    bad = {"interaction_id": "a/b", "request_id": " ", "prompt_key": "../x", "volume": -1, "timeout_s": 0}
    assert codes(**bad, deadline_s=0) == ["SB-101", "SB-101", "SB-109", "SB-110", "SB-111", "SB-106"]


@pytest.mark.parametrize("key", ["", "..", "../../x", "..%2f", "a/b", "welcome\n", "%00", "．．", "a b"])
def test_refuses_a_prompt_that_is_no_name(key: str) -> None:
    (objection,) = objections(order(prompt_key=key))
    assert (objection.code, objection.gate) == ("SB-109", "prompt")
    assert repr(key) in objection.message


@pytest.mark.parametrize("volume", [-0.1, 2.1, 11, float("nan"), float("inf"), float("-inf")])
def test_refuses_a_volume_out_of_bounds(volume: float) -> None:
    assert codes(volume=volume) == ["SB-110"]


@pytest.mark.parametrize("timeout_s", [0, -1.0, 601, float("nan"), float("inf")])
def test_refuses_a_timeout_out_of_bounds(timeout_s: float) -> None:
    assert codes(timeout_s=timeout_s) == ["SB-111"]


@pytest.mark.parametrize("heard", get_args(State))
@pytest.mark.parametrize("phase", get_args(Phase))
def test_every_state_is_believed_until_the_end(phase: Phase, heard: State) -> None:
    assert advance(phase, heard) == (phase if phase in {"completed", "error"} else heard)


def test_two_of_the_phases_are_an_end() -> None:
    assert {"completed", "error"} == ENDED


def test_a_bad_end_says_what_is_known_of_it() -> None:
    told = PlaybackProgress(url="https://h/a.mp3", state="error", error="404 from the CDN")
    assert play_failed(told).message == "Genesys could not play the prompt: 404 from the CDN"
    assert play_failed(PlaybackProgress(url="https://h/a.mp3", state="error")).message
    assert play_overdue(order(), "asked").message.endswith("within 300 s: nothing was heard of it")
    assert play_overdue(order(), "playing").message.endswith("it was last playing")
    assert subscription_refused("no such interaction").message.endswith("no such interaction")
    assert play_lost("Genesys lists no such playback").code == "SB-222"


@settings(deadline=None)
@given(st.builds(PlayPrompt, interaction_id=st.text(), prompt_key=st.text(), request_id=st.text(), volume=st.floats()))
def test_no_order_is_too_odd_to_be_objected_to(odd: PlayPrompt) -> None:
    for objection in objections(odd):
        assert objection.message
        assert objection.remedy
        assert len(objection.message) < 400
