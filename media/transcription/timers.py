"""Time, as an asyncio loop has it: handed in, so that tests need not wait."""

import asyncio
from collections.abc import Callable
from time import monotonic
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


class LoopTimers:
    """The running loop's. Its time is the clock itself, which is asked for with every chunk."""

    def __init__(self) -> None:
        self.time = monotonic  # Source: asyncio's BaseEventLoop.time
        self.call_later = asyncio.get_running_loop().call_later
