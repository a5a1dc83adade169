"""What a supervisor does when a child ends: a pure decision. Source: OTP's supervisor.erl, do_restart/add_restart."""

from collections import defaultdict, deque
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum, auto
from typing import TypeAlias

from rules.retries import full_jitter
from supervisors.specs import ONE_FOR_ALL, ONE_FOR_ONE, PERMANENT, TEMPORARY, ChildSpec, SupervisorSpec


class How(Enum):
    """How a child that was not told to by its supervisor ended."""

    STOPPED = auto()  # normally
    CRASHED = auto()  # by an exception, or it did not come up again
    UNSTARTED = auto()  # its very first start failed


@dataclass(frozen=True, slots=True, kw_only=True)
class ChildEnded:
    """One end, at `at_s` of the monotonic clock."""

    child: str
    how: How
    at_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class RestartGroup:
    """Stop `stop`, wait `delay_s`, start `start`, each in the order given; those in `drop` do not come back."""

    stop: tuple[str, ...]
    start: tuple[str, ...]
    drop: frozenset[str]
    delay_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Drop:
    """Let the child be gone."""

    child: str


@dataclass(frozen=True, slots=True, kw_only=True)
class GiveUp:
    """Leave the child down until somebody asks for it; the supervisor goes on."""

    child: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Escalate:
    """Stop all children and fail: the superior decides."""

    why: str


Decision: TypeAlias = RestartGroup | Drop | GiveUp | Escalate


class Restarts:
    """When children were restarted because they ended, by the monotonic clock."""

    def __init__(self) -> None:
        self._all: deque[float] = deque()
        self._of: defaultdict[str, deque[float]] = defaultdict(deque)

    def note(self, child: str, at_s: float) -> None:
        """Remember one; a group that restarts together counts once, for the child that crashed."""
        self._all.append(at_s)
        self._of[child].append(at_s)

    def recent(self, period_s: float, at_s: float) -> int:
        """How many in the `period_s` seconds up to `at_s`; older ones are forgotten."""
        return _within(self._all, period_s, at_s)

    def recent_of(self, child: str, period_s: float, at_s: float) -> int:
        """How many of one child."""
        return _within(self._of[child], period_s, at_s) if child in self._of else 0

    def forget(self, child: str) -> None:
        """Start anew with one child; the count over all stays."""
        self._of.pop(child, None)


def _within(times: deque[float], period_s: float, at_s: float) -> int:
    while times and at_s - times[0] > period_s:
        times.popleft()
    return len(times)


def decide(
    spec: SupervisorSpec, children: Mapping[str, ChildSpec], restarts: Restarts, ended: ChildEnded, chance: float
) -> Decision:
    """What follows from `ended`; `children` in start order, the one that ended among them, `chance` in [0, 1)."""
    child = children[ended.child]
    if ended.how is How.UNSTARTED:
        fixed = any(each.name == child.name for each in spec.children)
        return Escalate(why=f"{child.name} could not be started") if fixed else Drop(child=child.name)
    if not comes_back(child, ended.how):
        return Drop(child=child.name)
    return _exhausted(spec, restarts, ended) or _restart(spec, children, restarts, ended, chance)


def comes_back(child: ChildSpec, how: How) -> bool:
    """Whether a child of its restart kind is started again after such an end."""
    return child.restart is PERMANENT or (child.restart is not TEMPORARY and how is not How.STOPPED)


def _exhausted(spec: SupervisorSpec, restarts: Restarts, ended: ChildEnded) -> GiveUp | Escalate | None:
    if spec.per_child is None:
        intensity, period_s = spec.intensity, spec.period_s
    else:
        intensity, period_s = spec.per_child.cap, spec.per_child.period_s
        if restarts.recent_of(ended.child, period_s, ended.at_s) >= spec.per_child.intensity:
            why = f"{ended.child} ended more than {spec.per_child.intensity} times in {period_s:g} s"
            return GiveUp(child=ended.child, why=why)
    if restarts.recent(period_s, ended.at_s) >= intensity:
        return Escalate(why=f"more than {intensity} restarts in {period_s:g} s, the last of {ended.child}")
    return None


def _restart(
    spec: SupervisorSpec, children: Mapping[str, ChildSpec], restarts: Restarts, ended: ChildEnded, chance: float
) -> RestartGroup:
    group = affected(spec, tuple(children), ended.child)
    drop = frozenset(name for name in group if name != ended.child and children[name].restart is TEMPORARY)
    return RestartGroup(
        stop=tuple(name for name in reversed(group) if name != ended.child),
        start=tuple(name for name in group if name not in drop),
        drop=drop,
        delay_s=delay_s(spec, children[ended.child], restarts, ended, chance),
    )


def affected(spec: SupervisorSpec, order: tuple[str, ...], child: str) -> tuple[str, ...]:
    """Who is restarted with `child`, it included, in start order."""
    if spec.strategy is ONE_FOR_ONE:
        return (child,)
    return order if spec.strategy is ONE_FOR_ALL else order[order.index(child) :]


def delay_s(spec: SupervisorSpec, child: ChildSpec, restarts: Restarts, ended: ChildEnded, chance: float) -> float:
    """Seconds before the restart: none the first time within the period, then growing, with full jitter."""
    period_s = spec.period_s if spec.per_child is None else spec.per_child.period_s
    before = restarts.recent_of(child.name, period_s, ended.at_s)
    return full_jitter(before - 1, child.backoff.min_s, child.backoff.max_s, chance) if before else 0.0
