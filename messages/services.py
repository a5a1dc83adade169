"""What an actor hears of the thread it keeps."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceDied:
    """The service's own thread has ended unasked; `error` says why."""

    error: str
