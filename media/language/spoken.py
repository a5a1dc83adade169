"""What is asked which language something is in."""

from collections.abc import Callable
from typing import Protocol

SAMPLE_RATE_HZ = 16_000  # what models listen at
MOST_GUESSES = 5

Guesses = list[tuple[str, float]]  # BCP 47 tags with their probabilities, the likeliest first


class Linguist(Protocol):
    """Who is asked, and answers later."""

    @property
    def busy(self) -> bool:
        """Whether `ask` would turn the next question away."""

    def ask(self, said: bytes, rate_hz: int, heard: Callable[[Guesses], None]) -> bool:
        """Tell `heard` what these 16-bit samples, or a text with the rate 0, are in; False: too busy, never called."""
