"""Actors with real threads, for tests in which the threads are the point; everything waits with a deadline."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from queue import Empty, SimpleQueue
from typing import Any, TypeVar

from actors.address import Address
from actors.base import GatewayActor, Seat, incarnate
from actors.directory import Directory
from actors.timers import TimerThread
from actors.world import RealWorld
from messages.supervision import FromActor

R = TypeVar("R")
DEADLINE_S = 20.0


class Watch:
    """A superior that hands a test what it hears, one report after the other."""

    def __init__(self) -> None:
        self._heard: SimpleQueue[FromActor] = SimpleQueue()

    def urge(self, message: FromActor) -> None:
        self._heard.put(message)

    def hear(self, kind: type[R]) -> R:
        """The next report, which must be of `kind`."""
        try:
            report = self._heard.get(timeout=DEADLINE_S)
        except Empty:
            raise AssertionError(f"no {kind.__name__} within {DEADLINE_S} s") from None
        assert isinstance(report, kind), report
        return report

    def heard_nothing_more(self) -> bool:
        return self._heard.empty()


class House:
    """Seats for actors with threads; the next incarnation of a name reads the same mailbox."""

    def __init__(self) -> None:
        self.world = RealWorld()
        self.watch = Watch()
        self.timers = TimerThread(self.world.monotonic)
        self.dead: list[tuple[str, object, str]] = []
        self.directory = Directory(self.bury)

    def bury(self, receiver: str, message: object, why: str) -> None:
        self.dead.append((receiver, message, why))

    def seat(self, name: str, capacity: int = 10_000) -> Seat:
        address = self.directory.address(name, capacity)
        return Seat(
            address=address,
            incarnation=address.next_incarnation(),
            superior=self.watch,
            world=self.world,
            timers=self.timers,
            office=self.bury,
        )

    def live(
        self, start: Callable[[Seat], GatewayActor[Any]], name: str = "a", capacity: int = 10_000
    ) -> tuple[GatewayActor[Any], Address]:
        """A running incarnation and its address."""
        seat = self.seat(name, capacity)
        actor = incarnate(start, seat)
        assert actor is not None, "its constructor raised"
        return actor, seat.address


@contextmanager
def ringing(timers: TimerThread) -> Iterator[None]:
    """The timer thread runs."""
    thread = threading.Thread(target=timers.run, daemon=True)
    thread.start()
    try:
        yield
    finally:
        timers.close()
        thread.join(DEADLINE_S)


class Gate:
    """Where a test holds an actor back: `wait` tells that it has arrived, and waits to be opened."""

    held: threading.Thread

    def __init__(self) -> None:
        self._arrived = threading.Event()
        self._opened = threading.Event()

    def wait(self) -> None:
        self.held = threading.current_thread()
        self._arrived.set()
        assert self._opened.wait(DEADLINE_S)

    def await_arrival(self) -> None:
        assert self._arrived.wait(DEADLINE_S)

    def open(self) -> None:
        self._opened.set()
