"""G.711 by table, against the ladder of the standard climbed step by step."""

import itertools
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from media.g711 import SILENCE, decoded


def ladder(first: int, widths: list[int]) -> list[int]:
    """The 128 sizes of one sign: each the middle of its step, sixteen steps of one width to a segment."""
    steps = [width for width in widths for _ in range(16)]
    sizes = [first]
    for width, wider in itertools.pairwise(steps):
        sizes.append(sizes[-1] + (width + wider) // 2)
    return sizes


# Source: ITU-T G.711, tables 2 (µ-law, steps of 2 to 256 of 14 bits) and 1 (A-law, steps of 2 to 128 of 13 bits).
MU_SIZES = ladder(0, [8 << segment for segment in range(8)])
A_SIZES = ladder(8, [16, *(16 << segment for segment in range(7))])


def mu_sample(code: int) -> int:
    size = MU_SIZES[127 - (code & 0x7F)]  # all bits are inverted on the wire
    return size if code & 0x80 else -size


def a_sample(code: int) -> int:
    size = A_SIZES[(code ^ 0x55) & 0x7F]  # every other bit is
    return size if code & 0x80 else -size


@given(st.binary(max_size=400))
def test_mu_law_is_decoded_as_the_standard_says(audio: bytes) -> None:
    assert struct.unpack(f"<{len(audio)}h", decoded(audio, "PCMU")) == tuple(map(mu_sample, audio))


@given(st.binary(max_size=400))
def test_a_law_is_decoded_as_the_standard_says(audio: bytes) -> None:
    assert struct.unpack(f"<{len(audio)}h", decoded(audio, "PCMA")) == tuple(map(a_sample, audio))


@pytest.mark.parametrize("codec", ["PCMU", "PCMA"])
def test_every_code_there_is(codec: str) -> None:
    sample = {"PCMU": mu_sample, "PCMA": a_sample}[codec]
    assert struct.unpack("<256h", decoded(bytes(range(256)), codec)) == tuple(map(sample, range(256)))


def test_the_loudest_and_the_softest() -> None:
    assert struct.unpack("<4h", decoded(b"\x00\x7f\x80\xff", "PCMU")) == (-32124, 0, 32124, 0)
    assert struct.unpack("<4h", decoded(b"\x2a\xaa\x55\xd5", "PCMA")) == (-32256, 32256, -8, 8)


@given(st.binary(max_size=400))
def test_l16_is_what_it_is_but_for_half_a_sample(audio: bytes) -> None:
    whole = len(audio) // 2 * 2
    assert decoded(audio, "L16") == audio[:whole]


@pytest.mark.parametrize("codec", ["PCMU", "PCMA", "L16"])
def test_silence_is_silent(codec: str) -> None:
    samples = struct.unpack("<9h", decoded(SILENCE[codec] * 9, codec))
    assert max(map(abs, samples)) <= 8


def test_another_codec_is_no_secret() -> None:
    with pytest.raises(KeyError):
        decoded(b"\0", "opus")
