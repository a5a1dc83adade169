import asyncio
from collections.abc import Callable
from typing import Any, cast

from simulator.calls.wheel import MOST_SLOTS_AT_ONCE, Wheel


class FakeLoop:
    """A clock that is moved by hand, and the one timer that is set on it."""

    def __init__(self) -> None:
        self.now_s = 100.0
        self.due_s: float | None = None
        self._work: Callable[[], None] | None = None

    def time(self) -> float:
        return self.now_s

    def call_at(self, due_s: float, work: Callable[[], None]) -> object:
        self.due_s, self._work = due_s, work
        return object()

    def at(self, now_s: float) -> None:
        """Go to a moment, and call what is due on the way, at the moment arrived at."""
        self.now_s = now_s
        while self.due_s is not None and self.due_s <= self.now_s + 1e-9:
            work, self.due_s, self._work = self._work, None, None
            assert work is not None
            work()


class Rider:
    def __init__(self, loop: FakeLoop, turns: int = 1_000_000) -> None:
        self._loop, self._turns = loop, turns
        self.beats: list[float] = []

    def beat(self) -> bool:
        self.beats.append(self._loop.now_s)
        return len(self.beats) < self._turns


def made() -> tuple[FakeLoop, Wheel]:
    loop: Any = FakeLoop()
    return loop, Wheel(cast(asyncio.AbstractEventLoop, loop), 0.02)


def run(loop: FakeLoop, until_s: float, step_s: float = 0.001) -> None:
    for step in range(1, round((until_s - 100.0) / step_s) + 1):
        loop.at(100.0 + step * step_s)


def test_a_rider_beats_once_a_turn_however_long_it_goes_on() -> None:
    loop, wheel = made()
    rider = Rider(loop)
    wheel.board(rider)
    run(loop, 110.0)
    assert len(rider.beats) == 500
    assert max(wheel.late_ms) <= 1


def test_riders_are_spread_over_the_turn() -> None:
    loop, wheel = made()
    riders = [Rider(loop) for _ in range(40)]
    for rider in riders:
        wheel.board(rider)
    run(loop, 100.025)
    moments = {round(moment, 3) for rider in riders for moment in rider.beats}
    assert len(moments) >= 20
    assert all(1 <= len(rider.beats) <= 2 for rider in riders)


def test_what_was_not_done_in_time_is_made_up_for_and_counted() -> None:
    loop, wheel = made()
    rider = Rider(loop)
    wheel.board(rider)
    run(loop, 101.0)
    before = len(rider.beats)
    loop.at(101.5)
    assert len(rider.beats) - before == 25
    assert max(wheel.late_ms) >= 480
    run(loop, 103.0)
    assert len(rider.beats) == 150


def test_the_loop_gets_its_turn_while_much_is_made_up_for() -> None:
    loop, wheel = made()
    rider = Rider(loop)
    wheel.board(rider)
    loop.now_s = 110.0
    wheel._turn()
    assert len(rider.beats) <= MOST_SLOTS_AT_ONCE


def test_who_gets_off_is_not_called_again_and_an_empty_wheel_stands_still() -> None:
    loop, wheel = made()
    rider = Rider(loop, turns=3)
    wheel.board(rider)
    run(loop, 101.0)
    assert (len(rider.beats), loop.due_s) == (3, None)
    late = Rider(loop)
    wheel.board(late)
    loop.at(101.5)
    assert len(late.beats) in (24, 25)
