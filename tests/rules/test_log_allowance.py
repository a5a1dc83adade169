"""A source that talks without end gets a burst, then a trickle, and what it lost is told."""

from rules.log_allowance import LogAllowance


def test_a_burst_passes_and_the_rest_waits_for_its_time() -> None:
    allowance = LogAllowance(burst=2, per_s=1.0)
    assert [allowance.take(10.0) for _ in range(4)] == [0, 0, None, None]
    assert allowance.take(11.0) == 2
    assert allowance.take(11.5) is None


def test_silence_saves_up_no_more_than_a_burst() -> None:
    allowance = LogAllowance(burst=2, per_s=1.0)
    assert [allowance.take(1_000.0) for _ in range(3)] == [0, 0, None]
