"""Ogg files: the codec from the first page, the duration from the last."""

import struct

import pytest

from tests.clients.audio_cdn import recorded, shipped
from tests.clients.audio_files import sound, trouble


def page(packet: bytes, *, position: int = 0, flags: int = 0, number: int = 0, serial: int = 1) -> bytes:
    lacing = b"\xff" * (len(packet) // 255) + bytes([len(packet) % 255])
    header = struct.pack("<4sBBqIIIB", b"OggS", 0, flags, position, serial, number, 0, len(lacing))
    return header + lacing + packet


def stream(*packets: bytes, end: int) -> bytes:
    first, *middle = packets
    pages = [page(first, flags=2), *(page(packet, number=number) for number, packet in enumerate(middle, 1))]
    return b"".join(pages) + page(b"sound", position=end, flags=4, number=len(packets))


FLAC = b"\x7fFLAC\x01\x00\x00\x01fLaC\x00\x00\x00\x22" + bytes.fromhex("1000100000000000000000c440f0") + bytes(20)
SPEEX = b"Speex   ".ljust(36, b"\x00") + struct.pack("<IIIIi", 8000, 0, 4, 1, 0) + bytes(24)


def test_vorbis_lasts_as_long_as_its_last_granule_says() -> None:
    found = sound(shipped("stereo.ogg"))
    assert (found.container, found.codec, found.sample_rate_hz, found.channels) == ("ogg", "vorbis", 22_050, 2)
    assert (found.duration_ms, found.exact) == (1250, True)


def test_opus_is_counted_at_48_khz_without_what_is_skipped() -> None:
    found = sound(recorded("en.standard.welcome.opus"))
    assert (found.container, found.codec, found.sample_rate_hz) == ("ogg", "opus", 48_000)
    assert found.duration_ms == sound(recorded("en.standard.welcome.wav")).duration_ms


def test_other_codecs_are_named() -> None:
    assert sound(stream(FLAC, end=44_100)).codec == "flac"
    found = sound(stream(SPEEX, end=12_000))
    assert (found.codec, found.sample_rate_hz, found.duration_ms) == ("speex", 8000, 1500)


def test_video_is_no_audio() -> None:
    assert trouble(stream(b"\x80theora" + bytes(40), end=9)).trouble == "not_audio"


@pytest.mark.parametrize("kept", [0.3, 0.6, 0.99])
def test_a_file_that_was_cut_off_has_no_end(kept: float) -> None:
    file = recorded("en.standard.long.ogg")
    problem = trouble(file[: int(len(file) * kept)])
    assert (problem.trouble, "cut off" in problem.detail) == ("broken", True)


def test_a_stream_without_rate_or_samples_is_refused() -> None:
    head = b"\x01vorbis" + struct.pack("<IBI3iBB", 0, 1, 8000, 0, 0, 0, 0xB8, 1)
    assert sound(stream(head, end=8000)).duration_ms == 1000
    assert trouble(stream(head, end=0)).trouble == "empty"
    for bad in (head.replace(struct.pack("<I", 8000), bytes(4)), head[:11] + b"\x00" + head[12:], head[:20]):
        assert trouble(stream(bad, end=8000)).trouble == "broken"


def test_opus_that_ends_before_its_skip_is_empty() -> None:
    head = b"OpusHead" + struct.pack("<BBHIhB", 1, 1, 312, 8000, 0, 0)
    assert trouble(stream(head, end=300)).trouble == "empty"
