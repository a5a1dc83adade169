"""How fast things may start: evenly spaced, a small burst to catch up, never too many in any second."""

from dataclasses import dataclass, replace

BURST_SHARE = 0.05  # of a second's starts may come at once after a pause; 100/s never becomes 106 in a second


def burst_for(per_s: float) -> int:
    """How many may start at once at `per_s`, at least one."""
    return max(1, int(per_s * BURST_SHARE))


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """Starts so far, as one number: GCRA with times in seconds of any one clock.

    In any span of one second at most `per_s + burst` starts happen when every start waited for `wait_s`.
    Source: ATM Forum TM 4.1 section 4.4.2 (the virtual scheduling algorithm).
    """

    per_s: float
    burst: int
    due_at: float = float("-inf")

    def wait_s(self, now: float) -> float:
        """Seconds from `now` until the next start may happen; 0 means it may happen now."""
        earliest = self.due_at - (self.burst - 1) / self.per_s
        return max(0.0, earliest - now)

    def after(self, now: float) -> "Pace":
        """The pace once something has started at `now`."""
        return replace(self, due_at=max(self.due_at, now) + 1.0 / self.per_s)


def pace(per_s: float) -> Pace:
    """A fresh pace with the burst that goes with `per_s`; ValueError unless it is above 0."""
    if not per_s > 0:
        raise ValueError(f"starts per second must be above 0, not {per_s}")
    return Pace(per_s=per_s, burst=burst_for(per_s))
