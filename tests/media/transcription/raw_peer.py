"""A service that does on HTTP/2 whatever the test says, frame by frame; it knows nothing of the code under test."""

import asyncio
import ssl
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TypeVar

from hpack import Decoder, Encoder
from hyperframe.frame import (
    DataFrame,
    Frame,
    GoAwayFrame,
    HeadersFrame,
    PingFrame,
    RstStreamFrame,
    SettingsFrame,
    WindowUpdateFrame,
)

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
RESPONSE = ((":status", "200"), ("content-type", "application/grpc"))
OK = (("grpc-status", "0"),)
F = TypeVar("F", bound=Frame)


class Peer:
    """One connection, as the service has it. It acknowledges and answers nothing by itself."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self.writer = writer
        self._encoder = Encoder()
        self._decoder = Decoder()
        self.windows = Counter({0: 65_535})  # what may be sent, on the connection and on each stream
        self._initial_window = 65_535

    async def greet(self, **settings: int) -> None:
        """The preface both ways, with these settings."""
        assert await self._reader.readexactly(len(PREFACE)) == PREFACE
        self.send(settings_frame(**settings))

    def send(self, *frames: Frame) -> None:
        self.writer.write(b"".join(frame.serialize() for frame in frames))

    async def next(self) -> Frame:
        """The next frame, whatever it is."""
        head = await self._reader.readexactly(9)
        frame, length = Frame.parse_frame_header(memoryview(head))
        frame.parse_body(memoryview(await self._reader.readexactly(length)))
        if isinstance(frame, SettingsFrame):
            self._initial_window = frame.settings.get(SettingsFrame.INITIAL_WINDOW_SIZE, self._initial_window)
        elif isinstance(frame, HeadersFrame):
            self.windows[frame.stream_id] = self._initial_window
        elif isinstance(frame, WindowUpdateFrame):
            self.windows[frame.stream_id] += frame.window_increment
        return frame

    async def answer_everything(self) -> None:
        """Acknowledge settings and pings, until cancelled."""
        while True:
            frame = await self.next()
            if isinstance(frame, SettingsFrame) and "ACK" not in frame.flags:
                self.send(SettingsFrame(0, flags=["ACK"]))
            elif isinstance(frame, PingFrame) and "ACK" not in frame.flags:
                self.send(PingFrame(0, frame.opaque_data, flags=["ACK"]))

    async def expect(self, kind: type[F]) -> F:
        """The next frame of this kind; what comes before it does not matter."""
        while not isinstance(frame := await self.next(), kind):
            pass
        return frame

    async def request(self) -> tuple[int, dict[str, str]]:
        """The next stream that is opened, and its headers."""
        frame = await self.expect(HeadersFrame)
        fields = self._decoder.decode(frame.data, raw=True)
        return frame.stream_id, {bytes(name).decode(): bytes(value).decode() for name, value in fields}

    async def data(self, size: int) -> list[bytes]:
        """The next DATA frames, until they have `size` bytes."""
        pieces: list[bytes] = []
        while sum(map(len, pieces)) < size:
            pieces.append((await self.expect(DataFrame)).data)
        return pieces

    def block(self, *fields: tuple[str, str]) -> bytes:
        return self._encoder.encode(fields)

    def answer(self, stream_id: int, *fields: tuple[str, str], end: bool = False) -> None:
        """Headers; of a gRPC response where nothing else is said."""
        flags = ["END_HEADERS", "END_STREAM"] if end else ["END_HEADERS"]
        self.send(HeadersFrame(stream_id, self.block(*(fields or RESPONSE)), flags=flags))

    def result(self, stream_id: int, message: bytes) -> None:
        self.send(DataFrame(stream_id, prefixed(message)))

    def trailers(self, stream_id: int, *fields: tuple[str, str]) -> None:
        self.answer(stream_id, *(fields or OK), end=True)

    async def silence(self) -> bool:
        """Whether nothing was sent before the answer to a PING that is sent now: no time is waited."""
        self.send(PingFrame(0, b"anything"))
        frame = await self.next()
        return isinstance(frame, PingFrame) and "ACK" in frame.flags

    async def gone(self) -> bool:
        """Whether the other side has closed; what it still said does not matter."""
        try:
            while await self._reader.read(65_536):
                pass
        except ConnectionError:
            pass
        return True


class Place:
    """Where peers arrive."""

    def __init__(self) -> None:
        self._arrived: asyncio.Queue[Peer] = asyncio.Queue()
        self.peers: list[Peer] = []
        self.address = ""

    async def arrive(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        peer = Peer(reader, writer)
        self.peers.append(peer)
        self._arrived.put_nowait(peer)

    async def peer(self, **settings: int) -> Peer:
        """The next connection, greeted."""
        peer = await self._arrived.get()
        await peer.greet(**settings)
        return peer

    async def stranger(self) -> Peer:
        """The next connection, not greeted."""
        return await self._arrived.get()


@asynccontextmanager
async def place(tls: ssl.SSLContext | None = None) -> AsyncIterator[Place]:
    made = Place()
    server = await asyncio.start_server(made.arrive, "127.0.0.1", 0, ssl=tls)
    made.address = f"127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield made
    finally:
        server.close()
        for peer in made.peers:
            peer.writer.transport.abort()
        await server.wait_closed()


def prefixed(message: bytes, compressed: int = 0) -> bytes:
    return bytes((compressed,)) + len(message).to_bytes(4, "big") + message


def settings_frame(**settings: int) -> SettingsFrame:
    return SettingsFrame(0, {getattr(SettingsFrame, name.upper()): value for name, value in settings.items()})


def goaway(last: int, code: int = 0, why: bytes = b"") -> GoAwayFrame:
    return GoAwayFrame(0, last_stream_id=last, error_code=code, additional_data=why)


def reset(stream_id: int, code: int) -> RstStreamFrame:
    return RstStreamFrame(stream_id, code)


def more(stream_id: int, increment: int) -> WindowUpdateFrame:
    return WindowUpdateFrame(stream_id, increment)
