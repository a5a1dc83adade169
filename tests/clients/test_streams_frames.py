"""The parser: the same result however the bytes are cut, and a code for every broken rule."""

from itertools import pairwise
from struct import pack

import pytest
from hypothesis import given
from hypothesis import strategies as st
from websocket import ABNF

from clients.streams.frames import Close, Control, FrameParser, Ping, Pong, Violation
from tests.clients.stream_peers import BINARY, CLOSE, CONTINUATION, PING, PONG, TEXT, close, frame

KIB = 1 << 10
Heard = tuple[list[str | bytes], list[Control]]


def parser(max_message_bytes: int = 64 * KIB, max_fragments: int = 8) -> FrameParser:
    return FrameParser(max_message_bytes=max_message_bytes, max_fragments=max_fragments)


def hear(reader: FrameParser, *chunks: bytes, share: int = 64) -> Heard:
    """Everything in `chunks`, asked for in shares of so many frames."""
    messages: list[str | bytes] = []
    controls: list[Control] = []
    for chunk in chunks:
        reader.feed(chunk)
        left = 0
        while left == 0:
            taken, heard, left = reader.take(share)
            messages += taken
            controls += heard
    return messages, controls


def violation(*chunks: bytes, **limits: int) -> tuple[list[str | bytes], int]:
    """The messages before the one violation, and its code."""
    messages, controls = hear(parser(**limits), *chunks)
    (found,) = controls
    assert isinstance(found, Violation)
    return messages, found.code


def library_frame(payload: str | bytes, opcode: int, fin: int = 1) -> bytes:
    """A frame as websocket-client writes it, unmasked as a server would send it."""
    data = payload.encode() if isinstance(payload, str) else payload
    encoded: bytes = ABNF(fin, 0, 0, 0, opcode, 0, data).format()
    return encoded


TEXTS = st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=300)
PAYLOADS = st.one_of(TEXTS, st.binary(max_size=300), st.sampled_from([b"x" * 125, b"x" * 126, b"x" * 70_000, "é" * 40]))
CUTS = st.lists(st.integers(min_value=0, max_value=200_000), max_size=12)
NOISE = st.lists(
    st.one_of(
        st.binary(max_size=40),
        st.builds(frame, st.integers(0, 15), st.binary(max_size=130), fin=st.booleans()),
    ),
    max_size=12,
)


def pieces(data: bytes, cuts: list[int]) -> list[bytes]:
    edges = [0, *sorted(cut % (len(data) + 1) for cut in cuts), len(data)]
    return [data[begin:end] for begin, end in pairwise(edges)]


def opcode_of(message: str | bytes) -> int:
    return TEXT if isinstance(message, str) else BINARY


@given(messages=st.lists(PAYLOADS, max_size=8), cuts=CUTS, share=st.integers(1, 10))
def test_reads_what_the_library_writes_however_it_is_cut(
    messages: list[str | bytes], cuts: list[int], share: int
) -> None:
    data = b"".join(library_frame(message, opcode_of(message)) for message in messages)
    heard, controls = hear(parser(max_message_bytes=1 << 20), *pieces(data, cuts), share=share)
    assert heard == messages
    assert controls == []


@given(message=PAYLOADS, cuts=CUTS, parts=st.lists(st.integers(0, 70_000), max_size=5))
def test_puts_fragments_together_with_pings_between_them(
    message: str | bytes, cuts: list[int], parts: list[int]
) -> None:
    whole = message.encode() if isinstance(message, str) else message
    fragments = pieces(whole, parts)
    data = b""
    for index, fragment in enumerate(fragments):
        opcode = CONTINUATION if index else opcode_of(message)
        data += library_frame(fragment, opcode, int(index == len(fragments) - 1)) + library_frame(b"?", PING)
    heard, controls = hear(parser(max_message_bytes=1 << 20), *pieces(data, cuts))
    assert heard == [message]
    assert controls == [Ping(payload=b"?")] * len(fragments)


@given(noise=NOISE, cuts=CUTS, share=st.integers(1, 10))
def test_any_bytes_mean_the_same_however_they_are_cut(noise: list[bytes], cuts: list[int], share: int) -> None:
    data = b"".join(noise)
    assert hear(parser(), *pieces(data, cuts), share=share) == hear(parser(), data)


def test_reads_byte_by_byte() -> None:
    data = frame(TEXT, b"a" * 200) + frame(PONG, b"p") + close(1001, "bye")
    messages, controls = hear(parser(), *(bytes([byte]) for byte in data))
    assert messages == ["a" * 200]
    assert controls == [Pong(payload=b"p"), Close(code=1001, reason="bye")]


def test_takes_no_more_frames_than_asked_for_and_says_that_there_may_be_more() -> None:
    reader = parser()
    reader.feed(frame(BINARY, b"x") * 5)
    assert reader.take(3) == ([b"x"] * 3, [], 0)
    assert reader.take(3) == ([b"x"] * 2, [], 1)


def test_nothing_is_read_after_a_close() -> None:
    reader = parser()
    assert hear(reader, close(1000), frame(TEXT, b"late")) == ([], [Close(code=1000, reason="")])
    assert reader.ended


def test_a_close_without_a_code_is_1005() -> None:
    assert hear(parser(), frame(CLOSE)) == ([], [Close(code=1005, reason="")])


def test_an_empty_message_is_a_message() -> None:
    assert hear(parser(), frame(TEXT), frame(BINARY)) == (["", b""], [])


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"\x81\x81\0\0\0\0x", "masked"),
        (b"\xc1\x00", "RSV1 without an extension"),
        (b"\xa2\x00", "RSV2"),
        (b"\x83\x00", "reserved data opcode"),
        (b"\x8b\x00", "reserved control opcode"),
        (b"\x09\x00", "fragmented ping"),
        (b"\x89\x7e\x00\x7e", "ping of 126 bytes"),
        (b"\x82\x7e\x00\x7d", "length 125 in two bytes"),
        (b"\x82\x7f" + pack("!Q", 65_535), "length 65,535 in eight bytes"),
        (frame(CONTINUATION, b"x"), "continuation of nothing"),
        (frame(TEXT, b"x", fin=False) + frame(TEXT, b"y"), "message in a message"),
        (frame(CLOSE, b"\x03"), "half a close code"),
        (close(1005), "close code that is never sent"),
        (close(1004), "reserved close code"),
        (close(999), "close code too low"),
        (close(5000), "close code too high"),
    ],
)
def test_a_broken_protocol_rule_is_1002(data: bytes, why: str) -> None:
    assert violation(data)[1] == 1002, why


@pytest.mark.parametrize(
    "data",
    [
        b"\x81\x02\xe2\x82",
        frame(TEXT, b"\xed\xa0\x80"),
        frame(TEXT, b"\xc0\xaf"),
        frame(TEXT, b"ok", fin=False) + frame(CONTINUATION, b"\xff"),
        frame(CLOSE, b"\x03\xe8\xff"),
    ],
)
def test_text_that_is_not_utf8_is_1007(data: bytes) -> None:
    assert violation(data)[1] == 1007


def test_a_letter_cut_between_two_fragments_is_whole_again() -> None:
    data = frame(TEXT, b"\xe2\x82", fin=False) + frame(CONTINUATION, b"\xac")
    assert hear(parser(), data) == (["€"], [])


def test_messages_before_a_violation_are_heard() -> None:
    assert violation(frame(TEXT, b"good") + b"\xff\x00") == (["good"], 1002)


def test_nothing_is_heard_after_a_violation() -> None:
    reader = parser()
    hear(reader, b"\xff\x00")
    assert hear(reader, frame(TEXT, b"late")) == ([], [])


@pytest.mark.parametrize("length", [64 * KIB + 1, 300 << 20, 1 << 62, (1 << 64) - 1])
def test_too_big_is_1009_at_the_header_before_any_payload(length: int) -> None:
    assert violation(b"\x82\x7f" + pack("!Q", length))[1] == 1009


def test_a_message_of_exactly_the_limit_is_heard() -> None:
    assert hear(parser(max_message_bytes=10), frame(BINARY, b"x" * 10)) == ([b"x" * 10], [])


def test_fragments_that_sum_up_to_too_much_are_1009_at_the_header() -> None:
    data = frame(BINARY, b"x" * 6, fin=False) + frame(CONTINUATION, b"x" * 5)[:2]
    assert violation(data, max_message_bytes=10)[1] == 1009


def test_endless_empty_fragments_are_1009() -> None:
    assert violation(frame(BINARY, fin=False) + frame(CONTINUATION, fin=False) * 20)[1] == 1009


def test_the_limit_counts_anew_for_every_message() -> None:
    message = frame(BINARY, b"x" * 6, fin=False) + frame(PING, b"y" * 100) + frame(CONTINUATION, b"x" * 4)
    heard, controls = hear(parser(max_message_bytes=10, max_fragments=2), message * 3)
    assert heard == [b"x" * 10] * 3
    assert len(controls) == 3
