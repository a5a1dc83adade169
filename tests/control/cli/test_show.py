"""What people see."""

import pytest

from control.cli import show


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


def test_a_terminal_gets_a_drawn_table(capsys: pytest.CaptureFixture[str]) -> None:
    show._rich_table(["NAME", "STATE"], [["a[bold]b", "open"]])
    drawn = capsys.readouterr().out
    assert "NAME" in drawn
    assert "a[bold]b" in drawn
