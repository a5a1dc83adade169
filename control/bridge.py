"""The way from any thread into the event loop: many calls, few wake-ups."""

import asyncio
from collections import deque
from collections.abc import Callable
from contextlib import suppress


class Bridge:
    """Runs on the loop, in order, what any thread posts; what is posted after the loop has ended is let go."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._calls: deque[Callable[[], None]] = deque()
        self._woken = False

    def post(self, call: Callable[[], None]) -> None:
        """Run `call` on the loop soon; never blocks."""
        self._calls.append(call)
        if not self._woken:
            self._woken = True
            with suppress(RuntimeError):  # the loop is closed: nobody is left to hear it
                self._loop.call_soon_threadsafe(self._run)

    def _run(self) -> None:
        self._woken = False  # first, so that whoever posts during the rest wakes the loop again
        for _ in range(len(self._calls)):
            self._calls.popleft()()
