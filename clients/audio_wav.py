"""WAV files: RIFF chunks up to the samples.

Not by mutagen, which takes a chunk's word for its length (so a file that was cut off, or written to a pipe, has the
duration that was meant), counts compressed blocks as samples, and looks for tags behind the samples.
Source: Multimedia Programming Interface and Data Specifications 1.0; RFC 2361; ksmedia.h for the extensible form.
"""

import struct
from dataclasses import dataclass

from clients.audio_sound import BinaryFile, Sound, milliseconds
from clients.audio_source import Unreadable

MOST_CHUNKS = 64  # before the samples
UNTOLD = 0x7FFF_0000  # bytes; whoever writes to a pipe says this or more, since it cannot come back and correct it
EXTENSIBLE = 0xFFFE
FORMAT = struct.Struct("<HHIIHH")  # tag, channels, samples/s, bytes/s, bytes a block, bits a sample
PLAIN = {1: "pcm_s{bits}", 3: "pcm_f{bits}", 6: "pcm_alaw", 7: "pcm_mulaw"}  # one block is one sample of each channel
PACKED = {0x02: "adpcm_ms", 0x11: "adpcm_ima", 0x31: "gsm", 0x50: "mp2", 0x55: "mp3"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Format:
    """The `fmt ` chunk, its extension already looked into."""

    tag: int
    channels: int
    sample_rate_hz: int
    bytes_per_s: int
    bits: int


def read_wav(source: BinaryFile) -> Sound:
    """What the chunks say, as far as the file bears it out; raises Unreadable."""
    source.seek(12)
    form, samples = None, None
    for _ in range(MOST_CHUNKS):
        name, size = _chunk(source)
        at = source.tell()
        if name == b"fmt ":
            form = _format(source.read(min(size, 40)))
        elif name == b"fact":
            samples = int.from_bytes(source.read(4), "little")
        elif name == b"data":
            if form is None:
                break
            return _sound(form, samples, _there(size, source.size - at), untold=size >= UNTOLD)
        source.seek(at + size + size % 2)
    raise Unreadable("broken", "the WAV file does not say how its sound is to be read")


def _chunk(source: BinaryFile) -> tuple[bytes, int]:
    header = source.read(8)
    if len(header) < 8:
        raise Unreadable("broken", "the WAV file ends before its sound begins: it was cut off")
    return header[:4], int.from_bytes(header[4:], "little")


def _format(chunk: bytes) -> Format:
    if len(chunk) < FORMAT.size:
        raise Unreadable("broken", "the WAV file's format chunk is too short")
    tag, channels, rate, bytes_per_s, _block, bits = FORMAT.unpack_from(chunk)
    if tag == EXTENSIBLE and len(chunk) >= 26:
        tag = int.from_bytes(chunk[24:26], "little")
    if not channels or not rate or (tag in PLAIN and not bits) or (tag not in PLAIN and not bytes_per_s):
        raise Unreadable("broken", "the WAV file has no channels, no sample rate or no bits")
    return Format(tag=tag, channels=channels, sample_rate_hz=rate, bytes_per_s=bytes_per_s, bits=bits)


def _there(told: int, left: int) -> int:
    """How many bytes of samples there are, of those that the chunk tells of."""
    if told < UNTOLD and told > left:
        raise Unreadable("broken", f"the WAV file was cut off: it tells of {told} bytes of sound, {left} are there")
    return min(told, left)


def _sound(form: Format, samples: int | None, size: int, *, untold: bool) -> Sound:
    rate = form.sample_rate_hz
    if form.tag in PLAIN:
        frames = size // (form.channels * ((form.bits + 7) // 8))
        duration_ms, exact = milliseconds(frames, rate), not untold
    elif samples:
        duration_ms, exact = milliseconds(samples, rate), True
    else:
        duration_ms, exact = milliseconds(size, form.bytes_per_s), False
    return Sound(
        container="wav",
        codec=codec_name(form.tag, form.bits),
        sample_rate_hz=rate,
        channels=form.channels,
        duration_ms=duration_ms,
        exact=exact,
    )


def codec_name(tag: int, bits: int) -> str:
    """``pcm_s16``, ``pcm_u8``, ``pcm_mulaw`` …; the number of the format where it is not one of ours."""
    if (tag, bits) == (1, 8):
        return "pcm_u8"
    known = PLAIN.get(tag) or PACKED.get(tag)
    return known.format(bits=bits) if known else f"wav_0x{tag:04x}"
