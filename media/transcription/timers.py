"""Time, as an asyncio loop has it: handed in, so that tests need not wait."""

from collections.abc import Callable
from typing import Protocol


class Timer(Protocol):
    """A call to come."""

    def cancel(self) -> None:
        """It does not come."""


class Timers(Protocol):
    """What of an event loop is needed; asyncio's are such ones."""

    def time(self) -> float:
        """Seconds, of the clock that `call_later` counts by."""

    def call_later(self, delay: float, callback: Callable[[], object], /) -> Timer:
        """Call `callback` in `delay` seconds, in a turn of its own."""
