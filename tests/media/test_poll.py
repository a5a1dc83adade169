"""What a call hears does not depend on who reads it: the poll, or picows alone."""

import asyncio
import os
import struct
from collections.abc import Sequence
from itertools import pairwise

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from media.bulkhead import OUR_FAULT
from media.poll import Poll, feed
from tests.media.callers import BINARY, CLOSE, CONTINUATION, PING, PONG, TEXT, ws_frame
from tests.media.polled_calls import MOST_BYTES, on_a_loop, upgraded

Frames = tuple[bytes, ...]


def alone(frames: Frames) -> object:
    """What comes of `frames` where picows reads each by itself."""

    async def read() -> object:
        async with upgraded(together=False) as call:
            for frame in frames:
                feed(call.protocol, frame)
            return call.outcome()

    return asyncio.run(read())


def together(chunks: Sequence[bytes]) -> object:
    """What comes of the same where the poll reads, in these chunks; a socket that was given back is read by picows."""

    async def read() -> object:
        async with upgraded(together=True) as call:
            for chunk in chunks:
                reading = call.hearer.reading
                if reading is not None:
                    reading.read(chunk)
                else:
                    assert call.wire.reads
                    feed(call.protocol, chunk)
            return call.outcome()

    return asyncio.run(read())


PAYLOADS = st.one_of(
    st.binary(max_size=9), st.binary(min_size=120, max_size=130), st.binary(min_size=298, max_size=300)
)
MASKS = st.binary(min_size=4, max_size=4)
MESSAGES = st.builds(
    lambda opcode, payload, mask: ws_frame(opcode, payload, mask=mask),
    st.sampled_from([TEXT, TEXT, BINARY]),
    PAYLOADS,
    MASKS,
)
CONTROL = st.builds(
    lambda opcode, payload: ws_frame(opcode, payload), st.sampled_from([PING, PONG]), st.binary(max_size=9)
)
FRAGMENTED = st.builds(
    lambda first, second, between: (
        ws_frame(TEXT, first, fin=False) + b"".join(between) + ws_frame(CONTINUATION, second)
    ),
    PAYLOADS.filter(lambda payload: len(payload) < 150),
    PAYLOADS.filter(lambda payload: len(payload) < 150),
    st.lists(CONTROL, max_size=2),
)
LAST = st.sampled_from(
    [
        ws_frame(CLOSE, struct.pack("!H", 4001) + b"over"),
        ws_frame(CLOSE, b""),
        ws_frame(CLOSE, b"x"),
        ws_frame(TEXT, b"close"),
        ws_frame(TEXT, b"x", reserved=0x40),
        ws_frame(CONTINUATION, b"x"),
        ws_frame(3, b"x"),
        ws_frame(PING, b"x", fin=False),
        ws_frame(PING, b"x" * 126),
        ws_frame(TEXT, b"x" * 301)[:8],
        ws_frame(BINARY, b"x" * 70_000)[:14],
        b"\x81\x05hello",
        b"\x81\xfe\x00\x05\1\2\3\4hello",  # a size in more bytes than it takes
        b"\x81\xff\x00\x00\x00\x00\x00\x00\x00\x80\1\2\3\4" + b"...",
    ]
)
PLAIN = st.lists(st.one_of(MESSAGES, MESSAGES, MESSAGES, CONTROL), max_size=8)


# picows looks a frame ahead for a fault, so what it answers before one depends on how it is cut, if it reads both.
SENT = st.one_of(
    st.lists(st.one_of(MESSAGES, CONTROL, FRAGMENTED), max_size=8).map(tuple),
    st.builds(lambda frames, last: (*frames, last), PLAIN, LAST),
)


@given(sent=SENT, cuts=st.lists(st.floats(0, 1), max_size=12))
@example(sent=(ws_frame(TEXT, b"x" * 200),) * 6 + (ws_frame(TEXT, b"close"),), cuts=[0.5, 0.51])
@settings(max_examples=250, deadline=None)
def test_what_is_heard_is_the_same_however_it_is_cut(sent: Frames, cuts: list[float]) -> None:
    whole = b"".join(sent)
    places = sorted({0, len(whole), *(int(cut * len(whole)) for cut in cuts)})
    chunks = [whole[begin:end] for begin, end in pairwise(places)]
    assert together(chunks) == alone(sent)


@given(frames=st.lists(st.one_of(MESSAGES, CONTROL), max_size=3), last=st.one_of(st.none(), LAST))
@settings(max_examples=40, deadline=None)
def test_so_it_is_byte_by_byte(frames: list[bytes], last: bytes | None) -> None:
    sent = (*frames, *([last] if last else []))
    assert together([bytes([byte]) for byte in b"".join(sent)]) == alone(sent)


@on_a_loop
async def test_messages_come_by_the_socket() -> None:
    async with upgraded(together=True) as call:
        sent = [bytes([number]) * 200 for number in range(50)]
        for payload in sent:
            call.end.send(ws_frame(BINARY, payload))
        await call.until(lambda: len(call.hearer.heard) == 50)
        assert call.hearer.heard == [(payload, False) for payload in sent]
        assert not call.wire.reads


@on_a_loop
async def test_who_had_no_place_in_a_full_turn_is_read_in_the_next_at_once() -> None:
    async with upgraded(together=True) as call, upgraded(together=True) as other:
        poll = Poll(gather_s=3_600.0, most_events=1)
        for one in (call, other):
            assert one.hearer.reading is not None
            one.end.send(ws_frame(TEXT, b"hello"))
            one.hearer.house.poll.leave(one.hearer.reading)
            poll.enter(one.hearer.reading)
        await call.until(lambda: bool(call.hearer.heard))
        await other.until(lambda: bool(other.hearer.heard))
        poll.close()


@on_a_loop
async def test_a_call_that_is_held_is_not_read_until_it_is_released() -> None:
    async with upgraded(together=True) as call, upgraded(together=True) as other:
        call.end.send(ws_frame(TEXT, b"pause") + ws_frame(TEXT, b"came with it"))
        await call.until(lambda: len(call.hearer.heard) == 2)
        call.end.send(ws_frame(TEXT, b"later"))
        other.end.send(ws_frame(TEXT, b"of another"))
        await other.until(lambda: bool(other.hearer.heard))
        assert len(call.hearer.heard) == 2
        call.hearer.resume()
        await call.until(lambda: len(call.hearer.heard) == 3)
        assert call.hearer.heard[-1] == (b"later", True)


@on_a_loop
async def test_a_call_that_is_given_back_while_it_is_held_stays_held() -> None:
    async with upgraded(together=True) as call:
        call.end.send(ws_frame(TEXT, b"pause") + ws_frame(TEXT, b"a frag", fin=False) + ws_frame(CONTINUATION, b"ment"))
        await call.until(lambda: len(call.hearer.heard) == 2)
        assert call.hearer.reading is None
        assert not call.wire.reads
        call.hearer.resume()
        assert call.wire.reads


@on_a_loop
async def test_the_end_of_what_is_sent_is_left_to_the_loop() -> None:
    async with upgraded(together=True) as call:
        call.end.send(ws_frame(TEXT, b"last") + b"\x81")
        call.end.close()
        await call.until(lambda: call.wire.reads)
        assert call.hearer.heard == [(b"last", True)]
        assert call.hearer.reading is None


@on_a_loop
async def test_a_fault_of_ours_ends_one_call_and_no_other() -> None:
    async with upgraded(together=True) as call:
        call.end.send(ws_frame(TEXT, b"break") + ws_frame(TEXT, b"not heard"))
        await call.until(lambda: bool(call.faults))
        assert call.answers() == b"\x88\x18\x03\xf3" + OUR_FAULT.encode()
        assert call.hearer.heard == [(b"break", True)]
        assert call.wire.reads


@on_a_loop
async def test_a_descriptor_that_is_gone_is_forgotten() -> None:
    async with upgraded(together=True) as call:
        call.protocol.connection_lost(None)
        assert call.hearer.reading is None
        os.fstat(call.wire.get_extra_info("socket").fileno())  # and still nobody else's


@pytest.mark.parametrize("size", [126, 200, MOST_BYTES])
@on_a_loop
async def test_many_frames_in_one_read_are_all_heard(size: int) -> None:
    async with upgraded(together=True) as call:
        call.end.send(ws_frame(TEXT, b"x" * size) * 20)
        await call.until(lambda: len(call.hearer.heard) == 20)
