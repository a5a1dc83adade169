"""The assist session: authenticated before any action, renewed in time, refused with the scope named."""

from typing import Any

import orjson
import pytest

from messages.sessions import (
    FrameUnsent,
    ReconnectSession,
    SendFrame,
    SessionInvalid,
    SessionLost,
    SessionValid,
    ValidateSession,
)
from messages.tokens import TokenDenied, TokenGranted, WantToken
from tests.actors.assists import ONE, TWO, AssistScene, action
from tests.actors.scenes import TOKEN

CONNECTED = {"type": "connected"}


@pytest.fixture
def scene() -> AssistScene:
    return AssistScene(up=False)


def connect_frame(scene: AssistScene) -> dict[str, Any]:
    frame = scene.session.take(SendFrame)
    assert TOKEN not in repr(frame)
    told: dict[str, Any] = orjson.loads(frame.text)
    return told


# --- coming up -----------------------------------------------------------------------------------------------


def test_the_first_frame_carries_the_token_and_actions_wait_for_connected(scene: AssistScene) -> None:
    scene.trigger()
    scene.open()
    scene.grant()
    assert connect_frame(scene) == {"type": "connect", "token": TOKEN}
    assert not scene.frames()
    scene.hear(CONNECTED)
    assert scene.sent() == [ONE]
    assert scene.state() == "connected"


def test_nobody_waits_longer_for_the_session_than_for_a_slot(scene: AssistScene) -> None:
    scene.trigger()
    scene.stage.advance(5.0)
    assert scene.verdict() == ("failed", ["SB-212"])
    assert scene.is_at_rest()


def test_a_connection_that_was_there_before_the_actor_is_found(scene: AssistScene) -> None:
    check = scene.session.take(ValidateSession)
    scene.tell(SessionValid(session="assist", check_id=check.check_id, connection=7))
    scene.grant()
    assert scene.session.take(SendFrame).connection == 7


def test_one_that_is_not_there_is_waited_for(scene: AssistScene) -> None:
    check = scene.session.take(ValidateSession)
    scene.tell(SessionInvalid(session="assist", check_id=check.check_id, why="the session is backing off"))
    assert not scene.token.heard
    scene.up()
    assert scene.state() == "connected"


def test_a_connection_that_is_told_twice_is_authenticated_once(scene: AssistScene) -> None:
    scene.up()
    scene.tell(SessionValid(session="assist", check_id="assist.line", connection=1))
    scene.tell(SessionValid(session="assist", check_id="somebody else's", connection=9))
    assert not scene.token.heard
    assert scene.state() == "connected"


def test_a_token_actor_that_forgot_the_question_is_asked_again(scene: AssistScene) -> None:
    scene.open()
    scene.token.take(WantToken)
    scene.stage.advance(30.0)
    scene.grant()
    assert connect_frame(scene)["type"] == "connect"


def test_without_connected_in_time_another_connection_is_made(scene: AssistScene) -> None:
    scene.open()
    scene.grant()
    scene.stage.advance(10.0)
    scene.session.take(ReconnectSession)
    scene.lose()
    scene.session.take_all(SendFrame)
    scene.up()
    assert scene.state() == "connected"


def test_connected_on_a_session_that_did_not_ask_changes_nothing(scene: AssistScene) -> None:
    scene.hear(CONNECTED)
    assert scene.state() == "no connection"
    scene.open()
    scene.hear(CONNECTED)
    assert scene.state() == "awaiting token"


def test_a_connect_frame_that_was_not_sent_is_tried_again(scene: AssistScene) -> None:
    scene.open()
    scene.grant()
    frame = scene.session.take(SendFrame)
    scene.tell(FrameUnsent(session="assist", frame_id=frame.frame_id, why="clogged"))
    scene.stage.advance(0.5)
    scene.grant()
    assert connect_frame(scene)["type"] == "connect"


# --- refusals ------------------------------------------------------------------------------------------------


def test_a_401_costs_the_token_and_is_tried_once_with_a_fresh_one(scene: AssistScene) -> None:
    scene.open()
    scene.grant()
    scene.error(401, None)
    assert scene.rejected() == [1]
    scene.grant()
    scene.session.take_all(SendFrame)
    scene.hear(CONNECTED)
    assert scene.state() == "connected"


def test_a_second_401_is_final_for_a_while_and_ends_what_waits(scene: AssistScene) -> None:
    scene.trigger()
    scene.open()
    for _ in range(2):
        scene.grant()
        scene.error(401, None)
    assert scene.rejected() == [1, 2]
    assert not scene.token.heard
    assert scene.verdict() == ("failed", ["SB-208"])
    scene.stage.advance(60.0)
    scene.grant()
    scene.hear(CONNECTED)
    assert scene.state() == "connected"


def test_a_403_names_the_scope_and_ends_actions_at_once(scene: AssistScene) -> None:
    scene.trigger(action(ONE))
    scene.open()
    scene.grant()
    scene.error(403, None)
    outcome = scene.ended()
    assert (outcome.status, outcome.reasons[0].code) == ("failed", "SB-208")
    assert "agentassist:trigger" in outcome.detail
    scene.trigger(action(TWO))
    assert scene.verdict() == ("failed", ["SB-208"])
    assert not scene.rejected()


def test_a_refusal_outlives_the_connection_and_ends_with_connected(scene: AssistScene) -> None:
    scene.open()
    scene.grant()
    scene.error(403, None)
    scene.lose()
    scene.trigger(action(ONE))
    assert scene.verdict() == ("failed", ["SB-208"])
    scene.session.take_all(SendFrame)
    scene.up()
    scene.trigger(action(TWO))
    assert scene.sent() == [TWO]


def test_a_final_denial_of_the_token_ends_actions_with_its_words(scene: AssistScene) -> None:
    scene.open()
    scene.deny(final=True)
    scene.trigger()
    outcome = scene.ended()
    assert (outcome.reasons[0].code, outcome.detail, outcome.reasons[0].remedy) == ("SB-208", "bad secret", "fix it")
    scene.stage.advance(60.0)
    scene.grant()
    scene.hear(CONNECTED)
    assert scene.state() == "connected"


def test_no_token_for_now_is_asked_for_again_with_back_off(scene: AssistScene) -> None:
    scene.open()
    scene.deny(final=False)
    assert not scene.token.heard
    scene.trigger()
    scene.stage.advance(0.5)
    assert not scene.ends()
    scene.grant()
    scene.hear(CONNECTED)
    assert scene.state() == "connected"


def test_an_engine_that_cannot_now_is_asked_again_after_the_time_it_names(scene: AssistScene) -> None:
    scene.open()
    scene.grant()
    scene.error(503, None, retry_after=20)
    scene.stage.advance(19.9)
    assert not scene.token.heard
    scene.stage.advance(1.0)
    scene.grant()
    scene.hear(CONNECTED)
    assert scene.facts()["session"]["authentications"] == 1


def test_a_complaint_about_nothing_in_particular_does_not_stop_actions(scene: AssistScene) -> None:
    scene.up()
    scene.error(400, None)
    scene.trigger()
    assert scene.sent() == [ONE]


def test_news_of_tokens_that_nobody_waits_for_changes_nothing(scene: AssistScene) -> None:
    scene.up()
    scene.tell(TokenGranted(secret=TOKEN, generation=9, good_until_s=1.0))
    scene.tell(TokenDenied(code="SB-208", message="late", remedy="", final=True))
    assert not scene.frames()
    assert scene.state() == "connected"


# --- authenticating anew ---------------------------------------------------------------------------------------


def renewing(lifetime_s: float = 600.0) -> AssistScene:
    """A session whose token is about to expire, with an action in flight."""
    scene = AssistScene(up=False)
    scene.open()
    scene.grant(lifetime_s=lifetime_s)
    scene.hear(CONNECTED)
    scene.stage.advance(lifetime_s - 60.0 - 1.0)
    scene.session.take_all(SendFrame)
    scene.trigger(action(ONE))
    assert scene.sent() == [ONE]
    assert not scene.token.heard
    scene.stage.advance(1.0)
    return scene


def test_the_session_is_authenticated_anew_before_the_token_expires_and_no_action_is_dropped() -> None:
    scene = renewing()
    scene.trigger(action(TWO))
    assert scene.sent() == [TWO]  # while the token is awaited
    scene.grant()
    assert connect_frame(scene) == {"type": "connect", "token": TOKEN}
    scene.result(ONE)
    scene.hear(CONNECTED)
    scene.result(TWO)
    assert {outcome.status for outcome in scene.ends().values()} == {"succeeded"}
    assert scene.facts()["session"]["authentications"] == 2


def test_a_token_that_is_still_the_old_one_is_asked_for_again() -> None:
    scene = renewing()
    scene.generation -= 1
    scene.token.take(WantToken)
    scene.tell(TokenGranted(secret=TOKEN, generation=1, good_until_s=600.0))
    assert not scene.frames()
    scene.stage.advance(5.0)
    scene.generation += 1
    scene.grant()
    assert connect_frame(scene)["type"] == "connect"


@pytest.mark.parametrize("what", ["silence", "error", "denied", "denied for good"])
def test_a_renewal_that_fails_leaves_the_session_as_it_is_and_is_tried_again(what: str) -> None:
    scene = renewing()
    if what.startswith("denied"):
        scene.deny(final=what.endswith("good"))
    else:
        scene.grant()
        if what == "error":
            scene.error(500, None)
        else:
            scene.stage.advance(10.0)
    scene.session.take_all(SendFrame)
    assert scene.state() == "connected"
    scene.trigger(action(TWO))
    assert scene.sent() == [TWO]
    scene.stage.advance(5.0)
    scene.grant()
    scene.hear(CONNECTED)
    scene.result(ONE, TWO)
    assert len(scene.ends()) == 2


def test_a_renewal_that_is_answered_401_gets_one_more_token() -> None:
    scene = renewing()
    scene.grant()
    scene.error(401, None)
    assert scene.rejected() == [2]
    scene.trigger(action(TWO))
    scene.session.take_all(SendFrame)
    scene.grant()
    connect_frame(scene)
    scene.hear(CONNECTED)
    assert scene.sent() == [TWO]


# --- actions and the token -------------------------------------------------------------------------------------


def test_an_action_answered_401_is_sent_once_more_with_a_fresh_token() -> None:
    scene = AssistScene()
    scene.trigger(action(ONE, max_retries=0), action(TWO, max_retries=0))
    scene.sent()
    scene.error(401, ONE)
    scene.error(401, TWO)
    assert scene.rejected() == [1]
    scene.grant()
    connect_frame(scene)
    assert not scene.frames()
    scene.hear(CONNECTED)
    assert sorted(scene.sent()) == [ONE, TWO]
    scene.result(ONE)
    scene.error(401, TWO)
    ends = scene.ends()
    assert (ends[ONE].status, ends[TWO].status, ends[TWO].reasons[0].code) == ("succeeded", "failed", "SB-208")
    assert scene.in_flight() == 0


def test_an_action_answered_403_fails_and_the_scope_is_named() -> None:
    scene = AssistScene()
    scene.trigger()
    scene.error(403, ONE)
    outcome = scene.ended()
    assert (outcome.status, outcome.extra["engine_code"]) == ("failed", 403)
    assert "agentassist:trigger" in outcome.reasons[0].remedy


def test_a_stranded_action_is_interrupted_when_the_engine_wants_us_no_more() -> None:
    scene = AssistScene()
    scene.trigger()
    scene.lose()
    scene.session.take_all(SendFrame)
    scene.open()
    scene.grant()
    scene.error(403, None)
    assert scene.verdict() == ("interrupted", ["SB-208"])


def test_news_of_another_connection_is_none() -> None:
    scene = AssistScene()
    scene.tell(SessionLost(session="assist", connection=99, code=1006, reason=""))
    assert scene.state() == "connected"


def test_no_fact_no_record_and_no_log_line_shows_the_token(scene: AssistScene) -> None:
    scene.trigger()
    scene.up()
    scene.error(401, ONE)
    scene.grant()
    heard = [scene.facts(), *scene.journal.heard, *scene.session.heard, *scene.token.heard]
    assert TOKEN not in repr(heard)
