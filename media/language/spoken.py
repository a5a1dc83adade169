"""What tells a language by its sound."""

from collections.abc import Callable
from typing import Protocol

SAMPLE_RATE_HZ = 16_000  # what models listen at
MOST_GUESSES = 5

Guesses = list[tuple[str, float]]  # BCP 47 tags with their probabilities, the likeliest first


class SpokenLanguageModel(Protocol):
    """Runs in media.language.spoken_worker, the process of its own that may take its time."""

    def identify(self, samples: bytes, rate_hz: int) -> Guesses:
        """What a few seconds of voice (16 bits, little endian, one channel) are spoken in; at most `MOST_GUESSES`."""


class Linguist(Protocol):
    """Who is asked, and answers later."""

    @property
    def busy(self) -> bool:
        """Whether `ask` would turn the next question away."""

    def ask(self, samples: bytes, rate_hz: int, heard: Callable[[Guesses], None]) -> bool:
        """Tell `heard` what these 16-bit samples are spoken in; False: too busy, it is never called."""
