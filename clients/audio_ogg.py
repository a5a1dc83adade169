"""Ogg files: the codec from the first page, the duration from the granule position of the last one.

Source: RFC 3533; Vorbis I section 4.2.2; RFC 7845 (Opus); mutagen reads the pages.
"""

from mutagen.ogg import OggPage
from mutagen.oggflac import OggFLACStreamInfo
from mutagen.oggopus import OggOpusInfo
from mutagen.oggspeex import OggSpeexInfo
from mutagen.oggvorbis import OggVorbisInfo

from clients.audio_sound import MISREAD, BinaryFile, Sound, milliseconds
from clients.audio_source import Unreadable

LOOKED_AT = 4096  # bytes; the first pages of all streams are there, and each is shorter than 100 bytes
OPUS_HZ = 48_000  # granule positions of Opus, whatever was recorded; RFC 7845 section 4
OPUS_MARK = b"OpusHead"
CODECS = (
    (b"\x01vorbis", "vorbis", OggVorbisInfo),
    (OPUS_MARK, "opus", OggOpusInfo),
    (b"\x7fFLAC", "flac", OggFLACStreamInfo),
    (b"Speex   ", "speex", OggSpeexInfo),
)


def read_ogg(source: BinaryFile) -> Sound:
    """What is in its first audio stream; raises Unreadable."""
    source.seek(0)
    start = source.read(LOOKED_AT)
    for mark, codec, reader in CODECS:
        if mark in start:
            return _read_stream(source, start, codec, reader)
    raise Unreadable("not_audio", "the Ogg file holds no Vorbis, Opus, FLAC or Speex")


def _read_stream(source: BinaryFile, start: bytes, codec: str, reader: type) -> Sound:
    try:
        source.seek(0)
        info = reader(source)
        last = OggPage.find_last(source, info.serial, finishing=True)  # type: ignore[no-untyped-call]
    except MISREAD:
        raise Unreadable("broken", "the Ogg file is damaged, or was cut off") from None
    if last is None or not last.last:
        raise Unreadable("broken", "the Ogg file was cut off: its stream has no end")
    rate, skipped = (OPUS_HZ, _pre_skip(start)) if codec == "opus" else (info.sample_rate, 0)
    if not rate or not info.channels:
        raise Unreadable("broken", "the Ogg file has no channels or no sample rate")
    return Sound(
        container="ogg",
        codec=codec,
        sample_rate_hz=rate,
        channels=info.channels,
        duration_ms=milliseconds(max(0, last.position - skipped), rate),
    )


def _pre_skip(start: bytes) -> int:
    """Samples that are decoded and not heard; RFC 7845 section 5.1."""
    at = start.index(OPUS_MARK) + 10
    return int.from_bytes(start[at : at + 2], "little")
