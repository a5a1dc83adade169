"""Media of AudioHook: what is chosen, how frames are taken apart, where the stream stands."""

import struct
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from genesys.audiohook_media import Media, Position, choose, read_media, splitter


def offer(*channels: str, layout: str = "PCMU", **more: Any) -> dict[str, Any]:
    return {"type": "audio", "format": layout, "channels": [*channels], "rate": 8000} | more


def media(*channels: str, layout: str = "PCMU") -> Media:
    known = read_media(offer(*channels, layout=layout))
    assert known is not None
    return known


STEREO, EXTERNAL, INTERNAL = media("external", "internal"), media("external"), media("internal")


def test_stereo_is_chosen_before_mono_or_after_it() -> None:
    assert choose((EXTERNAL, STEREO, INTERNAL), stereo=True) is STEREO
    assert choose((STEREO, INTERNAL, EXTERNAL), stereo=False) is EXTERNAL


def test_the_customer_is_chosen_before_the_agent() -> None:
    assert choose((INTERNAL, EXTERNAL), stereo=True) is EXTERNAL
    assert choose((INTERNAL,), stereo=True) is INTERNAL


def test_of_equals_their_first_is_chosen() -> None:
    linear = media("external", layout="L16")
    assert choose((linear, EXTERNAL), stereo=False) is linear


def test_nothing_is_chosen_of_nothing() -> None:
    assert choose((), stereo=True) is None


def test_what_is_chosen_is_theirs_unmodified() -> None:
    raw = offer("internal", "external", future={"a": [1, None]})
    known = read_media(raw)
    assert known is not None
    assert known.raw is raw
    assert known.channels == ("internal", "external")


@pytest.mark.parametrize(
    "wrong",
    [
        None,
        "audio",
        [],
        offer(),
        offer("external", "external"),
        offer("external", "internal", "external"),
        offer("elsewhere"),
        offer("external") | {"rate": 16000},
        offer("external") | {"type": "video"},
        offer("external", layout="OPUS"),
        offer("external") | {"channels": "external"},
        offer("external") | {"channels": [["external"]]},
        offer("external") | {"format": ["PCMU"]},
    ],
)
def test_what_we_do_not_know_is_not_chosen(wrong: object) -> None:
    assert read_media(wrong) is None


@given(st.lists(st.tuples(st.integers(0, 255), st.integers(0, 255)), max_size=50))
def test_ulaw_channels_are_taken_apart(samples: list[tuple[int, int]]) -> None:
    frame = bytes(value for pair in samples for value in pair)
    assert splitter(STEREO)(frame) == (bytes(left for left, _ in samples), bytes(right for _, right in samples))


@given(st.lists(st.tuples(st.integers(-32768, 32767), st.integers(-32768, 32767)), max_size=50))
def test_linear_channels_are_taken_apart(samples: list[tuple[int, int]]) -> None:
    frame = struct.pack(f"<{2 * len(samples)}h", *(value for pair in samples for value in pair))
    left, right = splitter(media("external", "internal", layout="L16"))(frame)
    assert struct.unpack(f"<{len(samples)}h", left) == tuple(pair[0] for pair in samples)
    assert struct.unpack(f"<{len(samples)}h", right) == tuple(pair[1] for pair in samples)


@given(st.binary(max_size=400).filter(lambda audio: len(audio) % 4 == 0), st.lists(st.integers(1, 40), min_size=1))
def test_however_it_is_cut_each_channel_is_the_same(audio: bytes, cuts: list[int]) -> None:
    for kind in (STEREO, media("external", "internal", layout="L16")):
        apart, whole, at, turn = splitter(kind), splitter(kind)(audio), 0, 0
        got = [b"", b""]
        while at < len(audio):
            size = cuts[turn % len(cuts)] * kind.frame_bytes
            for channel, part in enumerate(apart(audio[at : at + size])):
                got[channel] += part
            at, turn = at + size, turn + 1
        assert tuple(got) == whole


def test_mono_is_not_touched() -> None:
    audio = b"\x01\x02\x03"
    assert splitter(EXTERNAL)(audio)[0] is audio


@pytest.mark.parametrize(("kind", "size"), [(EXTERNAL, 1), (STEREO, 2), (media("external", layout="L16"), 2)])
def test_the_bytes_of_one_sample_of_all_channels(kind: Media, size: int) -> None:
    assert kind.frame_bytes == size


STEPS = st.lists(st.one_of(st.integers(0, 100_000), st.tuples(st.integers(0, 10**6), st.integers(0, 10**6))))


@given(STEPS, st.integers(0, 160_000))
def test_the_position_is_samples_and_what_was_lost(steps: list[int | tuple[int, int]], origin: int) -> None:
    position, at = Position(Fraction(origin, 8000)), origin
    for step in steps:
        if isinstance(step, int):
            position.samples += step
            at += step
        else:
            start, discarded = step
            ends = start + discarded
            assert position.skipped(Fraction(start, 8000), Fraction(discarded, 8000)) == (at, ends)
            at = ends
        assert position.at == at
        assert position.since_open == at - origin


def test_other_positions_than_ours_are_counted() -> None:
    position = Position()
    position.samples = 8000
    position.told(Fraction(1))
    position.told()
    assert position.disagreements == 0
    position.told(Fraction(2))
    position.skipped(Fraction(5), Fraction(1))
    assert position.disagreements == 2
    assert position.at == 48_000


@pytest.mark.parametrize(("sent", "counted"), [(1, 0), (3, 0), (2, 1)])
def test_who_tells_of_lost_audio_may_have_counted_it_or_not(sent: int, counted: int) -> None:
    position = Position()
    position.samples = 8000
    position.skipped(Fraction(1), Fraction(2), Fraction(sent))
    assert position.disagreements == counted
