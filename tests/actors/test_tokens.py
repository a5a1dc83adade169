"""The one token: one fetch for any number of askers, never in a loop, never shown."""

import pytest

from actors.tokens import STASH
from genesys.tutorial.oauth import FIX_SCOPE
from messages.journal import PublishEvent
from messages.rest import Call
from messages.tokens import RefreshToken, TokenDenied, TokenGranted, WantToken
from tests.actors.token_scene import CANARY, SECRET, Scene, a_token

# --- one fetch -----------------------------------------------------------------------------------------------


def test_logs_in_at_the_start_with_basic_and_without_a_bearer() -> None:
    call = Scene().desk.take(Call)
    assert (call.priority, call.request.bearer, call.deadline_s) == ("login", False, 15.0)
    assert call.request.url == "https://login.example.com/oauth/token"


def test_a_thousand_askers_share_one_fetch() -> None:
    scene = Scene()
    askers = [scene.want(f"asker.{number}") for number in range(1_000)]
    assert scene.fetches() == 1
    scene.grant()
    tokens = {asker.take(TokenGranted).secret for asker in askers}
    assert tokens == {f"{CANARY}-1"}
    assert scene.fetches() == 0


def test_who_asks_later_gets_the_same_token_at_once() -> None:
    scene = a_token(Scene())
    assert scene.want().take(TokenGranted).generation == 1
    assert scene.fetches() == 0


def test_who_asks_twice_is_answered_once() -> None:
    scene = Scene()
    asker = scene.want()
    scene.tell(WantToken(reply_to=asker))
    scene.grant()
    assert len(asker.take_all(TokenGranted)) == 1


def test_the_stash_of_askers_is_bounded_and_the_next_one_told_at_once() -> None:
    scene = Scene()
    for number in range(STASH):
        scene.want(f"asker.{number}")
    denied = scene.want("one too many").take(TokenDenied)
    assert not denied.final
    assert "token status" in denied.remedy


def test_tells_the_journal_and_not_the_token() -> None:
    scene = a_token(Scene())
    event = scene.journal.take(PublishEvent)
    assert (event.kind, event.data) == ("token.refreshed", {"generation": 1, "expires_in_s": 3_600.0})


# --- refreshing ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("lifetime_s", "refresh_s"), [(86_400, 86_100), (3_600, 3_300), (300, 240), (60, 48)])
def test_the_next_token_is_fetched_before_the_present_one_ends(lifetime_s: float, refresh_s: float) -> None:
    scene = a_token(Scene(), lifetime_s)
    scene.stage.advance(refresh_s - 0.01)
    assert scene.fetches() == 0
    scene.stage.advance(0.02)
    assert scene.fetches() == 1
    assert scene.want().take(TokenGranted).generation == 1  # the present one is good until the next is there
    scene.grant(lifetime_s)
    assert scene.want().take(TokenGranted).generation == 2


def test_a_token_of_a_minute_is_not_refreshed_in_a_loop() -> None:
    scene = Scene()
    for _ in range(600):
        if scene.fetches():
            scene.grant(60)
        scene.want()
        scene.stage.advance(1)
    assert scene.granted == 13  # 600 s by 48 s


def test_a_token_is_good_until_shortly_before_its_end() -> None:
    scene = a_token(Scene(), 100)
    assert scene.want().take(TokenGranted).good_until_s == 95


def test_how_long_it_is_good_counts_from_the_question_and_not_from_the_answer() -> None:
    scene = Scene()
    scene.stage.advance(10)
    scene.grant(100)
    assert scene.want().take(TokenGranted).good_until_s == 95


def test_when_no_new_token_comes_the_old_one_serves_to_its_end_and_then_askers_wait() -> None:
    scene = a_token(Scene(), 100)
    scene.stage.advance(80.01)
    scene.fail("transport")
    assert scene.want().take(TokenGranted).generation == 1
    assert not missed(scene)
    scene.stage.advance(15)
    asker = scene.want()
    assert not asker.heard
    scene.grant()
    assert asker.take(TokenGranted).generation == 2


def test_tells_the_journal_that_there_is_no_token_and_why() -> None:
    scene = Scene()
    scene.fail("transport", detail="Connection refused")
    (event,) = missed(scene)
    assert event.data == {"why": "Connection refused"}


def missed(scene: Scene) -> list[PublishEvent]:
    return [event for event in scene.journal.take_all(PublishEvent) if event.kind == "token.missing"]


# --- operators -----------------------------------------------------------------------------------------------


def test_shows_everything_but_the_token() -> None:
    scene = a_token(Scene(), 100)
    scene.stage.advance(15)
    shown = scene.show()
    assert shown == {
        "state": "valid",
        "generation": 1,
        "expires_in_s": 80.0,
        "expires_at": "2026-01-01T00:01:35Z",
        "scopes": ["a", "b"],
        "fetches": 1,
        "waiting": 0,
        "last_error": "",
        "remedy": "",
    }


def test_shows_the_scopes_that_were_granted_rather_than_those_asked_for() -> None:
    scene = Scene()
    scene.grant(scope="a")
    assert scene.show()["scopes"] == ["a"]


def test_a_refresh_is_answered_once_the_new_token_is_there() -> None:
    scene = a_token(Scene())
    reply = scene.ask(RefreshToken())
    assert scene.fetches() == 1
    scene.grant()
    assert reply.get(timeout=1)["generation"] == 2


def test_a_refresh_hurries_a_login_that_was_put_off_and_tells_its_failure() -> None:
    scene = Scene()
    scene.answer(401)
    reply = scene.ask(RefreshToken())
    scene.answer(403)
    shown = reply.get(timeout=1)
    assert shown["state"] == "denied"
    assert "403" in shown["last_error"]
    assert shown["remedy"] == FIX_SCOPE


def test_the_log_tells_a_refresh_that_failed_from_having_no_token(log: list[str]) -> None:
    scene = Scene()
    scene.answer(401)
    assert "no token: " in log[-1]
    scene.ask(RefreshToken())
    scene.grant()
    scene.ask(RefreshToken())
    scene.answer(503)
    assert "no new token for now: " in log[-1]


def test_refreshes_share_a_fetch_and_none_is_left_when_the_actor_ends() -> None:
    scene = Scene()
    replies = [scene.ask(RefreshToken()) for _ in range(3)]
    assert scene.fetches() == 1
    scene.actor.stopped()
    assert {reply.get(timeout=1)["state"] for reply in replies} == {"fetching"}
    reply = scene.ask(RefreshToken())
    scene.actor.release()
    assert reply.get(timeout=1)["state"] == "fetching"


# --- secrets -------------------------------------------------------------------------------------------------


def test_neither_token_nor_secret_is_in_a_log_an_event_an_answer_or_a_repr(log: list[str]) -> None:
    scene = Scene()
    call = scene.desk.heard[0]
    echo = {"error": CANARY, "error_description": SECRET, "access_token": f"{CANARY}\n"}
    seen: list[object] = [call, scene.actor, scene.actor.facts()]
    for status in (200, 400, 401, 403, 429, 500):
        asker = scene.want(f"asker.{status}")
        scene.answer(status, echo)
        seen += [*asker.heard, scene.show()]
        scene.ask(RefreshToken())
    scene.grant()
    seen += [*scene.want().heard, scene.show(), *scene.journal.heard, *scene.desk.heard]
    seen += [vars(scene.actor)]
    shown = "\n".join([*log, *(f"{thing!r} {thing}" for thing in seen)])
    assert "no token" in shown
    assert CANARY not in shown
