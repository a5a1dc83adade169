from array import array

from hypothesis import given
from hypothesis import strategies as st

from simulator.g711 import SILENCE, to_linear, to_ulaw


def test_known_values() -> None:
    assert list(to_linear(bytes([0x00, 0x80, 0x7F, 0xFF, 0x8F]))) == [-32124, 32124, 0, 0, 16764]
    assert to_ulaw(array("h", [0, 32767, -32768, 16764])) == bytes([SILENCE, 0x80, 0x00, 0x8F])


def test_every_byte_survives_there_and_back() -> None:
    everything = bytes(range(256))
    back = to_ulaw(to_linear(everything))
    assert back == everything.replace(b"\x7f", b"\xff")  # both are 0


@given(st.integers(-32_768, 32_767))
def test_a_sample_comes_back_within_a_step(sample: int) -> None:
    (back,) = to_linear(to_ulaw(array("h", [sample])))
    assert abs(back - sample) <= max(4, abs(sample) / 16 + 4)
