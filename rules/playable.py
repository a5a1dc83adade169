"""Audio files as what can be played into a call: PCMU, 8,000 samples a second, one channel. Pure.

Source: ITU-T G.711; Multimedia Programming Interface and Data Specifications 1.0.
"""

import struct
from array import array
from collections.abc import Iterator
from functools import cache
from typing import Literal

RATE_HZ = 8_000
MOST_S = 120  # played at once
PCM, MULAW, EXTENSIBLE = 1, 7, 0xFFFE
BIAS, CLIP = 0x84, 32_635


class NotPlayable(ValueError):  # noqa: N818 - a fact about a file
    """Why it cannot be played, in words for whoever sent it."""


def playable(file: bytes, kind: Literal["wav", "pcmu"]) -> bytes:
    """The samples of a file as PCMU; raises NotPlayable."""
    samples = file if kind == "pcmu" else _of_wav(file)
    if not samples:
        raise NotPlayable("there is no sound in the file")
    if len(samples) > MOST_S * RATE_HZ:
        raise NotPlayable(f"it lasts {len(samples) / RATE_HZ:.0f} s; {MOST_S} s can be played at once")
    return samples


def _of_wav(file: bytes) -> bytes:
    if file[:4] != b"RIFF" or file[8:12] != b"WAVE":
        raise NotPlayable("it is no WAV file")
    form: bytes | None = None
    for name, content in _chunks(file):
        if name == b"fmt ":
            form = content
        elif name == b"data" and form is not None:
            return _as_pcmu(form, content)
    raise NotPlayable("the WAV file does not say how its sound is to be read, or has none")


def _chunks(file: bytes) -> Iterator[tuple[bytes, bytes]]:
    at = 12
    while at + 8 <= len(file):
        size = int.from_bytes(file[at + 4 : at + 8], "little")
        yield file[at : at + 4], file[at + 8 : at + 8 + size]
        at += 8 + size + size % 2


def _as_pcmu(form: bytes, samples: bytes) -> bytes:
    if len(form) < 16:
        raise NotPlayable("the WAV file's format chunk is too short")
    tag, channels, rate, _, _, bits = struct.unpack_from("<HHIIHH", form)
    if tag == EXTENSIBLE and len(form) >= 26:
        tag = int.from_bytes(form[24:26], "little")
    if (channels, rate) != (1, RATE_HZ):
        raise NotPlayable(f"it has {channels} channels at {rate} Hz; one channel at {RATE_HZ} Hz can be played")
    if (tag, bits) == (MULAW, 8):
        return samples
    if (tag, bits) == (PCM, 16):
        return _encoded(samples[: len(samples) // 2 * 2])
    raise NotPlayable(f"its samples are of format {tag} with {bits} bits; 16-bit PCM or G.711 mu-law can be played")


def _encoded(samples: bytes) -> bytes:
    table = _mulaw()
    return bytes([table[sample] for sample in array("H", samples)])


@cache
def _mulaw() -> bytes:
    """The mu-law byte of every sample, by its 16 bits unsigned."""
    return bytes(_mulaw_of(value if value < 0x8000 else value - 0x10000) for value in range(0x10000))


def _mulaw_of(sample: int) -> int:
    sign = 0x80 if sample < 0 else 0
    magnitude = min(abs(sample), CLIP) + BIAS
    exponent = magnitude.bit_length() - 8
    return ~(sign | exponent << 4 | magnitude >> (exponent + 3) & 0x0F) & 0xFF
