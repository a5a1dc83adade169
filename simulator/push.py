"""Numbered, time-stamped messages to many sessions at a steady rate, from one ticker: for benchmarks of receivers."""

import asyncio
from heapq import heappop, heappush
from itertools import count
from time import monotonic_ns

from simulator import frames
from simulator.sessions import Session
from simulator.state import Rate, World

TICK_S = 0.002  # messages due within it leave together
LATEST_S = 1.0  # further behind than this, the schedule starts anew instead of sending a burst


class Pusher:
    """One timer however many sessions there are; it runs only while there is something to send."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._due: list[tuple[float, int, Session, Rate, int]] = []
        self._order = count()
        self._timer: asyncio.TimerHandle | None = None

    @property
    def active(self) -> int:
        """Sessions that still have messages to come."""
        return len(self._due)

    def start(self, sessions: list[Session], rate: Rate) -> None:
        """Begin with every session, their first messages spread evenly over one period."""
        now, period_s = asyncio.get_running_loop().time(), 1 / rate.per_s
        for place, session in enumerate(sessions):
            first = now + period_s * place / len(sessions)
            heappush(self._due, (first, next(self._order), session, rate, 0))
        self._arm()

    def stop(self) -> int:
        """Forget everything scheduled; how many sessions that were."""
        stopped = len(self._due)
        self._due.clear()
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        return stopped

    def _arm(self) -> None:
        if self._timer is None and self._due:
            loop = asyncio.get_running_loop()
            self._timer = loop.call_at(max(self._due[0][0], loop.time() + TICK_S), self._tick)

    def _tick(self) -> None:
        self._timer = None
        now, due = asyncio.get_running_loop().time(), self._due
        sent = skipped = 0
        while due and due[0][0] <= now:
            when, order, session, rate, done = heappop(due)
            if not session.open:
                continue
            if session.congested:
                skipped += 1
            else:
                session.push_seq += 1
                session.write(frames.push(session.push_seq, monotonic_ns(), rate.size_bytes))
                sent += 1
            if rate.limit is None or done + 1 < rate.limit:
                base = when if now - when < LATEST_S else now
                heappush(due, (base + 1 / rate.per_s, order, session, rate, done + 1))
        self._world.count["push.sent"] += sent
        self._world.tally("push.skipped", skipped)
        self._arm()
