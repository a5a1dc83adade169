"""Circuit breakers, pybreaker behind rules.breaker's Protocol.

pybreaker's `call` holds a lock for the whole call and its clock is the wall clock. Here an attempt is admitted first
and its end recorded afterwards, and the time it opened is monotonic.
"""

from collections.abc import Callable
from datetime import UTC, datetime

from pybreaker import STATE_CLOSED, STATE_OPEN, CircuitBreaker, CircuitBreakerError, CircuitMemoryStorage

from rules.breaker import FAILURES_TO_OPEN, HALF_OPEN_AFTER_S

FAR_FUTURE = datetime(9000, 1, 1, tzinfo=UTC)


class _Failed(Exception):  # noqa: N818 - a fact
    """Stands for the failure that is being recorded."""


class _MonotonicStorage(CircuitMemoryStorage):
    """Says that the circuit was opened in the far future for as long as it stays open, then that it never was."""

    def __init__(self, monotonic: Callable[[], float], open_s: float) -> None:
        super().__init__(STATE_CLOSED)
        self._monotonic = monotonic
        self._open_s = open_s
        self._until_s = 0.0

    @property
    def opened_at(self) -> datetime | None:
        return FAR_FUTURE if self._monotonic() < self._until_s else None

    @opened_at.setter
    def opened_at(self, _wall_clock: datetime) -> None:
        self._until_s = self._monotonic() + self._open_s


class CircuitAttempt:
    """One admitted try; the first word about it counts."""

    def __init__(self, record: Callable[["CircuitAttempt", bool | None], None]) -> None:
        self._record = record
        self._told = False

    def succeeded(self) -> None:
        """It worked."""
        self._tell(failed=False)

    def failed(self) -> None:
        """It did not."""
        self._tell(failed=True)

    def withdrawn(self) -> None:
        """It says nothing about the far side."""
        self._tell(failed=None)

    def _tell(self, *, failed: bool | None) -> None:
        if not self._told:
            self._told = True
            self._record(self, failed)


class CircuitGuard:
    """Guards one route; for one thread, as its actor is."""

    def __init__(
        self,
        monotonic: Callable[[], float],
        failures: int = FAILURES_TO_OPEN,
        open_s: float = HALF_OPEN_AFTER_S,
    ) -> None:
        self._storage = _MonotonicStorage(monotonic, open_s)
        self._breaker = CircuitBreaker(fail_max=failures, reset_timeout=open_s, state_storage=self._storage)
        self._trial: CircuitAttempt | None = None

    @property
    def state(self) -> str:
        """``closed``, ``open`` or ``half-open``."""
        return self._breaker.current_state

    def admit(self) -> CircuitAttempt | None:
        """A try; None while open, and while half-open with its one trial under way."""
        attempt = CircuitAttempt(self._record)
        if self.state == STATE_CLOSED:
            return attempt
        if self._trial is not None or (self.state == STATE_OPEN and self._storage.opened_at is not None):
            return None
        self._breaker.half_open()
        self._trial = attempt
        return attempt

    def _record(self, attempt: CircuitAttempt, failed: bool | None) -> None:
        """Count it, unless it was admitted before the circuit opened: that is old news."""
        is_trial = attempt is self._trial
        if is_trial:
            self._trial = None
        if failed is None or not (is_trial or self.state == STATE_CLOSED):
            return
        try:
            self._breaker.call(_fail if failed else _succeed)
        except (_Failed, CircuitBreakerError):
            return


def _fail() -> None:
    raise _Failed


def _succeed() -> None:
    return None
