"""Logins that fail, and tokens that Genesys rejects: askers are told, and no login is made in a loop."""

import pytest

from genesys.tutorial.oauth import FIX_CLIENT, FIX_SCOPE
from messages.rest import Call, CallAnswered, HttpResponse
from messages.tokens import TokenDenied, TokenGranted, TokenRejected
from tests.actors.token_scene import Scene, a_token

# --- when it does not work -----------------------------------------------------------------------------------


@pytest.mark.parametrize("status", [408, 500, 502, 503])
def test_a_login_that_fails_for_now_is_made_again_after_a_while(status: int) -> None:
    scene = Scene()
    asker = scene.want()
    scene.answer(status)
    assert scene.fetches() == 0
    assert not asker.heard
    scene.stage.advance(1)
    scene.grant()
    assert asker.take(TokenGranted).generation == 1


def test_a_retry_after_of_the_login_is_obeyed() -> None:
    scene = Scene()
    scene.answer(429, failure="rate_limited", retry_after_s=30.0)
    scene.want()
    scene.stage.advance(29.99)
    assert scene.fetches() == 0
    scene.stage.advance(1)
    assert scene.fetches() == 1


def test_the_waits_grow_to_a_minute_and_no_asker_hurries_them() -> None:
    scene = Scene()
    fetches = 0
    for _ in range(1_800):
        if scene.fetches():
            fetches += 1
            scene.fail("transport", detail="no route")
        scene.want()
        scene.stage.advance(1)
    assert 30 < fetches < 150
    assert scene.show()["last_error"] == "no route"


def test_a_login_that_is_never_answered_is_given_up() -> None:
    scene = Scene()
    scene.desk.take(Call)
    scene.stage.advance(21)
    assert scene.fetches() == 1
    assert scene.show()["last_error"] == "the login was never answered"


def test_the_answer_of_a_login_that_was_given_up_is_nobodys() -> None:
    scene = Scene()
    late = scene.desk.take(Call).call_id
    scene.stage.advance(21)
    scene.tell(CallAnswered(call_id=late, response=HttpResponse(status=401, headers={}, body=b"")))
    assert scene.show()["state"] == "fetching"


@pytest.mark.parametrize(
    ("status", "error", "remedy"),
    [(400, "invalid_scope", FIX_SCOPE), (401, "invalid_client", FIX_CLIENT), (403, "", FIX_SCOPE)],
)
def test_a_refused_login_is_final_and_says_what_to_fix(status: int, error: str, remedy: str) -> None:
    scene = Scene()
    asker = scene.want()
    scene.answer(status, {"error": error})
    for denied in (asker.take(TokenDenied), scene.want().take(TokenDenied)):
        assert denied.final
        assert denied.remedy == remedy
        assert str(status) in denied.message
    assert scene.fetches() == 0


def test_a_refused_login_is_tried_again_once_a_minute_as_somebody_may_mend_it() -> None:
    scene = Scene()
    scene.answer(401)
    scene.stage.advance(59.9)
    assert scene.fetches() == 0
    scene.stage.advance(0.2)
    scene.grant()
    assert scene.want().take(TokenGranted).generation == 1
    assert scene.show()["state"] == "valid"


# --- 401 in the middle ---------------------------------------------------------------------------------------


def test_a_rejected_token_is_replaced_once_however_many_were_refused_with_it() -> None:
    scene = a_token(Scene())
    for _ in range(50):
        scene.tell(TokenRejected(generation=1))
    assert scene.fetches() == 1
    asker = scene.want()
    assert not asker.heard
    scene.grant()
    assert asker.take(TokenGranted).generation == 2
    scene.tell(TokenRejected(generation=1))
    assert scene.fetches() == 0
    assert scene.want().take(TokenGranted).generation == 2


def test_a_genesys_that_rejects_every_fresh_token_does_not_make_us_log_in_without_end() -> None:
    scene = Scene()
    for _ in range(600):
        if scene.fetches():
            scene.grant()
        asker = scene.want()
        for granted in asker.take_all(TokenGranted):
            scene.tell(TokenRejected(generation=granted.generation))
        scene.stage.advance(1)
    assert scene.granted < 60
