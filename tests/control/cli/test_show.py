"""What people see."""

import pytest

from control.cli import show
from control.server import ControlServer
from messages.gateway import Resume
from messages.sessions import ShowSession
from tests.control.cli.conftest import on_a_terminal
from tests.control.house import FakeHouse


def test_what_does_not_print_is_shown_by_its_number() -> None:
    assert show.clean("a\x1b[31mb\r\n\u2028c") == "a\\x1b[31mb\\x0d\\x0a\\x2028c"
    assert show.clean("grün ✔") == "grün ✔"
    assert show.clean(None) == ""
    assert show.clean({"a": [True, None]}) == '{"a": [true, null]}'


def test_a_key_looks_into_mappings_and_finds_nothing_elsewhere() -> None:
    row = {"tls": {"version": "TLSv1.3"}, "url": None}
    assert show.key("tls.version")(row) == "TLSv1.3"
    assert show.key("url.host")(row) is None


def test_columns_are_headed_by_the_last_word_of_their_key() -> None:
    assert [head for head, _ in show.columns("mailbox.high_water", "name")] == ["high water", "name"]


def test_empty_fields_are_left_out(capsys: pytest.CaptureFixture[str]) -> None:
    show.fields([("a", 1), ("empty", ""), ("none", None), ("long name", 0)])
    assert capsys.readouterr().out == "a          1\nlong name  0\n"


def test_an_outcome_without_time_has_none(capsys: pytest.CaptureFixture[str]) -> None:
    ended = {"status": "refused", "kind": "transfer", "request_id": "r", "detail": "no", "latency_ms": 0, "retries": 0}
    show.outcome({**ended, "reasons": [{"code": "SB-1", "gate": "g", "message": "m", "remedy": ""}]})
    assert capsys.readouterr().out == "✘ refused transfer r: no\n  SB-1 g: m\n"


def test_a_time_is_told_in_its_two_largest_units() -> None:
    told = [show.lasting(seconds) for seconds in (0.4, 61.4, 7_200, 3 * 86_400 + 4 * 3_600 + 59)]
    assert told == ["0 s", "1 min 1 s", "2 h 0 min", "3 d 4 h"]


SESSION = {"name": "transfer", "state": "backing off", "reconnects": 0, "last_error": "connection refused"}


def test_a_table_on_a_terminal_keeps_to_its_width(house: FakeHouse, door: ControlServer) -> None:
    house.add("session.transfer").answers[ShowSession] = SESSION
    code, lines = on_a_terminal(house, "session", "list", columns=50)
    assert code == 0
    assert lines == [
        "NAME      STATE    RECONNECTS  LAST ERROR",
        "─" * 41,
        "transfer  backing           0  connection",
        "          off                  refused",
    ]


@pytest.mark.parametrize(
    ("no_color", "line"),
    [(False, "\x1b[32m✔\x1b[0m the gateway is running"), (True, "✔ the gateway is running")],
)
def test_a_mark_is_coloured_on_a_terminal_unless_the_operator_wants_none(
    house: FakeHouse, door: ControlServer, no_color: bool, line: str
) -> None:
    house.actors["gateway"].answers[Resume] = {"state": "running"}
    assert on_a_terminal(house, "gateway", "resume", no_color=no_color) == (0, [line])


def test_a_table_that_fits_nowhere_comes_row_by_row(house: FakeHouse, door: ControlServer) -> None:
    house.add("session.transfer").answers[ShowSession] = SESSION
    _, lines = on_a_terminal(house, "session", "list", columns=25)
    assert lines == [
        "name        transfer",
        "state       backing off",
        "reconnects  0",
        "last error  connection",
        "            refused",
        "",
    ]
