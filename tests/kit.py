"""The test kit: actors driven by hand, without threads, under a virtual clock. See docs/testing.md."""

import heapq
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import count
from random import Random
from typing import Any, TypeVar

from actors.address import Address
from actors.base import GatewayActor, Seat
from actors.mailbox import CAPACITY
from actors.reply import Reply
from actors.timers import Alarm, Ring
from messages.supervision import Elapsed
from rules.ids import uuid7

M = TypeVar("M")
EPOCH = datetime(2026, 1, 1, tzinfo=UTC)


class VirtualWorld:
    """Time that only `Stage.advance` moves, seeded chance, countable ids."""

    def __init__(self, seed: int = 1) -> None:
        self.now_s = 0.0
        self._chance = Random(seed)
        self._minted = count(1)

    def monotonic(self) -> float:
        return self.now_s

    def utc_now(self) -> datetime:
        return EPOCH + timedelta(seconds=self.now_s)

    def random(self) -> float:
        return self._chance.random()

    def new_id(self) -> str:
        return uuid7(int(self.now_s * 1000), next(self._minted))


class VirtualTimers:
    """Alarms on the virtual clock."""

    def __init__(self, world: VirtualWorld) -> None:
        self._world = world
        self._heap: list[tuple[float, int, Alarm]] = []
        self._order = count()

    def set(self, delay_s: float, ring: Ring, elapsed: Elapsed) -> Alarm:
        alarm = Alarm(ring, elapsed)
        heapq.heappush(self._heap, (self._world.now_s + max(0.0, delay_s), next(self._order), alarm))
        return alarm

    def next_due(self) -> float | None:
        while self._heap and self._heap[0][2].cancelled:
            heapq.heappop(self._heap)
        return self._heap[0][0] if self._heap else None

    def ring_next(self) -> None:
        _due, _order, alarm = heapq.heappop(self._heap)
        alarm.ring(alarm.elapsed)


class Probe:
    """Stands where an actor would: records what it is told, and lets a test look at it."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.heard: list[Any] = []

    def tell(self, message: object) -> None:
        self.heard.append(message)

    urge = tell

    def offer(self, message: object) -> bool:
        self.heard.append(message)
        return True

    def request(self, message: object, *, urgent: bool = False) -> Reply:
        self.heard.append(message)
        return Reply()

    def backlog(self) -> int:
        return 0

    def take(self, kind: type[M]) -> M:
        """The oldest message of `kind`, removed; fails the test with what was heard instead."""
        for index, message in enumerate(self.heard):
            if isinstance(message, kind):
                del self.heard[index]
                return message
        raise AssertionError(f"{self.name} heard no {kind.__name__}, only {self.heard}")

    def take_all(self, kind: type[M]) -> list[M]:
        """Every message of `kind`, removed."""
        taken = [message for message in self.heard if isinstance(message, kind)]
        self.heard = [message for message in self.heard if not isinstance(message, kind)]
        return taken


class Stage:
    """A set of unstarted actors and probes that a test moves step by step."""

    def __init__(self, seed: int = 1) -> None:
        self.world = VirtualWorld(seed)
        self.timers = VirtualTimers(self.world)
        self.superior = Probe("superior")
        self.dead: list[tuple[str, object, str]] = []
        self._actors: list[GatewayActor[Any]] = []

    def seat(self, name: str, capacity: int = CAPACITY, incarnation: int = 1) -> Seat:
        """A place for an actor that will never have a thread."""
        return Seat(
            address=Address(name, self._bury, capacity),
            incarnation=incarnation,
            superior=self.superior,
            world=self.world,
            timers=self.timers,
            office=self._bury,
        )

    def play(self, actor: GatewayActor[Any]) -> Address:
        """Take `actor` on stage: `started()` runs, and from now on `run` handles its messages."""
        self._actors.append(actor)
        actor.on_start()
        return actor.address

    def run(self) -> None:
        """Handle what waits, actor by actor, until nobody has anything to do."""
        while any(self._step(actor) for actor in self._actors):
            pass

    def advance(self, seconds: float) -> None:
        """Let time pass: alarms ring at their own moments, and what follows from each is handled before the next."""
        until = self.world.now_s + seconds
        self.run()
        while (due := self.timers.next_due()) is not None and due <= until:
            self.world.now_s = max(self.world.now_s, due)
            self.timers.ring_next()
            self.run()
        self.world.now_s = until

    def _step(self, actor: GatewayActor[Any]) -> bool:
        envelope = None if actor.actor_stopped.is_set() else actor.address.mailbox.get_nowait()
        if envelope is None:
            return False
        answer = actor.on_receive(envelope.message)
        if envelope.reply_to is not None:
            envelope.reply_to.set(answer)
        return True

    def _bury(self, receiver: str, message: object, why: str) -> None:
        self.dead.append((receiver, message, why))


class ManualTurns:
    """A pool whose turns a test runs by hand."""

    def __init__(self) -> None:
        self.turns: list[Callable[[], None]] = []
        self.written_off: list[int] = []

    def submit(self, turn: Callable[[], None]) -> None:
        self.turns.append(turn)

    def write_off(self, worker: int) -> None:
        self.written_off.append(worker)
