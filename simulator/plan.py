"""The faults that are armed, and which of them strikes next. Chance is seeded: the same seed, the same run."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from random import Random
from typing import Any

from simulator.faults import ALWAYS, Fault


@dataclass(slots=True)
class Armed:
    """A fault with what has become of it: occasions that fitted, and how often it struck."""

    id: str
    fault: Fault
    seen: int = 0
    struck: int = 0

    @property
    def spent(self) -> bool:
        return self.fault.times is not None and self.struck >= self.fault.times


class FaultPlan:
    """Faults in the order in which they were added; at most one strikes an occasion, the first that will."""

    def __init__(self, seed: int = 0) -> None:
        self._chance = Random(seed)
        self._armed: list[Armed] = []
        self._added = 0

    def add(self, faults: Iterable[Fault]) -> list[str]:
        """The ids given to `faults`, by which `remove` takes one away."""
        ids = []
        for fault in faults:
            self._added += 1
            self._armed.append(Armed(f"f{self._added}", fault))
            ids.append(self._armed[-1].id)
        return ids

    def remove(self, fault_id: str | None = None) -> int:
        """Take away one fault, or all of them; how many there were."""
        kept = [armed for armed in self._armed if fault_id is not None and armed.id != fault_id]
        removed = len(self._armed) - len(kept)
        self._armed = kept
        return removed

    def choose(self, occasion: Mapping[str, str]) -> Fault | None:
        """The fault that strikes `occasion`, counted as struck; `occasion` has a `route` and what there is to match."""
        if not self._armed:
            return None
        return next((armed.fault for armed in self._armed if self._strikes(armed, occasion)), None)

    def listing(self) -> list[dict[str, Any]]:
        """Every fault added, spent ones too, as an operator reads it."""
        return [_shown(armed) for armed in self._armed]

    def _strikes(self, armed: Armed, occasion: Mapping[str, str]) -> bool:
        if armed.spent or not armed.fault.fits(occasion):
            return False
        armed.seen += 1
        if armed.seen <= armed.fault.after:
            return False
        if armed.fault.probability < 1.0 and self._chance.random() >= armed.fault.probability:
            return False
        armed.struck += 1
        return True


def _shown(armed: Armed) -> dict[str, Any]:
    fault = armed.fault
    return {
        "id": armed.id,
        "action": fault.action,
        "match": dict(fault.match),
        "times": ALWAYS if fault.times is None else fault.times,
        "after": fault.after,
        "probability": fault.probability,
        **fault.options,
        "seen": armed.seen,
        "struck": armed.struck,
        "spent": armed.spent,
    }
