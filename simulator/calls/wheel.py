"""One timer for the frames of all calls: an absolute schedule, so that lateness never adds up and can be told."""

import asyncio
from typing import Protocol

MOST_SLOTS_AT_ONCE = 20  # made up for before the loop may read its sockets again
WORST_MS = 60_000


class Rider(Protocol):
    """Whoever has something to do once a turn."""

    def beat(self) -> bool:
        """Do it; False: get off."""
        ...


class Wheel:
    """Turns once each `period_s`, in slots of about a millisecond; a rider's time comes once a turn.

    What could not be done in time is done as soon as possible, and nothing is left out. `late_ms` counts the beats by
    how many whole milliseconds they were late.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop, period_s: float) -> None:
        self._loop = loop
        self._slots: list[dict[Rider, None]] = [{} for _ in range(max(1, round(period_s * 1000)))]
        self._grain_s = period_s / len(self._slots)
        self._began_s = loop.time()
        self._next = 0
        self._riders = 0
        self._timer: asyncio.TimerHandle | None = None
        self.late_ms: dict[int, int] = {}

    def board(self, rider: Rider) -> None:
        """Take `rider` along from the next turn on, where there is most room."""
        min(self._slots, key=len)[rider] = None
        self._riders += 1
        if self._timer is None:
            self._next = max(self._next, self._slot_after(self._loop.time()))
            self._wait()

    def _slot_after(self, now_s: float) -> int:
        return int((now_s - self._began_s) / self._grain_s) + 1

    def _due_s(self) -> float:
        return self._began_s + self._next * self._grain_s

    def _wait(self) -> None:
        self._timer = self._loop.call_at(self._due_s(), self._turn)

    def _turn(self) -> None:
        for _ in range(MOST_SLOTS_AT_ONCE):
            late_s = self._loop.time() - self._due_s()
            if late_s < 0:
                break
            self._beat(self._slots[self._next % len(self._slots)], late_s)
            self._next += 1
        self._timer = None
        if self._riders:
            self._wait()

    def _beat(self, slot: dict[Rider, None], late_s: float) -> None:
        if not slot:
            return
        late_ms = min(WORST_MS, int(late_s * 1000))
        self.late_ms[late_ms] = self.late_ms.get(late_ms, 0) + len(slot)
        for rider in [rider for rider in slot if not rider.beat()]:
            del slot[rider]
            self._riders -= 1
