"""Timers: a timer is a message at a time. One thread and one heap serve every actor."""

import heapq
import threading
from collections.abc import Callable
from itertools import count
from typing import Protocol

from messages.supervision import Elapsed

Ring = Callable[[Elapsed], None]


class Alarm:
    """One timer that was set; cancelling it is free and final."""

    __slots__ = ("cancelled", "elapsed", "ring")

    def __init__(self, ring: Ring, elapsed: Elapsed) -> None:
        self.ring = ring
        self.elapsed = elapsed
        self.cancelled = False

    @property
    def turn(self) -> int:
        """Which setting of its key it is."""
        return self.elapsed.turn

    def cancel(self) -> None:
        """Never ring."""
        self.cancelled = True


class Timers(Protocol):
    """Whoever keeps alarms: the thread below, or a test's virtual clock."""

    def set(self, delay_s: float, ring: Ring, elapsed: Elapsed) -> Alarm:
        """Call `ring(elapsed)` in `delay_s` seconds."""


LONGEST_WAIT_S = 3600.0  # at once: a token may be good for longer than the system can wait


class TimerThread:
    """The heap of alarms; `run` rings them until `close`. It outlives a crash of the thread that runs it.

    One thread at a time: whoever calls `run` last takes over, and the `run` before returns.
    """

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._heap: list[tuple[float, int, Alarm]] = []
        self._order = count()
        self._changed = threading.Condition()
        self._closed = False
        self._shift = 0

    def set(self, delay_s: float, ring: Ring, elapsed: Elapsed) -> Alarm:
        """Call `ring(elapsed)` in `delay_s` seconds, from the timer thread."""
        alarm = Alarm(ring, elapsed)
        due = self._monotonic() + max(0.0, delay_s)
        with self._changed:
            heapq.heappush(self._heap, (due, next(self._order), alarm))
            if self._heap[0][2] is alarm:
                self._changed.notify()
        return alarm

    def run(self) -> None:
        """Ring alarms as they fall due; returns after `close`, or when another thread runs it."""
        with self._changed:
            self._shift += 1
            shift = self._shift
            self._changed.notify_all()
        while (alarm := self._next(shift)) is not None:
            alarm.ring(alarm.elapsed)

    def open(self) -> None:
        """Let `run` run (again)."""
        with self._changed:
            self._closed = False

    def close(self) -> None:
        """Make `run` return; alarms that were set stay set."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    def pending(self) -> int:
        """How many alarms are set, cancelled ones included until their time."""
        return len(self._heap)

    def _next(self, shift: int) -> Alarm | None:
        with self._changed:
            while not self._closed and self._shift == shift:
                while self._heap and self._heap[0][2].cancelled:
                    heapq.heappop(self._heap)
                if not self._heap:
                    self._changed.wait()
                    continue
                wait_s = self._heap[0][0] - self._monotonic()
                if wait_s <= 0:
                    return heapq.heappop(self._heap)[2]
                self._changed.wait(min(wait_s, LONGEST_WAIT_S))
            return None
