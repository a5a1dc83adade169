"""After a frame that ends a connection nothing of it is heard: not the rest of that frame, and nothing behind it."""

import struct

import pytest

from media.poll import feed
from tests.media.callers import CLOSE, PING, TEXT, ws_frame
from tests.media.polled_calls import MOST_BYTES, Call, on_a_loop, upgraded

BIG = ws_frame(TEXT, b"x" * (MOST_BYTES + 1))
HUGE = ws_frame(TEXT, b"x" * 70_000)
GOOD = ws_frame(TEXT, b"good")
BAD_CLOSE = ws_frame(CLOSE, struct.pack("!H", 1005))

READ = pytest.mark.parametrize("together", [True, False], ids=["poll", "picows"])


def receive(call: Call, piece: bytes) -> None:
    """Have `piece` read by whoever reads the call now."""
    if call.hearer.reading is not None:
        call.hearer.reading.read(piece)
    else:
        feed(call.protocol, piece)


@READ
@on_a_loop
async def test_who_does_not_read_gets_no_pongs_that_would_wait_for_it(together: bool) -> None:
    async with upgraded(together=together) as call:
        call.hearer.pause_writing()
        receive(call, ws_frame(PING, b"unread"))
        assert call.answers() == b""
        call.hearer.resume_writing()
        receive(call, ws_frame(PING, b"read"))
        assert call.answers() == b"\x8a\x04read"


@READ
@pytest.mark.parametrize("frame", [BIG, HUGE])
@pytest.mark.parametrize("first", [4, 10, 14, 100])
@on_a_loop
async def test_a_frame_that_is_too_big_is_not_heard_when_it_comes_in_pieces(
    together: bool, frame: bytes, first: int
) -> None:
    async with upgraded(together=together) as call:
        for piece in (frame[:first], frame[first:], GOOD + GOOD[:3]):
            receive(call, piece)
        assert call.hearer.heard == []
        assert b"\x88" in call.answers()


@READ
@pytest.mark.parametrize("behind", [GOOD, GOOD + GOOD, GOOD[:5]])
@on_a_loop
async def test_nothing_is_heard_behind_a_close_that_is_none(together: bool, behind: bytes) -> None:
    async with upgraded(together=together) as call:
        for piece in (GOOD, BAD_CLOSE, behind):
            receive(call, piece)
        assert call.hearer.heard == [(b"good", True)]


@READ
@pytest.mark.parametrize("fault", [BIG, BAD_CLOSE, ws_frame(3, b"x"), b"\x81\x05hello"])
@on_a_loop
async def test_what_came_before_a_fault_is_heard(together: bool, fault: bytes) -> None:
    async with upgraded(together=together) as call:
        for piece in (GOOD + GOOD, fault):
            receive(call, piece)
        assert call.hearer.heard == [(b"good", True)] * 2
