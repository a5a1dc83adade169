"""The desk of the REST pool and the token: waited for, mended once, and shown to nobody else."""

import pytest

from messages.tokens import TokenDenied, TokenGranted, TokenRejected, WantToken
from tests.actors.rest_scenes import CANARY, Scene


def test_calls_wait_for_the_token_which_is_asked_for_once() -> None:
    scene = Scene(callers=2, token=False)
    scene.call("c1")
    scene.call("c2")
    assert len(scene.token.take_all(WantToken)) == 1
    assert scene.nobody_dials()
    scene.grant()
    assert [scene.dialled(number).call_id for number in (0, 1)] == ["c1", "c2"]


def test_logins_do_not_wait_for_the_token_they_bring() -> None:
    scene = Scene(token=False)
    scene.call("c1")
    scene.call("login", "login", bearer=False)
    dial = scene.dialled()
    assert dial.call_id == "login"
    assert "authorization" not in dial.request.headers


def test_waiting_for_the_token_ends_with_the_calls_deadline() -> None:
    scene = Scene(token=False)
    scene.call(deadline_s=5)
    scene.advance(5)
    answer = scene.answer()
    assert answer.failure == "deadline"
    assert "waited for the token" in answer.detail


def test_a_token_that_never_came_is_asked_for_again() -> None:
    scene = Scene(token=False)
    scene.call(deadline_s=60)
    scene.token.take(WantToken)
    scene.advance(30)
    scene.token.take(WantToken)


def test_an_expired_token_is_not_sent() -> None:
    scene = Scene(token=False)
    scene.grant(good_for_s=10)
    scene.advance(10)
    scene.call()
    scene.token.take(WantToken)
    assert scene.nobody_dials()


def test_a_401_is_mended_once_with_a_new_token() -> None:
    scene = Scene()
    scene.call()
    scene.respond(401)
    assert scene.token.take(TokenRejected).generation == 1
    scene.token.take(WantToken)
    scene.grant(generation=2)
    assert scene.respond(200).request.headers["authorization"] == f"Bearer {CANARY}-2"
    assert scene.answer().attempts == 2


def test_a_second_401_is_the_end() -> None:
    scene = Scene()
    scene.call()
    scene.respond(401)
    scene.grant(generation=2)
    scene.respond(401)
    answer = scene.answer()
    assert answer.failure == "unauthorized"
    assert answer.response is not None
    assert len(scene.token.take_all(TokenRejected)) == 1


def test_many_401s_of_one_token_reject_it_once() -> None:
    scene = Scene(callers=3)
    for call_id in ("c1", "c2", "c3"):
        scene.call(call_id)
    scene.respond(401, number=0)
    scene.grant(generation=2)
    scene.respond(401, number=1)
    scene.respond(401, number=2)
    assert len(scene.token.take_all(TokenRejected)) == 1


def test_a_final_denial_fails_what_waits_with_its_words_and_the_next_call_asks_again() -> None:
    scene = Scene(token=False)
    scene.call("c1")
    denial = TokenDenied(code="SB-208", message="the login answered 401", remedy="fix the secret", final=True)
    scene.tell(denial)
    answer = scene.answer()
    assert (answer.failure, answer.detail) == ("unauthorized", "the login answered 401; fix the secret")
    scene.call("c2")
    assert len(scene.token.take_all(WantToken)) == 2


def test_a_denial_for_now_keeps_them_waiting() -> None:
    scene = Scene(token=False)
    scene.call("c1")
    scene.tell(TokenDenied(code="SB-208", message="later", remedy="", final=False))
    assert not scene.asker.heard


@pytest.mark.parametrize(
    "url",
    [
        "https://evil.example.com/x",
        "http://api.example.com/x",
        "https://api.example.com:444/x",
        "https://api.example.com.evil.com/",
    ],
)
def test_the_bearer_goes_to_genesys_and_nowhere_else(url: str) -> None:
    scene = Scene()
    scene.call(url=url)
    assert scene.answer().failure == "refused"
    assert scene.nobody_dials()


def test_the_token_is_shown_nowhere() -> None:
    scene = Scene()
    scene.call()
    dial = scene.fail("transport", maybe_sent=True)
    shown = [
        repr(dial),
        str(scene.show()),
        repr(scene.actor.facts()),
        repr(TokenGranted(secret=CANARY, generation=1, good_until_s=0)),
    ]
    assert all(CANARY not in text for text in shown)
