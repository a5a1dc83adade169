"""How many lines of somebody else's output get into our log: so many at once, so many a second. Pure."""

BURST = 50  # lines
PER_S = 5.0  # lines


class LogAllowance:
    """One source's; times are monotonic, in seconds."""

    def __init__(self, burst: int = BURST, per_s: float = PER_S) -> None:
        self._burst, self._per_s = burst, per_s
        self._left, self._at_s = float(burst), 0.0
        self._left_out = 0

    def take(self, now_s: float) -> int | None:
        """None where this line is one too many; else how many were left out since the last that was not."""
        self._left = min(self._burst, self._left + (now_s - self._at_s) * self._per_s)
        self._at_s = now_s
        if self._left < 1:
            self._left_out += 1
            return None
        self._left -= 1
        left_out, self._left_out = self._left_out, 0
        return left_out
