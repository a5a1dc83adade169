"""Supervision as data: who is started how, in which order, and what happens when it ends. The words are OTP's."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import pairwise
from typing import Any, TypeAlias

from actors.base import GatewayActor, Seat
from actors.mailbox import CAPACITY

INTENSITY = 3  # restarts in PERIOD_S that a supervisor takes before it gives up. Source: Elixir's Supervisor
PERIOD_S = 5.0
SHUTDOWN_S = 5.0  # Source: OTP supervisor, default for workers
START_S = 10.0


class Restart(StrEnum):
    """Whether a child that ended is started again."""

    PERMANENT = "permanent"  # always
    TRANSIENT = "transient"  # only after a crash
    TEMPORARY = "temporary"  # never


class Strategy(StrEnum):
    """Who is restarted with a child that crashed."""

    ONE_FOR_ONE = "one_for_one"  # nobody
    ONE_FOR_ALL = "one_for_all"  # everybody
    REST_FOR_ONE = "rest_for_one"  # those after it in start order


PERMANENT, TRANSIENT, TEMPORARY = Restart.PERMANENT, Restart.TRANSIENT, Restart.TEMPORARY
ONE_FOR_ONE, ONE_FOR_ALL, REST_FOR_ONE = Strategy.ONE_FOR_ONE, Strategy.ONE_FOR_ALL, Strategy.REST_FOR_ONE


@dataclass(frozen=True, slots=True, kw_only=True)
class Backoff:
    """The first restart within the period is immediate; then uniform in [0, min_s), [0, 2 min_s) … up to max_s.

    The child that rings everybody's alarms needs Backoff(min_s=0, max_s=0): nothing would ring its own.
    """

    min_s: float = 0.1
    max_s: float = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class PerChild:
    """Count restarts child by child: past `intensity` in `period_s` only that child is given up.

    `cap` bounds the restarts of all children together in the same period; past it the supervisor gives up.
    """

    intensity: int = 10
    period_s: float = 60.0
    cap: int = 3_000


@dataclass(frozen=True, slots=True, kw_only=True)
class ChildSpec:
    """One child; `start` makes an incarnation on its seat without starting a thread or waiting for anything.

    A child not up `start_s` after its start, or not down `shutdown_s` after it was told to stop, is abandoned.
    """

    name: str
    start: Callable[[Seat], GatewayActor[Any]]
    restart: Restart = PERMANENT
    shutdown_s: float = SHUTDOWN_S
    start_s: float = START_S
    backoff: Backoff = field(default_factory=Backoff)
    capacity: int = CAPACITY


@dataclass(frozen=True, slots=True, kw_only=True)
class SupervisorSpec:
    """A supervisor and its children in start order; `children` may be supervisors themselves.

    Raises ValueError for a name that occurs twice, and for `per_child` with a strategy that restarts others too.
    """

    name: str
    children: tuple["Spec", ...] = ()
    strategy: Strategy = ONE_FOR_ONE
    intensity: int = INTENSITY
    period_s: float = PERIOD_S
    per_child: PerChild | None = None
    backoff: Backoff = field(default_factory=Backoff)

    def __post_init__(self) -> None:
        if self.per_child is not None and self.strategy is not ONE_FOR_ONE:
            raise ValueError(f"{self.name}: restarts can be counted per child only one_for_one")
        names = sorted(names_in(self))
        twice = {name for name, following in pairwise(names) if name == following}
        if twice:
            raise ValueError(f"{self.name}: names must be unique: {', '.join(sorted(twice))}")

    @property
    def shutdown_s(self) -> float:
        """Seconds in which it has stopped all its children, or abandoned them: they stop one after the other."""
        return SHUTDOWN_S + sum(child.shutdown_s for child in self.children)

    @property
    def start_s(self) -> float:
        """Seconds in which it has started all its children, or failed."""
        return START_S + sum(child.start_s for child in self.children)


Spec: TypeAlias = ChildSpec | SupervisorSpec


def names_in(spec: Spec) -> Iterator[str]:
    """Every name of the tree, parents first, in start order."""
    yield spec.name
    if isinstance(spec, SupervisorSpec):
        for child in spec.children:
            yield from names_in(child)
