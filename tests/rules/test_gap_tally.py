"""A line that breaks all the time is told of at once, then only now and then, and no break is lost in the sums."""

from hypothesis import given
from hypothesis import strategies as st

from messages.media import AudioStreamGap
from rules.gap_tally import GapTally


def gap(kind: str = "gap", expected: int = 5, got: int = 8, count: int = 3) -> AudioStreamGap:
    return AudioStreamGap(stream_id="s", kind=kind, expected=expected, got=got, count=count)  # type: ignore[arg-type]


def test_the_first_is_due_at_once() -> None:
    tally = GapTally(every_s=10.0)
    assert not tally.due(0.0)
    tally.add(gap())
    assert tally.due(0.0)
    assert tally.take(0.0) == {"breaks": 1, "expected": 5, "got": 8, "missing": 3}
    assert not tally.waits


def test_those_after_it_wait_and_are_added_up() -> None:
    tally = GapTally(every_s=10.0)
    tally.add(gap())
    tally.take(0.0)
    for broken in (gap(expected=20, got=21, count=1), gap("repeat", 22, 21, 1), gap("step_back", 23, 9, 1)):
        tally.add(broken)
    assert not tally.due(9.9)
    assert tally.due(10.0)
    told = tally.take(10.0)
    assert told == {"breaks": 3, "expected": 20, "got": 9, "missing": 1, "repeated": 1, "stepped_back": 1}


@given(st.lists(st.tuples(st.sampled_from(["gap", "dropped", "discarded"]), st.integers(1, 50), st.floats(0, 5))))
def test_nothing_is_lost(breaks: list[tuple[str, int, float]]) -> None:
    tally, now_s, told = GapTally(every_s=3.0), 0.0, 0
    for kind, count, later_s in breaks:
        now_s += later_s
        tally.add(gap(kind, count=count))
        if tally.due(now_s):
            told += _frames(tally.take(now_s))
    if tally.waits:
        told += _frames(tally.take(now_s))
    assert told == sum(count for _, count, _ in breaks)


def _frames(told: object) -> int:
    assert isinstance(told, dict)
    return sum(told.get(name, 0) for name in ("missing", "dropped", "discarded"))
