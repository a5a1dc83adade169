"""The real world: clocks, chance and identity."""

import secrets
import threading
import time
from datetime import UTC, datetime
from random import SystemRandom

from rules.ids import uuid7

_chance = SystemRandom()


class RealWorld:
    """What actors are handed outside tests; see actors.seat.World."""

    def __init__(self) -> None:
        self._minting = threading.Lock()
        self._last_ms = 0
        self._last_bits = 0

    def monotonic(self) -> float:
        """Seconds of the monotonic clock."""
        return time.monotonic()

    def utc_now(self) -> datetime:
        """The wall clock in UTC."""
        return datetime.now(UTC)

    def random(self) -> float:
        """Uniform in [0, 1)."""
        return _chance.random()

    def new_id(self) -> str:
        """A fresh UUID 7, above every one before it: what is put on record in order sorts in order.

        Source: RFC 9562 section 6.2, method 2 (monotonic random).
        """
        with self._minting:
            now_ms = time.time_ns() // 1_000_000
            if now_ms > self._last_ms:
                self._last_ms, self._last_bits = now_ms, secrets.randbits(73)  # the 74th is room to count
            else:
                self._last_bits += 1
            return uuid7(self._last_ms, self._last_bits)
