"""What a call hears does not depend on who reads it: the poll, or picows alone."""

import asyncio
import logging
import os
import socket
import struct
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from functools import wraps
from itertools import pairwise
from typing import ParamSpec, cast

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from picows import WSAutoPingStrategy, WSUpgradeRequest, WSUpgradeResponse, WSUpgradeResponseWithListener
from picows.picows import WSProtocol  # type: ignore[attr-defined]

from media.connection import Connection
from media.house import House
from media.language.desk import LanguageDesk
from media.poll import feed
from tests.media.callers import BINARY, CLOSE, CONTINUATION, PING, PONG, TEXT, request, ws_frame
from tests.media.houses import RecordedLine
from tests.media.workers import PATIENCE_S, plan

MOST_BYTES = 300

Frames = tuple[bytes, ...]
P = ParamSpec("P")


class Wire(asyncio.Transport):
    """A connection as asyncio has it, of which the test sees whether it is read and what was written."""

    def __init__(self, sock: socket.socket) -> None:
        super().__init__({"socket": sock, "peername": "", "sockname": ""})
        self.reads = False
        self.ended = False

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self.get_extra_info("socket").sendall(data)

    def get_write_buffer_size(self) -> int:
        return 0

    def pause_reading(self) -> None:
        self.reads = False

    def resume_reading(self) -> None:
        self.reads = True

    def is_closing(self) -> bool:
        return self.ended

    def close(self) -> None:
        self.ended = True

    def abort(self) -> None:
        self.ended = True


class Hearer(Connection):
    """Keeps its messages; some of them make it do something."""

    def __init__(self, house: House) -> None:
        super().__init__(house)
        self.heard: list[tuple[bytes, bool]] = []
        self.most_bytes = MOST_BYTES

    def message(self, payload: bytes, is_text: bool) -> None:
        self.heard.append((payload, is_text))
        if payload == b"close":
            self.close(1003, "asked to")
        elif payload == b"pause":
            self.pause()
        elif payload == b"break":
            raise ValueError("a fault of ours")


@dataclass
class Call:
    """One upgraded connection without a network: what it was sent goes in by `protocol`, or by the other `end`."""

    end: socket.socket
    wire: Wire
    protocol: WSProtocol
    hearer: Hearer
    faults: list[object] = field(default_factory=list)

    def outcome(self) -> tuple[list[tuple[bytes, bool]], bytes, bool, bool]:
        """Messages, what was answered, whether the close is settled, and whether the socket is closed."""
        return self.hearer.heard, self.answers(), self.hearer.closing, self.wire.ended

    def answers(self) -> bytes:
        """What has been written since this was last asked."""
        with suppress(BlockingIOError):
            return self.end.recv(65536)
        return b""

    async def until(self, done: Callable[[], bool]) -> None:
        async with asyncio.timeout(PATIENCE_S):
            while not done():
                await asyncio.sleep(0)


@asynccontextmanager
async def upgraded(*, together: bool) -> AsyncIterator[Call]:
    """A call, read by the house's poll or by nobody."""
    told = plan()
    loop = asyncio.get_running_loop()
    languages = LanguageDesk(told.language, deliver=loop.call_soon_threadsafe)
    house = House(told, RecordedLine(), cast(Callable[..., object], None), languages)  # type: ignore[arg-type]
    near, far = connected()
    near.setblocking(False)
    far.setblocking(False)
    with near, far:
        wire, hearer = Wire(near), Hearer(house)
        call = Call(far, wire, protocol_for(hearer), hearer)
        loop.set_exception_handler(lambda _loop, context: call.faults.append(context["exception"]))
        call.protocol.connection_made(wire)
        feed(call.protocol, request())
        assert call.answers().startswith(b"HTTP/1.1 101")
        if together:
            hearer.read_together(call.protocol, wire)
        yield call
        if hearer.reading is not None:
            hearer.reading.leave()
        house.poll.close()


def connected() -> tuple[socket.socket, socket.socket]:
    """Both ends of a connection."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        far = socket.create_connection(server.getsockname())
        return server.accept()[0], far


def on_a_loop(test: Callable[P, Coroutine[object, object, None]]) -> Callable[P, None]:
    """`test` to its end, on a loop of its own."""

    @wraps(test)
    def run(*arguments: P.args, **named: P.kwargs) -> None:
        asyncio.run(test(*arguments, **named))

    return run


def protocol_for(hearer: Hearer) -> WSProtocol:
    def admit(_request: WSUpgradeRequest) -> WSUpgradeResponseWithListener:
        return WSUpgradeResponseWithListener(WSUpgradeResponse.create_101_response(), hearer)

    log = logging.LoggerAdapter(logging.getLogger("tests.media.test_poll"))
    idle = WSAutoPingStrategy.PING_WHEN_IDLE
    return WSProtocol(None, None, False, admit, log, True, None, False, 0, 0, idle, True, MOST_BYTES, None, 4096)


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
        assert call.answers() == b"\x88\x02\x03\xf3"
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
