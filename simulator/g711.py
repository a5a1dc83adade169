"""G.711 μ-law and linear samples, by table. Source: ITU-T G.711, table 2."""

from array import array
from functools import cache

_BIAS, _CLIP = 0x84, 32_635
SILENCE = 0xFF
"""The byte of a sample of 0."""


def to_linear(ulaw: bytes) -> "array[int]":
    """16-bit samples of μ-law bytes."""
    return array("h", map(_linear().__getitem__, ulaw))


def to_ulaw(samples: "array[int]") -> bytes:
    """μ-law bytes of 16-bit samples."""
    table = _ulaw()
    return bytes([table[sample] for sample in samples])  # a negative index counts from the table's end


@cache
def _linear() -> tuple[int, ...]:
    return tuple(_decoded(byte) for byte in range(256))


@cache
def _ulaw() -> bytes:
    """By the sample as an index of Python: 0 to 32767, then -32768 to -1."""
    return bytes(_encoded(sample) for sample in (*range(32_768), *range(-32_768, 0)))


def _decoded(byte: int) -> int:
    byte = ~byte & 0xFF
    magnitude = (((byte & 0x0F) << 3) + _BIAS << (byte >> 4 & 0x07)) - _BIAS
    return -magnitude if byte & 0x80 else magnitude


def _encoded(sample: int) -> int:
    sign = 0x80 if sample < 0 else 0
    magnitude = min(abs(sample), _CLIP) + _BIAS
    exponent = magnitude.bit_length() - 8
    mantissa = magnitude >> (exponent + 3) & 0x0F
    return ~(sign | exponent << 4 | mantissa) & 0xFF
