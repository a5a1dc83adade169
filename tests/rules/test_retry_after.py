"""Retry-After in every shape a server has been seen to send it."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.retry_after import asked_s, retry_after_s

NOON = datetime(2026, 3, 1, 12, 0, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        (None, None),
        ("0", 0.0),
        ("1", 1.0),
        ("3600", 3600.0),
        ("Sun, 01 Mar 2026 12:00:30 GMT", 30.0),
        ("Sunday, 01-Mar-26 12:00:30 GMT", 30.0),
        ("Sun, 01 Mar 2026 11:00:00 GMT", 0.0),
        ("-5", None),
        ("1.5", None),
        ("soon", None),
        ("", None),
        ("９", None),
        ("9" * 400, None),
        ("Sun, 99999999999999999999 Mar 2026 12:00:30 GMT", None),
    ],
)
def test_seconds_and_dates_are_obeyed_and_nonsense_is_not(value: str | None, seconds: float | None) -> None:
    assert retry_after_s(value, NOON) == seconds


@given(st.text(max_size=40))
def test_no_text_breaks_it(value: str) -> None:
    told = retry_after_s(value, NOON)
    assert told is None or told >= 0.0


@pytest.mark.parametrize(
    ("value", "seconds"),
    [(None, None), (2, 2.0), (0.5, 0.5), (-3, 0.0), ("7", 7.0), ("soon", None), (True, None), ([], None), ({}, None)],
)
def test_in_json_it_may_be_a_number_too(value: object, seconds: float | None) -> None:
    assert asked_s(value, NOON) == seconds
