"""Reading a WAV file: 16-bit PCM or G.711 μ-law, one channel. Pure. Source: RIFF (Microsoft, 1991), RFC 2361."""

from array import array
from dataclasses import dataclass
from struct import Struct
from sys import byteorder

from simulator.forms import BadInput
from simulator.g711 import to_linear, to_ulaw

PCM, MULAW, EXTENSIBLE = 1, 7, 0xFFFE
_FORMAT = Struct("<HHIIHH").unpack_from


@dataclass(frozen=True, slots=True, kw_only=True)
class Sound:
    """Mono audio as μ-law bytes, one a sample, whatever it was in the file."""

    ulaw: bytes
    rate_hz: int

    @property
    def duration_s(self) -> float:
        return len(self.ulaw) / self.rate_hz


def read_wav(raw: bytes, name: str) -> Sound:
    """BadInput, with the `name`, when the file is no WAV or of a kind that is not taken here."""
    if raw[:4] != b"RIFF" or raw[8:12] != b"WAVE":
        raise BadInput([f"{name}: not a WAV file"])
    chunks = _chunks(raw)
    head, data = chunks.get(b"fmt "), chunks.get(b"data")
    if head is None or len(head) < 16 or not data:
        raise BadInput([f"{name}: a WAV file without a format or without audio in it"])
    kind, channels, rate_hz, _, _, bits = _FORMAT(head)
    if kind == EXTENSIBLE and len(head) >= 26:
        kind = int.from_bytes(head[24:26], "little")
    if channels != 1 or (kind, bits) not in {(PCM, 16), (MULAW, 8)}:
        raise BadInput(
            [f"{name}: expected one channel of 16-bit PCM or of μ-law, got {channels} of format {kind}, {bits} bits"]
        )
    return Sound(ulaw=data if kind == MULAW else to_ulaw(samples_of(data)), rate_hz=rate_hz)


def samples_of(little_endian: bytes) -> "array[int]":
    """16-bit samples; an odd byte at the end is left out."""
    samples = array("h", little_endian[: len(little_endian) & ~1])
    if byteorder == "big":
        samples.byteswap()
    return samples


def l16_of(sound: Sound) -> bytes:
    """The audio as L16: 16-bit samples, most significant byte first. Source: RFC 3551 section 4.5.11."""
    samples = to_linear(sound.ulaw)
    if byteorder == "little":
        samples.byteswap()
    return samples.tobytes()


def _chunks(raw: bytes) -> dict[bytes, bytes]:
    """The first chunk of each kind; one that runs past the end of the file, as of a recorder that died, is cut."""
    found: dict[bytes, bytes] = {}
    at = 12
    while at + 8 <= len(raw):
        size = int.from_bytes(raw[at + 4 : at + 8], "little")
        found.setdefault(raw[at : at + 4], raw[at + 8 : at + 8 + size])
        at += 8 + size + (size & 1)
    return found
