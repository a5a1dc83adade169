"""How loud a file is: decoded by libsndfile, measured by EBU R 128. Needs the extra `audio`; runs in audio_worker.

Source: EBU R 128 (2023); ITU-R BS.1770-4, annex 1 (loudness) and annex 2 (true peak, four times oversampled).
"""

import math
from typing import Any

import numpy as np
import numpy.typing as npt
import pyloudnorm  # type: ignore[import-untyped,import-not-found,unused-ignore]
import soundfile  # type: ignore[import-untyped,import-not-found,unused-ignore]
from scipy.signal import resample_poly  # type: ignore[import-untyped,import-not-found,unused-ignore]

from clients.audio_source import Unreadable
from messages.audio import AudioLoudness

Samples = npt.NDArray[np.float32]

MOST_SAMPLES = 8_000_000  # of all channels: 32 MB, and a few times that while they are measured
AT_ONCE = 1 << 16  # frames
OVERSAMPLED = 4
EDGE = 64  # frames on both sides of a piece, so that its borders are none; the filter reaches 10 frames
FULL_SCALE = 0.9999  # 16 bits go to 0.99997, decoders of lossy formats beyond 1
CLIPPED_RUN = 3  # samples
LOUDEST = 1000.0  # +60 dB; files of floating-point numbers can hold more, and measure as this
MOST_CHANNELS = 5  # BS.1770 weighs no more
LOWEST_HZ = 8000  # the weighting filter has its shelf at 1.5 kHz
SHORTEST_S = 0.4  # one gating block


def measure(descriptor: int, most_seconds: float) -> tuple[AudioLoudness, int | None]:
    """How loud the first `most_seconds` of an open file are, and the duration in ms where that is all of it.

    Closes `descriptor`; raises Unreadable (`broken`).
    """
    try:
        with soundfile.SoundFile(descriptor, closefd=True) as sound:
            rate = sound.samplerate
            samples, whole = _decode(sound, min(int(most_seconds * rate), MOST_SAMPLES // sound.channels))
    except (soundfile.LibsndfileError, ValueError):
        raise Unreadable("broken", "the file's sound cannot be decoded") from None
    if not np.isfinite(samples).all():
        raise Unreadable("broken", "the file holds samples that are no numbers")
    loudness = loudness_of(np.clip(samples, -LOUDEST, LOUDEST), rate)
    return loudness, loudness.measured_ms if whole else None


def _decode(sound: Any, most: int) -> tuple[Samples, bool]:
    """At most so many frames, and whether there were no more."""
    pieces: list[Samples] = [np.zeros((0, sound.channels), dtype=np.float32)]
    while most > 0:
        piece = sound.read(min(most, AT_ONCE), dtype="float32", always_2d=True)
        if not len(piece):
            return np.concatenate(pieces), True
        pieces.append(piece)
        most -= len(piece)
    return np.concatenate(pieces), not len(sound.read(1))


def loudness_of(samples: Samples, rate: int) -> AudioLoudness:
    """What the meters show for `samples` (frames × channels)."""
    return AudioLoudness(
        integrated_lufs=integrated_lufs(samples, rate),
        true_peak_dbtp=true_peak_dbtp(samples),
        clipped_samples=clipped(samples),
        measured_ms=round(len(samples) * 1000 / rate),
    )


def integrated_lufs(samples: Samples, rate: int) -> float | None:
    """LUFS, gated; None where there is too little to measure, or only silence."""
    if len(samples) < SHORTEST_S * rate or samples.shape[1] > MOST_CHANNELS or rate < LOWEST_HZ:
        return None
    with np.errstate(all="ignore"):  # silence is the logarithm of nothing
        found = float(pyloudnorm.Meter(rate).integrated_loudness(samples))
    return round(found, 1) if math.isfinite(found) else None


def true_peak_dbtp(samples: Samples) -> float | None:
    """The peak between the samples, in dB of full scale; None for silence."""
    peak = float(np.abs(samples).max(initial=0.0))
    for start in range(0, len(samples), AT_ONCE):
        before = min(start, EDGE)
        piece = resample_poly(samples[start - before : start + AT_ONCE + EDGE], OVERSAMPLED, 1, axis=0)
        inner = piece[before * OVERSAMPLED : (before + AT_ONCE) * OVERSAMPLED]
        peak = max(peak, float(np.abs(inner).max(initial=0.0)))
    return round(20 * math.log10(peak), 1) if peak > 0 else None


def clipped(samples: Samples) -> int:
    """How many samples are part of a run at full scale, over all channels."""
    total = 0
    for channel in (np.abs(samples) >= FULL_SCALE).T:
        edges = np.flatnonzero(np.diff(np.concatenate(([0], channel.astype(np.int8), [0]))))
        lengths = edges[1::2] - edges[::2]
        total += int(lengths[lengths >= CLIPPED_RUN].sum())
    return total
