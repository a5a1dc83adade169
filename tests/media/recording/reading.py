"""Reads recordings back with libsndfile, which wrote none of the WAV files."""

from pathlib import Path

import soundfile  # type: ignore[import-untyped,import-not-found,unused-ignore]


def samples(path: Path, most: int = -1) -> bytes:
    """16-bit samples, little endian, channels interleaved."""
    with soundfile.SoundFile(path) as sound:
        return bytes(sound.read(frames=most, dtype="int16").tobytes())


def shape(path: Path) -> tuple[str, str, int, int]:
    """Format, subtype, rate and channels."""
    with soundfile.SoundFile(path) as sound:
        return sound.format, sound.subtype, sound.samplerate, sound.channels
