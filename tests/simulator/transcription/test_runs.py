from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from simulator.transcription.runs import Runs


@given(st.lists(st.integers(1, 40)))
def test_runs_are_the_set_of_what_was_added(numbers: list[int]) -> None:
    runs, seen = Runs(), set[int]()
    for number in numbers:
        assert runs.add(number) is (number not in seen)
        seen.add(number)
    assert [number for first, last in runs for number in range(first, last + 1)] == sorted(seen)
    assert runs.count == len(seen)


@given(st.lists(st.integers(1, 40), min_size=1))
def test_runs_never_touch_and_the_holes_are_what_lies_between(numbers: list[int]) -> None:
    runs = Runs()
    for number in numbers:
        runs.add(number)
    pairs = list(runs)
    assert all(left[1] + 1 < right[0] for left, right in pairwise(pairs))
    missing = {number for first, last in runs.holes for number in range(first, last + 1)}
    assert missing == set(range(min(numbers), max(numbers) + 1)) - set(numbers)


def test_numbers_one_after_the_other_are_one_run() -> None:
    runs = Runs()
    for number in range(1, 1001):
        runs.add(number)
    assert (list(runs), len(runs)) == ([(1, 1000)], 1)
