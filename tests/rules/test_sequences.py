"""What a broken sequence means."""

from hypothesis import given
from hypothesis import strategies as st

from rules.sequences import HIGHEST, Broken, broken

numbers = st.integers(0, HIGHEST)


def test_a_number_that_was_due_is_right() -> None:
    assert broken(7, 7) is None


def test_frames_that_are_missing_are_counted_and_the_new_number_is_used() -> None:
    found = broken(7, 10)
    assert found == Broken(kind="gap", count=3)
    assert found.usable


def test_the_last_number_again_is_a_repeat_and_an_earlier_one_a_step_back() -> None:
    assert broken(7, 6) == Broken(kind="repeat", count=1)
    assert broken(7, 5) == Broken(kind="step_back", count=1)


@given(expected=numbers, got=numbers)
def test_only_what_goes_forward_is_used(expected: int, got: int) -> None:
    found = broken(expected, got)
    assert (found is None or found.usable) == (got >= expected)
