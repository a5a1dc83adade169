"""The one rate budget: how many requests may leave in any minute, by our count and by theirs.

Ours is a sliding window, so that no minute, wherever it begins, holds more than is allowed. Theirs (response headers)
also counts what others send with the same OAuth client; it can make us slower, never faster than configured.
"""

from collections import deque
from math import ceil

from messages.base import Json
from rules.headers import RateHeaders

PER_MINUTE = 300  # requests per OAuth client; genesys-platform section 2
WINDOW_S = 60.0
RESERVED = 4  # the last one in four of a minute's requests is not for what can be spared; ours
SAME_WINDOW_S = 2.0  # their reset is in whole seconds: two answers this close speak of the same minute


class Budget:
    """Requests that left within the window; time comes in as an argument (monotonic seconds)."""

    def __init__(self, per_minute: int = PER_MINUTE) -> None:
        self._ceiling = per_minute
        self._allowed = per_minute
        self._left_at_s: deque[float] = deque()
        self._unheard = 0
        self._theirs: int | None = None
        self._theirs_until_s = 0.0
        self._paused_until_s = 0.0

    def wait_s(self, now_s: float, *, spared: bool = False) -> float:
        """Seconds until one request may leave, 0 for at once; `spared`: one that leaves the reserve untouched."""
        self._forget(now_s)
        free_s = now_s
        kept = self._allowed // RESERVED if spared else 0
        most = self._allowed - kept
        if len(self._left_at_s) >= most:
            free_s = self._left_at_s[len(self._left_at_s) - most] + WINDOW_S
        if self._theirs is not None and self._theirs <= kept:
            free_s = max(free_s, self._theirs_until_s)
        return max(free_s, self._paused_until_s, now_s) - now_s

    def take(self, now_s: float) -> None:
        """One request leaves now."""
        self._left_at_s.append(now_s)
        self._unheard += 1
        if self._theirs is not None:
            self._theirs -= 1

    def answered(self, now_s: float, headers: RateHeaders | None) -> None:
        """One of those that left has ended, with what its answer said; requests still under way count against us."""
        self._unheard = max(0, self._unheard - 1)
        if headers is None:
            return
        self._allowed = min(self._ceiling, headers.allowed)
        self._forget(now_s)
        left = headers.allowed - headers.count - self._unheard
        until_s = now_s + min(float(headers.reset_s), WINDOW_S)
        if self._theirs is None or until_s > self._theirs_until_s + SAME_WINDOW_S:
            self._theirs, self._theirs_until_s = left, until_s
        else:  # of the same minute, or late from the one before
            self._theirs = min(left, self._theirs)

    def nothing_under_way(self) -> None:
        """Whatever was under way is not heard of any more: whoever sends starts anew."""
        self._unheard = 0

    def pause(self, until_s: float) -> None:
        """Nothing leaves before `until_s`: a 429 said so."""
        self._paused_until_s = max(self._paused_until_s, until_s)

    def show(self, now_s: float) -> dict[str, Json]:
        """The part of budget.show that is about rates; `reset_s` is when a request of this window is free again."""
        self._forget(now_s)
        oldest_s = self._left_at_s[0] + WINDOW_S - now_s if self._left_at_s else 0.0
        return {
            "allowed": self._allowed,
            "used": len(self._left_at_s),
            "reset_s": ceil(oldest_s),
            "left_by_genesys": None if self._theirs is None else max(0, self._theirs),
            "paused_s": round(max(0.0, self._paused_until_s - now_s), 3),
        }

    def _forget(self, now_s: float) -> None:
        while self._left_at_s and self._left_at_s[0] + WINDOW_S <= now_s:
            self._left_at_s.popleft()
        if self._theirs is not None and self._theirs_until_s <= now_s:
            self._theirs = None
