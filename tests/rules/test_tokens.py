"""When the next token is fetched."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.tokens import fetch_again_in_s, good_for_s, refresh_in_s, replace_in_s


@pytest.mark.parametrize(
    ("lifetime_s", "refresh_s"), [(86_400, 86_100), (3_600, 3_300), (1_500, 1_200), (300, 240), (60, 48), (1, 1)]
)
def test_the_margin_is_five_minutes_or_a_fifth_of_the_lifetime(lifetime_s: float, refresh_s: float) -> None:
    assert refresh_in_s(lifetime_s) == refresh_s


@given(lifetime_s=st.floats(1, 38_880_000))
def test_the_next_token_is_there_before_the_last_one_ends(lifetime_s: float) -> None:
    assert 0 < good_for_s(lifetime_s) < lifetime_s
    if lifetime_s > 2:
        assert refresh_in_s(lifetime_s) < good_for_s(lifetime_s)


def test_what_the_login_asks_for_is_waited_for_with_jitter_on_top() -> None:
    assert fetch_again_in_s(1, 30.0, 0.5) == 30.25
    assert fetch_again_in_s(3, None, 0.5) == 1.0


def test_no_login_puts_us_off_for_longer_than_three_minutes() -> None:
    assert fetch_again_in_s(1, 999_999_999.0, 0.0) == 180


def test_the_first_rejection_is_mended_at_once_and_the_next_ones_ever_more_slowly() -> None:
    assert [replace_in_s(rejections, 0.5) for rejections in (1, 2, 3, 4)] == [0.0, 2.0, 4.0, 8.0]
