"""The real world: clocks, chance and identity."""

import secrets
import time
from datetime import UTC, datetime
from random import SystemRandom

from rules.ids import uuid7

_chance = SystemRandom()


class RealWorld:
    """What actors are handed outside tests; see actors.base.World."""

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
        """A fresh UUID 7."""
        return uuid7(time.time_ns() // 1_000_000, secrets.randbits(74))
