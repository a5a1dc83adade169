"""switchboardctl actor …, session …, token …, budget …"""

from messages.rest import ShowBudget
from messages.sessions import CloseSession, ReconnectSession, ShowSession
from messages.supervision import ChildRefused, ChildStarted, Describe, Description, RestartChild
from messages.tokens import RefreshToken, ShowToken
from tests.control.cli.conftest import Ctl
from tests.control.house import FakeHouse

SESSION = {
    "name": "transfer",
    "kind": "transfer",
    "state": "open",
    "url": "wss://api.example/api/v2/websocket",
    "tls": {"version": "TLSv1.3", "cipher": "TLS_AES_256_GCM_SHA384"},
    "connected_since": "2026-01-01T00:00:00.000Z",
    "reconnects": 1,
    "last_error": None,
}


def test_shows_an_actor_with_its_facts(house: FakeHouse, ctl: Ctl) -> None:
    description = Description(name="token", kind="TokenActor", incarnation=2, facts={"fetches": 4, "held": {"a": 1}})
    house.actors["token"].answers[Describe] = description
    ran = ctl("actor", "show", "token")
    assert "kind         TokenActor" in ran.lines
    assert "fetches      4" in ran.lines
    assert "held.a       1" in ran.lines


def test_restarts_an_actor(house: FakeHouse, ctl: Ctl) -> None:
    house.actors["root"].answers[RestartChild] = ChildStarted(name="token", incarnation=3)
    ran = ctl("actor", "restart", "token", "--reason", "stuck")
    assert (ran.code, ran.lines) == (0, ["✔ token runs again as incarnation 3"])
    assert house.actors["root"].hears() == RestartChild(name="token", reason="stuck")


def test_a_restart_that_was_refused_is_exit_code_1(house: FakeHouse, ctl: Ctl) -> None:
    house.actors["root"].answers[RestartChild] = ChildRefused(name="x", why="there is no x; see gateway tree")
    ran = ctl("actor", "restart", "x")
    assert (ran.code, ran.lines) == (1, ["✘ x was not restarted: there is no x; see gateway tree"])


def test_lists_sessions_with_their_tls(house: FakeHouse, ctl: Ctl) -> None:
    house.add("session.transfer").answers[ShowSession] = SESSION
    ran = ctl("session", "list")
    assert ran.lines[1].split("\t")[:3] == ["transfer", "open", "TLSv1.3 TLS_AES_256_GCM_SHA384"]
    assert ctl("session", "list", "--json").json == {"sessions": [SESSION]}


def test_a_session_without_tls_has_none(house: FakeHouse, ctl: Ctl) -> None:
    house.add("session.transfer").answers[ShowSession] = SESSION | {"tls": None}
    assert ctl("session", "list").lines[1].split("\t")[2] == ""


def test_no_sessions_are_said_to_be_none(ctl: Ctl) -> None:
    assert ctl("session", "list").lines == ["no sessions"]


def test_reconnects_and_closes_a_session(house: FakeHouse, ctl: Ctl) -> None:
    session = house.add("session.transfer")
    session.answers = {ReconnectSession: lambda _: None, CloseSession: lambda _: None}
    assert ctl("session", "restart", "transfer").lines == ["✔ transfer is reconnecting"]
    assert ctl("session", "close", "transfer").code == 0
    assert session.hears() == ReconnectSession(reason="asked by an operator")
    assert session.hears() == CloseSession()


def test_a_session_that_is_not_there_is_a_usage_error(ctl: Ctl) -> None:
    ran = ctl("session", "close", "nobody")
    assert ran.code == 2
    assert "name: nobody here is called 'nobody'; see `session list`" in ran.err


def test_shows_and_refreshes_the_token(house: FakeHouse, ctl: Ctl) -> None:
    house.actors["token"].answers = {
        ShowToken: {"state": "valid", "scopes": ["a", "b"]},
        RefreshToken: {"state": "valid", "generation": 2},
    }
    assert ctl("token", "status").lines == ["state   valid", "scopes  a, b"]
    assert "generation  2" in ctl("token", "refresh").lines


def test_a_refresh_that_brings_no_new_token_is_exit_code_1(house: FakeHouse, ctl: Ctl) -> None:
    house.actors["token"].answers[RefreshToken] = {"state": "valid", "last_error": "the login answered 401"}
    ran = ctl("token", "refresh")
    assert (ran.code, ran.lines[-1]) == (1, "last_error  the login answered 401")


def test_shows_the_budget(house: FakeHouse, ctl: Ctl) -> None:
    house.actors["rest"].answers[ShowBudget] = {"allowed": 300, "used": 12, "queue": {"login": 0, "steer": 2}}
    assert ctl("budget", "show").lines == [
        "allowed      300",
        "used         12",
        "queue.login  0",
        "queue.steer  2",
    ]
