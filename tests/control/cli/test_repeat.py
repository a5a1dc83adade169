"""watch and shell: other verbs, again and again."""

import pytest

from control.cli import build, exits
from control.cli.nouns import NOUNS
from control.cli.repeat import look, obey, offered
from control.server import ControlServer
from messages.gateway import Resume
from tests.control.cli.conftest import Ctl, unread
from tests.control.house import FakeHouse


class Recorded:
    """Runs nothing: remembers command lines and ends as told."""

    def __init__(self, codes: list[int]) -> None:
        self.seen: list[list[str]] = []
        self._codes = iter(codes)

    def __call__(self, words: list[str]) -> int:
        self.seen.append(words)
        return next(self._codes)


def test_watch_repeats_a_command_with_its_options(house: FakeHouse, ctl: Ctl) -> None:
    ran = ctl("watch", "--every", "0.01", "--count", "3", "session", "list", "--json")
    assert (ran.code, ran.lines) == (0, ['{"sessions":[]}'] * 3)


def test_watch_ends_as_the_last_look_did(ctl: Ctl) -> None:
    assert ctl("watch", "--count", "1", "session", "close", "nobody").code == 2


def test_looks_as_often_as_told() -> None:
    run = Recorded(codes=[3, 0])
    assert look(run, ["gateway", "status"], 0.001, 2) == 0
    assert run.seen == [["gateway", "status"]] * 2


def test_watch_ends_with_a_command_that_is_wrong_instead_of_repeating_its_error(ctl: Ctl) -> None:
    ran = ctl("watch", "--every", "0.01", "--count", "3", "session", "lst")
    assert (ran.code, ran.err.count("No such command")) == (2, 1)


@pytest.mark.parametrize("passing", [exits.UNREACHABLE, exits.TRY_AGAIN, exits.FAILED])
def test_looks_on_when_the_gateway_is_away_and_when_what_was_found_is_gone(passing: int) -> None:
    run = Recorded(codes=[passing, exits.OK, exits.USAGE, exits.OK])
    assert look(run, ["stream", "show", "s-1"], 0.001, 4) == exits.OK


@pytest.mark.parametrize("away", [exits.UNREACHABLE, exits.TRY_AGAIN, exits.UNAVAILABLE, exits.TIMED_OUT])
def test_ends_when_the_gateway_that_was_away_says_that_the_command_is_wrong(away: int) -> None:
    run = Recorded(codes=[away, away, exits.USAGE])
    assert look(run, ["session", "close", "nobody"], 0.001, None) == exits.USAGE


def test_a_shell_takes_lines_until_exit(house: FakeHouse, ctl: Ctl) -> None:
    house.actors["gateway"].answers[Resume] = {"state": "running"}
    ran = ctl("shell", stdin="gateway resume\n\nsession list\nexit\ngateway resume\n")
    assert ran.lines == ["✔ the gateway is running", "no sessions"]


def test_a_shell_offers_every_nouns_verbs_and_its_own_end() -> None:
    may_follow = offered(build())
    assert {"list", "restart", "close"} == set(may_follow["session"])
    assert "faults" in may_follow["sim"]
    assert set(may_follow) == {*NOUNS, "exit"}


def test_a_wrong_line_does_not_end_the_shell() -> None:
    run = Recorded(codes=[2])
    assert obey(run, ['say "', "transfer start 'a b' tel:1", "quit", "late"]) == 2
    assert run.seen == [["transfer", "start", "a b", "tel:1"]]


def test_a_shell_ends_as_its_last_line_did(ctl: Ctl) -> None:
    assert ctl("shell", stdin="session close nobody\nexit\n").code == 2
    assert ctl("shell", stdin="session close nobody\nsession list\n").code == 0
    assert obey(Recorded(codes=[0]), ["session list", 'say "']) == 2


@pytest.mark.parametrize("words", ["session list --json", "watch --every 0.01 session list --json"])
def test_who_is_not_read_any_more_ends_and_has_not_failed(house: FakeHouse, door: ControlServer, words: str) -> None:
    assert unread(house, *words.split()) == 0
