"""Supervised tell and ask against plain pykka and SimpleQueue pykka, and from a crash to the next incarnation.

The three kinds of actor take turns within each round, so that a machine that slows down slows all of them; the ratios
are medians of each round's ratio. All run on one core, as the gateway does. Log lines are written, to /dev/null.
"""

import logging
import os
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any

import pykka
from loguru import logger

from actors.address import ask
from actors.base import GatewayActor, Seat
from actors.directory import Directory
from actors.timers import TimerThread
from actors.world import RealWorld
from benchmarks.table import middle, percentile, show
from messages.base import Json
from messages.supervision import Crashed, DescribeTree, Shutdown, Started
from supervisors.specs import Backoff, ChildSpec, SupervisorSpec
from supervisors.supervisor import SupervisorActor

ROUNDS, TELLS, ASKS, CRASHES = 9, 100_000, 10_000, 1_000
PLAIN, SIMPLE, OURS = "plain pykka (queue.Queue)", "SimpleQueue pykka", "supervised, ours"

Send = Callable[[object], object]


class Plain(pykka.ThreadingActor):
    """pykka as it comes."""

    def on_receive(self, message: Any) -> Any:
        """Count by being called; an event is the end."""
        if type(message) is threading.Event:
            message.set()
        return message


class Simple(Plain):
    """pykka with the one line that makes it fast."""

    @staticmethod
    def _create_actor_inbox() -> Any:
        return SimpleInbox()


class SimpleInbox(SimpleQueue):  # type: ignore[type-arg]
    """queue.SimpleQueue has all that pykka asks of an inbox."""


class Ours(GatewayActor[Any]):
    """The same actor under our supervisor."""

    def handle(self, message: Any) -> Any:
        """As Plain."""
        if type(message) is threading.Event:
            message.set()
        return message


class Mortal(GatewayActor[float]):
    """Dies of every message; each incarnation reports how long after the last death it was ready."""

    def __init__(self, seat: Seat, died_at_s: list[float], ready_after_s: SimpleQueue[float]) -> None:
        super().__init__(seat)
        self._died_at_s = died_at_s
        self._ready_after_s = ready_after_s

    def started(self) -> None:
        """Ready."""
        self._ready_after_s.put(time.perf_counter() - self._died_at_s[0])

    def handle(self, message: float) -> None:
        """Die."""
        self._died_at_s[0] = time.perf_counter()
        raise LookupError("as told")


class Application:
    """The root's superior: knows when the tree is up and down, and ends the run when the root fails."""

    def __init__(self) -> None:
        self.up, self.down = threading.Event(), threading.Event()

    def urge(self, message: object) -> None:
        """Hear the root."""
        if isinstance(message, Crashed):
            os._exit(1)
        (self.up if isinstance(message, Started) else self.down).set()


class Journal:
    """Stands for the journal."""

    name = "journal"

    def tell(self, message: object) -> None:
        """Let it go."""


def bury(receiver: str, message: object, why: str) -> None:
    """What killed Mortal ends here."""


@contextmanager
def tree(*children: ChildSpec) -> Iterator[Directory]:
    """Whom to talk to in a running tree above `children`; it stops at the end."""
    world, application, directory = RealWorld(), Application(), Directory(bury)
    timers = TimerThread(world.monotonic)
    threading.Thread(target=timers.run, daemon=True).start()
    address = directory.address("root")
    seat = Seat(
        address=address,
        incarnation=address.next_incarnation(),
        superior=application,
        world=world,
        timers=timers,
        office=bury,
    )
    spec = SupervisorSpec(name="root", children=children, intensity=10**9)
    SupervisorActor(seat, spec=spec, directory=directory, journal=Journal()).begin()
    application.up.wait()
    yield directory
    address.urge(Shutdown())
    application.down.wait()
    timers.close()


def tells_per_s(tell: Send) -> float:
    """One producer; until the last is handled."""
    done = threading.Event()
    start = time.perf_counter()
    for _ in range(TELLS):
        tell(1)
    tell(done)
    done.wait()
    return TELLS / (time.perf_counter() - start)


def asks_per_s(ask_: Send) -> float:
    """One asker, one question at a time."""
    start = time.perf_counter()
    for _ in range(ASKS):
        ask_(1)
    return ASKS / (time.perf_counter() - start)


def rounds(measure: Callable[[Send], float], sends: Mapping[str, Send]) -> dict[str, list[float]]:
    """`measure` of each kind, in turns; the first round warms up and is not counted."""
    rates: dict[str, list[float]] = {kind: [] for kind in sends}
    for number in range(ROUNDS + 1):
        for kind, send in sends.items():
            rate = measure(send)
            if number:
                rates[kind].append(rate)
    return rates


def ratio(rates: Mapping[str, list[float]], of: str, to: str) -> float:
    """The median of each round's ratio."""
    return middle([mine / theirs for mine, theirs in zip(rates[of], rates[to], strict=True)])


def compare() -> None:
    """The table of tells and asks."""
    plain, simple = Plain.start(), Simple.start()
    with tree(ChildSpec(name="ours", start=Ours, capacity=10**9)) as directory:
        ours = directory.address("ours")
        tells = rounds(tells_per_s, {PLAIN: plain.tell, SIMPLE: simple.tell, OURS: ours.tell})
        asks = rounds(
            asks_per_s,
            {
                PLAIN: lambda message: plain.ask(message, timeout=5.0),
                SIMPLE: lambda message: simple.ask(message, timeout=5.0),
                OURS: lambda message: ask(ours, message, 5.0),
            },
        )
    show(
        f"Messages per second, medians of {ROUNDS} rounds of {TELLS:,} tells and {ASKS:,} asks",
        ("actor", "tell/s", "ask/s"),
        [(kind, middle(tells[kind]), middle(asks[kind])) for kind in (PLAIN, SIMPLE, OURS)]
        + [
            ("ours : plain", ratio(tells, OURS, PLAIN), ratio(asks, OURS, PLAIN)),
            ("ours : SimpleQueue", ratio(tells, OURS, SIMPLE), ratio(asks, OURS, SIMPLE)),
            ("wanted", "2 and 0.7", "0.8 of plain"),
        ],
    )
    pykka.ActorRegistry.stop_all()


def crash_to_ready() -> None:
    """The table of restarts: from the raise in the old incarnation to the end of `started` in the new one."""
    died_at_s, ready_after_s = [time.perf_counter()], SimpleQueue[float]()
    mortal = ChildSpec(
        name="mortal",
        start=lambda seat: Mortal(seat, died_at_s, ready_after_s),
        backoff=Backoff(min_s=0.0, max_s=0.0),
    )
    taken_ms = []
    with tree(mortal) as directory:
        ready_after_s.get()
        for _ in range(CRASHES):
            directory.address("mortal").tell(1.0)
            taken_ms.append(1000 * await_ready(ready_after_s))
        counted = restarts(ask(directory.address("root"), DescribeTree()))
    show(
        f"From a crash to the next incarnation ready, {CRASHES:,} crashes, ms",
        ("p50", "p99", "wanted p50", "restarts in the tree"),
        [(percentile(taken_ms, 0.5), percentile(taken_ms, 0.99), "< 1", counted)],
    )


def await_ready(ready_after_s: SimpleQueue[float]) -> float:
    """Seconds; ends the run when nobody comes back."""
    try:
        return ready_after_s.get(timeout=10.0)
    except Empty:
        raise SystemExit("a crashed actor was not restarted within 10 s") from None


def restarts(row: Mapping[str, Json]) -> int:
    """Of all children."""
    children: Any = row["children"]
    return sum(child["restarts"] for child in children)


def main() -> None:
    """Both tables."""
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    with Path(os.devnull).open("w") as nowhere:
        logger.remove()
        logger.add(nowhere)
        logging.basicConfig(stream=nowhere)
        compare()
        crash_to_ready()


if __name__ == "__main__":
    main()
