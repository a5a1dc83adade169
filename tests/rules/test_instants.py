"""Times as text sort as times."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.instants import instant, parsed

moments = st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))


def test_is_utc_with_milliseconds() -> None:
    local = datetime(2026, 1, 31, 14, 0, 0, 1999, timezone(timedelta(hours=2)))
    assert instant(local) == "2026-01-31T12:00:00.001Z"


@given(moments, moments)
def test_the_order_of_texts_is_the_order_of_times(one: datetime, other: datetime) -> None:
    if one <= other:
        assert instant(one) <= instant(other)


@pytest.mark.parametrize("text", ["2026-01-31T12:00:00Z", "2026-01-31T14:00:00+02:00", "2026-01-31T12:00:00"])
def test_reads_any_offset(text: str) -> None:
    assert instant(parsed(text)) == "2026-01-31T12:00:00.000Z"


@pytest.mark.parametrize("text", ["", "yesterday", "2026-13-01T00:00:00Z", "0001-01-01T00:00:00+14:00"])
def test_anything_else_is_a_value_error(text: str) -> None:
    with pytest.raises(ValueError):
        parsed(text)
