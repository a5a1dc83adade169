"""However starts are asked for, no second holds more of them than it may."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.pacing import Pace, burst_for, pace

ASKED_AT = st.lists(st.floats(min_value=0.0, max_value=3.0), min_size=1, max_size=700).map(sorted)


def starts(kept: Pace, asked_at: list[float]) -> list[float]:
    """When each of those who ask one after the other may start."""
    now, started = 0.0, []
    for asked in asked_at:
        now = max(now, asked)
        now += kept.wait_s(now)
        kept = kept.after(now)
        started.append(now)
    return started


def most_in_a_second(started: list[float]) -> int:
    return max(sum(begin <= moment < begin + 1.0 for moment in started) for begin in started)


@given(asked_at=ASKED_AT, per_s=st.sampled_from([1.0, 7.5, 100.0]))
def test_no_sliding_second_holds_more_starts_than_rate_and_burst(asked_at: list[float], per_s: float) -> None:
    assert most_in_a_second(starts(pace(per_s), asked_at)) <= per_s + burst_for(per_s)


def test_a_thousand_at_once_take_ten_seconds_and_never_more_than_110_a_second() -> None:
    started = starts(pace(100.0), [0.0] * 1_000)
    assert most_in_a_second(started) <= 110
    assert started[-1] == pytest.approx(9.95)


def test_who_comes_late_may_catch_up_by_the_burst_only() -> None:
    kept = pace(100.0)
    first_six = starts(kept, [50.0] * 6)
    assert first_six[:5] == [50.0] * 5
    assert first_six[5] == pytest.approx(50.01)


def test_the_first_start_need_not_wait() -> None:
    assert pace(1.0).wait_s(0.0) == 0.0


def test_waiting_shrinks_as_time_goes_by() -> None:
    kept = pace(2.0).after(10.0)
    assert kept.wait_s(10.0) == pytest.approx(0.5)
    assert kept.wait_s(10.4) == pytest.approx(0.1)
    assert kept.wait_s(11.0) == 0.0


@pytest.mark.parametrize("per_s", [0.0, -1.0, float("nan")])
def test_a_rate_that_is_none_is_refused(per_s: float) -> None:
    with pytest.raises(ValueError, match="above 0"):
        pace(per_s)
