"""The slots of one tenant: its limit, which operators may change, and below it the limit that adapts."""

from collections.abc import Callable
from dataclasses import dataclass

from messages.base import Json
from rules.adaptive_limit import AdaptiveLimit, AdaptiveRules
from rules.slots import Slots


@dataclass(slots=True, kw_only=True, eq=False)
class TenantLimit:
    """How many actions may be in flight; outlives incarnations, so that a crash does not undo what an operator set."""

    max_in_flight: int


class TenantSlots(Slots):
    """Slots whose limit follows `tenant`, and what the engine's answers tell where it `adapts`.

    `narrowed` is told the limit when strain of the engine has made it fall.
    """

    def __init__(
        self, tenant: TenantLimit, capacity: int, adapts: AdaptiveRules | None, narrowed: Callable[[int], None]
    ) -> None:
        super().__init__(tenant.max_in_flight, capacity)
        self._narrowed = narrowed
        self._tenant = tenant
        self._adaptive = AdaptiveLimit(ceiling=tenant.max_in_flight, rules=adapts) if adapts is not None else None

    def allow(self, max_in_flight: int) -> dict[str, Json]:
        """The tenant's limit is another one from now on; what it was, what holds now, and how many slots are taken."""
        before, self._tenant.max_in_flight = self._tenant.max_in_flight, max_in_flight
        if self._adaptive is not None:
            self._adaptive.set_ceiling(max_in_flight)
        self._follow()
        return {"max_in_flight": max_in_flight, "before": before, "limit": self.limit, "in_flight": self.held}

    def answered(self, action_type: str, latency_s: float, now_s: float) -> None:
        """The engine answered an action, with its slot still taken."""
        if self._adaptive is not None:
            self._adaptive.answered(action_type, latency_s, self.held, now_s)
            self._adapt()

    def overloaded(self, now_s: float) -> None:
        """The engine asked us to slow down, or did not answer."""
        if self._adaptive is not None:
            self._adaptive.overloaded(now_s)
            self._adapt()

    def facts(self) -> dict[str, Json]:
        """For operators."""
        adaptive = self._adaptive.facts() if self._adaptive is not None else None
        return {**super().facts(), "tenant_limit": self._tenant.max_in_flight, "adaptive": adaptive}

    def _adapt(self) -> None:
        before = self.limit
        self._follow()
        if self.limit < before:
            self._narrowed(self.limit)

    def _follow(self) -> None:
        self.limit = self._adaptive.limit if self._adaptive is not None else self._tenant.max_in_flight
