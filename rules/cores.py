"""Which core the gateway keeps to: its threads share one interpreter, so it never needs more than one at a time."""

from collections.abc import Mapping
from dataclasses import dataclass

CROWDED = 0.25  # of a core that others take here more than all take of the idlest


@dataclass(frozen=True, slots=True, kw_only=True)
class Spent:
    """CPU time in seconds since some beginning: of each core by whoever, and of all of them by this process.

    `at_s` is when it was looked at, monotonic.
    """

    at_s: float
    cores: Mapping[int, float]
    own_s: float


def better_core(here: int, before: Spent, now: Spent) -> int | None:
    """The idlest core, where others have taken so much of `here` meanwhile that moving pays; None to stay.

    All that this process took was taken of `here`. Cores of which one of the two looks does not tell are left out.
    """
    took = {core: spent - before.cores[core] for core, spent in now.cores.items() if core in before.cores}
    if here not in took:
        return None
    by_others = took.pop(here) - (now.own_s - before.own_s)
    best = min(took, key=took.__getitem__, default=here)
    crowded = by_others - took.get(best, by_others) > CROWDED * (now.at_s - before.at_s)
    return best if crowded else None
