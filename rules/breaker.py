"""What a circuit breaker is to the actors that use one, and which ends of an attempt count against a route."""

from typing import Protocol

from rules.retries import Ended, is_server_error

FAILURES_TO_OPEN = 5  # in a row; contracts 7.1
HALF_OPEN_AFTER_S = 30.0  # contracts 7.1


class Attempt(Protocol):
    """One admitted try; told exactly once how it went."""

    def succeeded(self) -> None:
        """The far side works: it answered, be it with a refusal."""

    def failed(self) -> None:
        """The far side could not be reached, did not answer in time, or failed."""

    def withdrawn(self) -> None:
        """Nothing was learnt about the far side."""


class Breaker(Protocol):
    """Guards one route."""

    @property
    def state(self) -> str:
        """``closed``, ``open`` or ``half-open``."""

    def admit(self) -> Attempt | None:
        """A try, or None while the circuit is open; half-open admits one at a time."""


def settle(attempt: Attempt, ended: Ended) -> None:
    """Tell `attempt` how it ended: transport errors, time-outs and 5xx count, 429 and other 4xx do not."""
    if ended.status is not None:
        counts = is_server_error(ended.status)
    else:
        counts = ended.failure in {"transport", "timeout"}
        if ended.failure == "refused":
            return attempt.withdrawn()
    return attempt.failed() if counts else attempt.succeeded()
