"""Whisper by faster-whisper (the extra `spoken`), from a directory on this machine and never from anywhere else."""

from typing import TypeAlias

import numpy
from faster_whisper import WhisperModel  # type: ignore[import-untyped,import-not-found,unused-ignore]

from media.language.spoken import MOST_GUESSES, SAMPLE_RATE_HZ, Guesses
from rules.languages import written

FULL_SCALE = 32_768.0  # of 16-bit samples

Samples: TypeAlias = "numpy.ndarray[tuple[int, ...], numpy.dtype[numpy.float32]]"


class WhisperLanguageModel:
    """On the processor, in 8-bit numbers, one thread: the calls need the rest of it."""

    def __init__(self, path: str) -> None:
        """Raises ValueError for a model of one language only, RuntimeError for files that are not what they say."""
        self._model = WhisperModel(path, device="cpu", compute_type="int8", cpu_threads=1, local_files_only=True)
        if not self._model.model.is_multilingual:
            raise ValueError("the model knows one language only")

    def identify(self, samples: bytes, rate_hz: int) -> Guesses:
        """Of a few seconds of voice; see media.language.guessing."""
        heard = numpy.frombuffer(samples, "<i2").astype(numpy.float32) / numpy.float32(FULL_SCALE)
        _language, _probability, guesses = self._model.detect_language(resampled(heard, rate_hz))
        return [(written(tag), float(probability)) for tag, probability in guesses[:MOST_GUESSES]]


def resampled(samples: Samples, rate_hz: int) -> Samples:
    """`samples` at the rate that the model listens at, all frequencies that both rates can hold unchanged."""
    if rate_hz == SAMPLE_RATE_HZ or not len(samples):
        return samples
    size = len(samples) * SAMPLE_RATE_HZ // rate_hz
    spectrum = numpy.fft.rfft(samples)
    return (numpy.fft.irfft(spectrum, size) * (size / len(samples))).astype(numpy.float32)
