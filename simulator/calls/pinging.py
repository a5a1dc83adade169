"""An AudioHook client's pings. Source: genesys-platform 3.7."""

import asyncio
from typing import Protocol

FIRST_S = (1.0, 1.0)  # the first two; then EVERY_S
EVERY_S = 5.0


class Pinger(Protocol):
    """Whose pings they are."""

    def ping(self, rtt_s: float | None) -> None:
        """Send one; `rtt_s`: the round trip of the one before."""

    def unanswered(self) -> None:
        """The next one is due, and the last one has no pong."""

    def violated(self, what: str) -> None:
        """The server did what it should not."""


class Pinging:
    """From `start` to `stop`."""

    def __init__(self, loop: asyncio.AbstractEventLoop, pinger: Pinger) -> None:
        self._loop, self._pinger = loop, pinger
        self._count = 0
        self._rtt_s: float | None = None
        self._sent_s: float | None = None
        self._timer: asyncio.TimerHandle | None = None

    @property
    def answered(self) -> bool:
        """Whether there was a pong at all."""
        return self._rtt_s is not None

    def start(self) -> None:
        wait_s = FIRST_S[self._count] if self._count < len(FIRST_S) else EVERY_S
        self._timer = self._loop.call_later(wait_s, self._due)

    def stop(self) -> None:
        if self._timer is not None:
            self._timer.cancel()

    def pong(self) -> None:
        if self._sent_s is None:
            self._pinger.violated("a pong without a ping")
            return
        self._rtt_s = self._loop.time() - self._sent_s
        self._sent_s = None

    def _due(self) -> None:
        if self._sent_s is not None:
            self._pinger.unanswered()
            return
        self._sent_s = self._loop.time()
        self._pinger.ping(self._rtt_s)
        self._count += 1
        self.start()
