"""What tells a language by its sound."""

from typing import Protocol

SAMPLE_RATE_HZ = 16_000  # what models listen at
MOST_GUESSES = 5

Guesses = list[tuple[str, float]]  # BCP 47 tags with their probabilities, the likeliest first


class SpokenLanguageModel(Protocol):
    """Runs in media.language.spoken_worker, the process of its own that may take its time."""

    def identify(self, samples: bytes, rate_hz: int) -> Guesses:
        """What a few seconds of voice (16 bits, little endian, one channel) are spoken in; at most `MOST_GUESSES`."""
