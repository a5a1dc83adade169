"""How many actions the engine takes well: additive increase, multiplicative decrease, never above the tenant's limit.

Source: Chiu and Jain, "Analysis of the Increase and Decrease Algorithms for Congestion Avoidance"; Netflix's
concurrency-limits for using latency beside refusals.
"""

from dataclasses import dataclass, field

from messages.base import Json

FALLS, RISES = 0.2, 0.01  # shares by which the usual latency follows a lower and a higher one


@dataclass(frozen=True, slots=True, kw_only=True)
class AdaptiveRules:
    """`floor` is the least limit; one round of answers in good time adds `grow`; a sign of overload multiplies.

    An answer is late past `tolerance` times its action's usual latency and `slack_s` more. Within `pause_s` after one
    decrease there is no other: what is still in flight tells of the old limit.
    """

    floor: int = 1
    grow: float = 1.0
    shrink: float = 0.7
    tolerance: float = 2.0
    slack_s: float = 0.05
    pause_s: float = 1.0


@dataclass(slots=True, kw_only=True, eq=False)
class AdaptiveLimit:
    """Begins at `ceiling`, the tenant's limit, and comes down on evidence only. Times are monotonic seconds."""

    ceiling: int
    rules: AdaptiveRules = field(default_factory=AdaptiveRules)
    _exact: float = field(init=False)
    _usual_s: dict[str, float] = field(default_factory=dict)
    _shrunk_at_s: float = float("-inf")
    _shrunk: int = 0

    def __post_init__(self) -> None:
        self._exact = float(self.ceiling)

    @property
    def limit(self) -> int:
        """How many actions may be in flight now."""
        return int(self._exact)

    def set_ceiling(self, ceiling: int) -> None:
        """The tenant's limit is another one: fall to a lower one at once, grow towards a higher one."""
        self.ceiling = ceiling
        self._exact = min(self._exact, float(ceiling))  # also below the floor

    def answered(self, action_type: str, latency_s: float, in_flight: int, now_s: float) -> None:
        """The engine answered after `latency_s`, with `in_flight` actions then (this one among them)."""
        usual_s = self._usual_s.get(action_type, latency_s)
        late = latency_s > self.rules.tolerance * usual_s + self.rules.slack_s
        self._usual_s[action_type] = usual_s + (latency_s - usual_s) * (FALLS if latency_s < usual_s else RISES)
        if late:
            self.overloaded(now_s)
        elif in_flight * 2 >= self.limit:  # what is not used proves nothing
            self._exact = min(float(self.ceiling), self._exact + self.rules.grow / self._exact)

    def overloaded(self, now_s: float) -> None:
        """The engine answered 429, late or not at all."""
        if now_s - self._shrunk_at_s >= self.rules.pause_s:
            self._shrunk_at_s, self._shrunk = now_s, self._shrunk + 1
            self._exact = max(min(float(self.rules.floor), self._exact), self._exact * self.rules.shrink)

    def facts(self) -> dict[str, Json]:
        """For operators."""
        usual_ms: dict[str, Json] = {name: round(usual_s * 1000, 3) for name, usual_s in self._usual_s.items()}
        return {"limit": self.limit, "ceiling": self.ceiling, "decreases": self._shrunk, "usual_latency_ms": usual_ms}
