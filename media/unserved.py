"""The way to a transcription service while there is none: audio is counted as dropped, and said to be."""

import asyncio
from collections.abc import Callable

from media.call import Facts
from media.uplinks import Uplink, UplinkListener
from messages.media import WorkerPlan


class Unserved:
    """Lets every chunk go; tells of each hundred."""

    buffered = 0
    lag_ms = 0.0

    def __init__(self, listener: UplinkListener) -> None:
        self._listener = listener
        self._loop = asyncio.get_running_loop()
        self._first, self._last, self._count = 0, 0, 0
        self._over = False

    def audio(self, sequence: int, audio: bytes) -> None:
        self._first = self._first if self._count else sequence
        self._last = sequence
        self._count += 1
        if self._count == 100:
            self._loop.call_soon(self._tell, self._count, self._first, self._last)
            self._count = 0

    def tag(self, language: str) -> None:
        """Nothing is tagged."""

    def finish(self) -> None:
        self._loop.call_soon(self._finish)

    def abort(self) -> None:
        self._over = True

    def _tell(self, count: int, first: int, last: int) -> None:
        if not self._over:
            self._listener.dropped(count, first, last)

    def _finish(self) -> None:
        if self._over:
            return
        if self._count:
            self._listener.dropped(self._count, self._first, self._last)
        self._over = True
        self._listener.ended("finished")


def unserved(_plan: WorkerPlan) -> Callable[[Facts, UplinkListener], Uplink]:
    """Uplinks of a plan whose service is nowhere."""
    return lambda _facts, listener: Unserved(listener)
