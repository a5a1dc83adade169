"""Retry decisions: what may be sent again, and when."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.retries import Ended, full_jitter, may_repeat, retry_delay_s

CHANCES = st.floats(0, 1, exclude_max=True)


@given(attempt=st.integers(-5, 10_000), chance=CHANCES)
def test_jitter_stays_between_zero_and_the_cap(attempt: int, chance: float) -> None:
    assert 0 <= full_jitter(attempt, 0.5, 60.0, chance) < 60.0


def test_jitter_doubles_its_bound_with_each_attempt() -> None:
    assert [full_jitter(attempt, 0.5, 60.0, 0.5) for attempt in range(4)] == [0.25, 0.5, 1.0, 2.0]


def test_no_chance_means_no_wait() -> None:
    assert full_jitter(3, 0.5, 60.0, 0.0) == 0.0


@pytest.mark.parametrize("idempotent", [True, False])
@pytest.mark.parametrize(
    ("ended", "of_idempotent", "of_other"),
    [
        (Ended(status=429), True, True),
        (Ended(status=500), True, False),
        (Ended(status=503), True, False),
        (Ended(status=501), False, False),
        (Ended(status=200), False, False),
        (Ended(status=302), False, False),
        (Ended(status=404), False, False),
        (Ended(failure="transport", maybe_sent=True), True, False),
        (Ended(failure="transport", maybe_sent=False), True, True),
        (Ended(failure="timeout", maybe_sent=True), True, False),
        (Ended(failure="timeout", maybe_sent=False), True, True),
        (Ended(failure="refused"), False, False),
        (Ended(failure="malformed", maybe_sent=True), False, False),
    ],
)
def test_nothing_that_is_not_idempotent_is_sent_twice_on_doubt(
    ended: Ended, of_idempotent: bool, of_other: bool, idempotent: bool
) -> None:
    assert may_repeat(ended, idempotent=idempotent) is (of_idempotent if idempotent else of_other)


def test_waits_by_jitter_where_nothing_was_asked_for() -> None:
    assert retry_delay_s(Ended(status=500), retries=1, left_s=10, chance=0.5) == 0.5


def test_gives_up_when_the_jittered_wait_ends_past_the_deadline() -> None:
    assert retry_delay_s(Ended(status=500), retries=1, left_s=0.4, chance=0.5) is None


def test_a_retry_after_past_the_deadline_is_not_waited_for() -> None:
    assert retry_delay_s(Ended(status=429, retry_after_s=30), retries=0, left_s=30, chance=0.0) is None


def test_a_retry_after_over_three_minutes_is_not_waited_for() -> None:
    assert retry_delay_s(Ended(status=429, retry_after_s=181), retries=0, left_s=1_000, chance=0.0) is None
    assert retry_delay_s(Ended(status=429, retry_after_s=180), retries=0, left_s=1_000, chance=0.0) == 180


@given(asked=st.floats(0, 180), left=st.floats(0.001, 1_000), chance=CHANCES, retries=st.integers(0, 3))
def test_a_retry_after_is_never_undercut_and_the_deadline_never_passed(
    asked: float, left: float, chance: float, retries: int
) -> None:
    delay = retry_delay_s(Ended(status=429, retry_after_s=asked), retries=retries, left_s=left, chance=chance)
    assert delay is None or asked <= delay <= left
    assert (delay is None) == (asked >= left)
