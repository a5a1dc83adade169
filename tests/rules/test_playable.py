"""Files that fit are played sample by sample; of the others it is said what is wrong."""

import struct
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.playable import MOST_S, NotPlayable, playable


def wav(
    samples: bytes, tag: int = 1, channels: int = 1, rate: int = 8_000, bits: int = 16, before: bytes = b""
) -> bytes:
    block = channels * bits // 8
    form = struct.pack("<HHIIHH", tag, channels, rate, rate * block, block, bits)
    body = b"fmt " + struct.pack("<I", len(form)) + form + before + b"data" + struct.pack("<I", len(samples)) + samples
    return b"RIFF" + struct.pack("<I", 4 + len(body)) + b"WAVE" + body


def decoded(code: int) -> int:
    """ITU-T G.711, table 2b: the middle of the interval."""
    code = ~code & 0xFF
    magnitude = (((code & 0x0F) << 3) + 0x84 << ((code & 0x70) >> 4)) - 0x84
    return -magnitude if code & 0x80 else magnitude


def test_mu_law_is_played_as_it_is() -> None:
    assert playable(wav(b"\xff\x7f\x00", tag=7, bits=8), "wav") == b"\xff\x7f\x00"
    assert playable(b"\xff\x7f", "pcmu") == b"\xff\x7f"


@pytest.mark.parametrize(("sample", "code"), [(0, 0xFF), (-1, 0x7F), (32_767, 0x80), (-32_768, 0x00), (1_000, 0xCE)])
def test_pcm_becomes_mu_law(sample: int, code: int) -> None:
    assert playable(wav(struct.pack("<h", sample)), "wav") == bytes([code])


@given(st.integers(-32_635, 32_635))
def test_mu_law_is_as_near_as_mu_law_can_be(sample: int) -> None:
    (code,) = playable(wav(struct.pack("<h", sample)), "wav")
    segment = (abs(sample) + 132).bit_length() - 8  # ITU-T G.711: its steps are 8 samples wide, then twice that, …
    assert abs(decoded(code) - sample) <= 4 << segment


def test_chunks_before_the_samples_are_passed_over() -> None:
    before = b"LIST" + struct.pack("<I", 3) + b"abc\0"
    assert playable(wav(b"\0\0", before=before), "wav") == b"\xff"


@pytest.mark.parametrize(
    ("file", "said"),
    [
        (b"", "no WAV file"),
        (b"ID3\x04", "no WAV file"),
        (b"RIFF\0\0\0\0WAVE", "does not say"),
        (b"RIFF\0\0\0\0WAVEfmt \x02\0\0\0\x01\0data\x02\0\0\0ab", "too short"),
        (wav(b"\0\0\0\0", channels=2), "2 channels at 8000 Hz"),
        (wav(b"\0\0", rate=16_000), "1 channels at 16000 Hz"),
        (wav(b"\0\0", tag=6, bits=8), "format 6 with 8 bits"),
        (wav(b""), "no sound"),
        (wav(bytes((MOST_S + 1) * 16_000)), "121 s; 120 s can be played"),
    ],
)
def test_what_does_not_fit_is_told(file: bytes, said: str) -> None:
    with pytest.raises(NotPlayable, match=said):
        playable(file, "wav")


@given(st.binary(max_size=200))
def test_no_file_breaks_it(tail: bytes) -> None:
    for file in (tail, b"RIFF\0\0\0\0WAVE" + tail, b"RIFF\0\0\0\0WAVEfmt " + tail):
        with suppress(NotPlayable):
            playable(file, "wav")
