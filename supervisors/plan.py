"""A plan: what a supervisor wants to be true of its children, one goal after the other."""

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypeAlias

from supervisors.policy import RestartGroup

WHOLE = ""  # the plan of several children at once; a child's own plan has its name


@dataclass(frozen=True, slots=True, kw_only=True)
class Up:
    """The child takes messages."""

    child: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Down:
    """The child has no incarnation."""

    child: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Gone:
    """The child is down and is not coming back by itself."""

    child: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Until:
    """It is `at_s` by the monotonic clock."""

    at_s: float


Goal: TypeAlias = Up | Down | Gone | Until
Plan: TypeAlias = deque[Goal]


def restart_goals(group: RestartGroup, now_s: float) -> Iterable[Goal]:
    """Stop, wait, start."""
    for child in group.stop:
        yield Gone(child=child) if child in group.drop else Down(child=child)
    if group.delay_s > 0:
        yield Until(at_s=now_s + group.delay_s)
    for child in group.start:
        yield Up(child=child)
