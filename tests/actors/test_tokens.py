"""The one token: one fetch for any number of askers, never in a loop, never shown."""

from collections.abc import Iterator
from typing import Any

import orjson
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule
from loguru import logger

from actors.reply import Reply
from actors.tokens import STASH, Credentials, TokenActor
from genesys.tutorial.oauth import FIX_CLIENT, FIX_SCOPE, TutorialOAuth
from messages.journal import PublishEvent
from messages.rest import Call, CallAnswered, Failure, HttpResponse
from messages.tokens import RefreshToken, ShowToken, TokenDenied, TokenGranted, TokenRejected, WantToken
from tests.kit import Probe, Stage

CANARY = "canary-4d1e"
SECRET = f"secret-{CANARY}"


class Scene:
    """A token actor whose logins a test answers; it has just started and asked for its first token."""

    def __init__(self) -> None:
        self.stage, self.desk, self.journal = Stage(), Probe("rest"), Probe("journal")
        self.actor = TokenActor(
            self.stage.seat("token"),
            desk=self.desk,
            journal=self.journal,
            oauth=TutorialOAuth(login_url="https://login.example.com"),
            credentials=Credentials(client_id="id", client_secret=SECRET, scopes=("a", "b")),
        )
        self.token = self.stage.play(self.actor)
        self.granted = 0

    def tell(self, message: object) -> None:
        self.token.tell(message)
        self.stage.run()

    def want(self, name: str = "asker") -> Probe:
        asker = Probe(name)
        self.tell(WantToken(reply_to=asker))
        return asker

    def grant(self, lifetime_s: object = 3_600, **more: object) -> None:
        self.granted += 1
        body = {"access_token": f"{CANARY}-{self.granted}", "token_type": "bearer", "expires_in": lifetime_s, **more}
        self.answer(200, body)

    def answer(self, status: int, body: object = None, **more: Any) -> None:
        response = HttpResponse(status=status, headers={}, body=orjson.dumps(body or {}))
        self.tell(CallAnswered(call_id=self.desk.take(Call).call_id, response=response, **more))

    def fail(self, failure: Failure, **more: Any) -> None:
        self.tell(CallAnswered(call_id=self.desk.take(Call).call_id, response=None, failure=failure, **more))

    def fetches(self) -> int:
        return sum(isinstance(message, Call) for message in self.desk.heard)

    def show(self) -> dict[str, Any]:
        return self.ask(ShowToken()).get(timeout=1)  # type: ignore[no-any-return]

    def ask(self, message: object) -> Reply:
        reply = self.token.request(message)
        self.stage.run()
        return reply


def a_token(scene: Scene, lifetime_s: float = 3_600) -> Scene:
    scene.grant(lifetime_s)
    return scene


@pytest.fixture
def log() -> Iterator[list[str]]:
    lines: list[str] = []
    sink = logger.add(lambda line: lines.append(str(line)), level="TRACE", backtrace=False, diagnose=False)
    yield lines
    logger.remove(sink)


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
    scene.stage.advance(15)
    asker = scene.want()
    assert not asker.heard
    scene.grant()
    assert asker.take(TokenGranted).generation == 2


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


class Logins(RuleBasedStateMachine):
    """Any order of questions, answers, rejections and time."""

    def __init__(self) -> None:
        super().__init__()
        self.scene = Scene()
        self.last: TokenGranted | None = None
        self.asked: list[float] = []
        self.seen = 0
        self.note()

    def note(self) -> None:
        fetches = self.scene.show()["fetches"]
        self.asked += [self.scene.stage.world.now_s] * (fetches - self.seen)
        self.seen = fetches

    @rule(seconds=st.sampled_from([0.1, 1, 7, 47, 60, 299, 4_000]))
    def time_passes(self, seconds: float) -> None:
        self.scene.stage.advance(seconds)
        self.note()

    @rule(lifetime_s=st.sampled_from([1, 5, 60, 300, 301, 3_600, 86_400]))
    def a_login_works(self, lifetime_s: float) -> None:
        if self.scene.fetches():
            self.scene.desk.heard = self.scene.desk.heard[-1:]
            self.scene.grant(lifetime_s)

    @rule(status=st.sampled_from([400, 401, 403, 429, 500, 503]))
    def a_login_fails(self, status: int) -> None:
        if self.scene.fetches():
            self.scene.desk.heard = self.scene.desk.heard[-1:]
            self.scene.answer(status)

    @rule(burst=st.integers(1, 5))
    def a_burst_of_askers(self, burst: int) -> None:
        for number in range(burst):
            for token in self.scene.want(f"asker.{number}").take_all(TokenGranted):
                self.last = token
                assert token.good_until_s > self.scene.stage.world.now_s

    @rule()
    def genesys_says_401(self) -> None:
        if self.last is not None:
            self.scene.tell(TokenRejected(generation=self.last.generation))

    @rule()
    def an_operator_refreshes(self) -> None:
        self.scene.ask(RefreshToken())

    @invariant()
    def at_most_one_login_is_open(self) -> None:
        self.note()
        opened = [message for message in self.scene.desk.heard if isinstance(message, Call)]
        now_s = self.scene.stage.world.now_s
        assert sum(call.deadline_s >= now_s for call in opened) <= 1

    @invariant()
    def whoever_waits_has_a_login_coming(self) -> None:
        actor, shown = self.scene.actor, self.scene.show()
        if shown["waiting"]:
            assert self.scene.fetches() or "fetch" in actor._alarms


Logins.TestCase.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)
TestLogins = Logins.TestCase
