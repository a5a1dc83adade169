"""G.711 to 16-bit samples, by table. Source: ITU-T G.711 tables 1a to 2b; audioop had it up to Python 3.12."""

from typing import Literal

Codec = Literal["PCMU", "PCMA", "L16"]

BIAS = 0x84  # µ-law: 33, in units of a quarter step
SILENCE: dict[str, bytes] = {"PCMU": b"\xff", "PCMA": b"\xd5", "L16": b"\0\0"}  # one sample
SAMPLE_BYTES: dict[str, int] = {codec: len(sample) for codec, sample in SILENCE.items()}


def _mulaw(code: int) -> int:
    code ^= 0xFF
    size = ((((code & 0x0F) << 3) + BIAS) << ((code & 0x70) >> 4)) - BIAS
    return -size if code & 0x80 else size


def _alaw(code: int) -> int:
    code ^= 0x55
    segment, size = (code & 0x70) >> 4, ((code & 0x0F) << 4) + 8
    if segment:
        size = (size + 0x100) << (segment - 1)
    return size if code & 0x80 else -size


def _halves(samples: list[int]) -> tuple[bytes, bytes]:
    """The low bytes and the high ones of all 256 codes, to translate with."""
    return bytes(sample & 0xFF for sample in samples), bytes((sample >> 8) & 0xFF for sample in samples)


TABLES = {"PCMU": _halves([_mulaw(code) for code in range(256)]), "PCMA": _halves([_alaw(code) for code in range(256)])}


def decoded(audio: bytes, codec: str) -> bytes:
    """`audio` as signed 16-bit samples, little endian; L16 is that already, a half sample at its end is cut off.

    AudioHook's reference implementation reads L16 so; what comes high byte first is swapped before (media.taps).
    Raises KeyError for another codec.
    """
    if codec == "L16":
        return audio[: len(audio) & ~1]
    low, high = TABLES[codec]
    samples = bytearray(2 * len(audio))
    samples[0::2] = audio.translate(low)
    samples[1::2] = audio.translate(high)
    return bytes(samples)
