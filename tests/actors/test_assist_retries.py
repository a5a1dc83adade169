"""Another try: after the engine's errors, unsent frames and lost connections; idempotent by correlation id."""

import pytest

from messages.sessions import SendFrame
from tests.actors.assists import ONE, THREE, TWO, AssistScene, action


@pytest.fixture
def scene() -> AssistScene:
    return AssistScene()


# --- the engine's errors -------------------------------------------------------------------------------------


@pytest.mark.parametrize("code", [429, 500, 503])
def test_an_error_that_may_pass_is_tried_again_with_the_same_id(scene: AssistScene, code: int) -> None:
    scene.trigger()
    scene.error(code)
    assert scene.sent() == [ONE]
    scene.stage.advance(0.09)
    assert not scene.sent()
    scene.stage.advance(0.11)
    assert scene.sent() == [ONE]
    scene.result()
    outcome = scene.ended()
    assert (outcome.status, outcome.retries, outcome.extra["engine_status"]) == ("succeeded", 1, "result")


@pytest.mark.parametrize(("code", "reason"), [(400, "SB-233"), (404, "SB-233"), (501, "SB-234")])
def test_an_error_that_will_not_pass_is_final(scene: AssistScene, code: int, reason: str) -> None:
    scene.trigger()
    scene.error(code)
    outcome = scene.ended()
    assert (outcome.status, outcome.reasons[0].code, outcome.extra["engine_code"]) == ("failed", reason, code)
    assert scene.is_at_rest()


@pytest.mark.parametrize(("code", "reason"), [(429, "SB-206"), (503, "SB-234")])
def test_after_its_last_retry_it_fails(scene: AssistScene, code: int, reason: str) -> None:
    scene.trigger(action(max_retries=2))
    for _ in range(3):
        assert scene.sent() == [ONE]
        scene.error(code)
        scene.stage.advance(1.0)
    outcome = scene.ended()
    assert (outcome.status, outcome.retries, outcome.reasons[0].code) == ("failed", 2, reason)
    assert scene.is_at_rest()


def test_retry_after_is_obeyed(scene: AssistScene) -> None:
    scene.trigger()
    scene.sent()
    scene.error(429, retry_after=7)
    scene.stage.advance(6.9)
    assert not scene.sent()
    scene.stage.advance(0.5)
    assert scene.sent() == [ONE]


@pytest.mark.parametrize(("retry_after", "deadline_s"), [(30, 30.0), (181, 600.0)])
def test_a_retry_after_past_the_deadline_or_three_minutes_fails_at_once(
    scene: AssistScene, retry_after: int, deadline_s: float
) -> None:
    scene.trigger(action(deadline_s=deadline_s))
    scene.error(429, retry_after=retry_after)
    outcome = scene.ended()
    assert (outcome.reasons[0].code, outcome.retries) == ("SB-206", 0)
    assert "rate_limited" in outcome.detail


def test_an_action_that_rests_holds_no_slot() -> None:
    scene = AssistScene(limit=1)
    scene.trigger(action(ONE), action(TWO))
    scene.error(429, ONE, retry_after=2)
    assert scene.sent() == [ONE, TWO]
    scene.stage.advance(2.5)
    assert not scene.sent()
    scene.result(TWO)
    assert scene.sent() == [ONE]


def test_an_action_that_had_its_turn_goes_before_the_rest_of_its_session() -> None:
    scene = AssistScene(limit=1, slot_s=30.0)
    scene.trigger(action(ONE), action(TWO), action(THREE))
    scene.error(500, ONE)
    scene.stage.advance(1.0)
    scene.sent()
    scene.result(TWO)
    assert scene.sent() == [ONE]


def test_a_result_that_comes_during_the_back_off_is_good_news(scene: AssistScene) -> None:
    scene.trigger()
    scene.error(503)
    scene.result()
    assert scene.verdict() == ("succeeded", [])
    assert scene.is_at_rest()
    scene.stage.advance(1.0)
    assert scene.sent() == [ONE]


def test_a_second_error_during_the_back_off_costs_no_second_retry(scene: AssistScene) -> None:
    scene.trigger(action(max_retries=1))
    scene.error(503)
    scene.error(503)
    assert not scene.ends()
    scene.stage.advance(1.0)
    scene.result()
    assert scene.ended().retries == 1


# --- unsent frames -------------------------------------------------------------------------------------------


def test_a_frame_that_could_not_be_sent_is_sent_again(scene: AssistScene) -> None:
    scene.trigger()
    (frame,) = scene.frames()
    scene.unsent(frame)
    assert scene.in_flight() == 0
    scene.stage.advance(0.3)
    assert scene.sent() == [ONE]
    scene.unsent(frame)  # old news
    assert scene.in_flight() == 1


def test_sending_is_given_up_after_the_last_retry(scene: AssistScene) -> None:
    scene.trigger(action(max_retries=0))
    scene.unsent(*scene.frames())
    assert scene.verdict() == ("failed", ["SB-236"])
    assert scene.is_at_rest()


# --- lost connections ----------------------------------------------------------------------------------------


def test_what_the_engine_had_not_acknowledged_is_sent_again_on_the_new_connection(scene: AssistScene) -> None:
    scene.trigger(action(ONE), action(TWO), action(THREE))
    scene.sent()
    scene.result(THREE)
    scene.lose()
    assert scene.in_flight() == 2  # the engine may be at them: nobody else gets their slots
    scene.up()
    assert scene.sent() == [ONE, TWO]
    scene.result(ONE, TWO)
    ends = scene.ends()
    assert [ends[name].retries for name in (ONE, TWO, THREE)] == [1, 1, 0]
    assert scene.is_at_rest()


def test_fifty_in_flight_over_a_drop_never_become_more() -> None:
    scene = AssistScene(limit=50)
    scene.trigger(*(action(f"550e8400-e29b-41d4-a716-44665544{number:04}") for number in range(120)))
    before = scene.sent()
    scene.lose()
    scene.up()
    assert scene.sent() == before
    assert scene.in_flight() == 50
    scene.result(*before[:10])
    assert (len(scene.sent()), scene.in_flight()) == (10, 50)


def test_what_the_engine_had_acknowledged_is_interrupted(scene: AssistScene) -> None:
    scene.trigger()
    scene.hear({"type": "accepted", "correlationId": ONE}, {"type": "accepted", "correlationId": ONE})
    assert scene.steps() == ["sent", "acknowledged"]
    scene.lose()
    outcome = scene.ended()
    assert (outcome.status, outcome.reasons[0].code) == ("interrupted", "SB-237")
    assert "acknowledged but not answered" in outcome.detail
    assert scene.in_flight() == 1
    scene.stage.advance(30.0)
    assert scene.is_at_rest()


def test_without_retries_a_drop_interrupts(scene: AssistScene) -> None:
    scene.trigger(action(max_retries=0))
    scene.lose()
    assert scene.verdict() == ("interrupted", ["SB-237"])


def test_one_connection_after_the_other_may_break_as_often_as_there_are_retries(scene: AssistScene) -> None:
    scene.trigger(action(max_retries=1))
    scene.lose()
    scene.up()
    scene.lose()
    assert scene.verdict() == ("interrupted", ["SB-237"])


def test_a_drop_leaves_alone_what_waits_or_rests(scene: AssistScene) -> None:
    scene.trigger(action(ONE, max_retries=1))
    scene.error(503)
    scene.lose()
    scene.session.take_all(SendFrame)
    scene.up()
    scene.stage.advance(0.3)
    assert scene.sent() == [ONE]


def test_a_stranded_action_waits_no_longer_than_its_deadline(scene: AssistScene) -> None:
    scene.trigger(action(deadline_s=10.0))
    scene.lose()
    scene.stage.advance(10.0)
    assert scene.verdict() == ("failed", ["SB-237"])
    assert scene.in_flight() == 1
    scene.stage.advance(20.0)
    assert scene.is_at_rest()


def test_a_stranded_action_waits_no_longer_than_the_engine_has_time(scene: AssistScene) -> None:
    scene.trigger(action(deadline_s=100.0))
    scene.lose()
    scene.stage.advance(30.0)
    assert scene.verdict() == ("failed", ["SB-232"])
    assert scene.is_at_rest()


def test_a_result_for_a_stranded_action_is_good_news(scene: AssistScene) -> None:
    scene.trigger()
    scene.lose()
    scene.result()
    assert scene.verdict() == ("succeeded", [])
    scene.sent()
    scene.up()
    assert not scene.sent()
    assert scene.is_at_rest()
