"""HTTP/2 frames as bytes, both ways.

Layout: 24 bits of length, 8 of type, 8 of flags, 1 reserved, 31 of stream id, then the payload. Source: RFC 9113,
sections 4.1 and 6.
"""

from collections.abc import Iterator
from enum import IntEnum
from struct import Struct

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
DATA, HEADERS, PRIORITY, RST_STREAM, SETTINGS, PUSH_PROMISE, PING, GOAWAY, WINDOW_UPDATE, CONTINUATION = range(10)
END_STREAM = ACK = 0x1
END_HEADERS = 0x4
PADDED = 0x8
PRIORITIZED = 0x20

HEADER_BYTES = 9
OWN_MAX_FRAME_BYTES = 16_384  # SETTINGS_MAX_FRAME_SIZE where nothing else was said; we say nothing else
MAX_STREAM_ID = 2**31 - 1

_header = Struct(">HBBBL")
_grpc_header = Struct(">HBBBLBL")  # a DATA frame's and the prefix of the message in it
_word = Struct(">L")
_two_words = Struct(">LL")
_setting = Struct(">HL")

Frame = tuple[int, int, int, bytes]  # type, flags, stream id, payload


class ErrorCode(IntEnum):
    """Source: RFC 9113, section 7."""

    NO_ERROR = 0x0
    PROTOCOL_ERROR = 0x1
    INTERNAL_ERROR = 0x2
    FLOW_CONTROL_ERROR = 0x3
    SETTINGS_TIMEOUT = 0x4
    STREAM_CLOSED = 0x5
    FRAME_SIZE_ERROR = 0x6
    REFUSED_STREAM = 0x7
    CANCEL = 0x8
    COMPRESSION_ERROR = 0x9
    CONNECT_ERROR = 0xA
    ENHANCE_YOUR_CALM = 0xB
    INADEQUATE_SECURITY = 0xC
    HTTP_1_1_REQUIRED = 0xD


class PeerError(Exception):
    """The peer broke HTTP/2, and the connection with it."""

    def __init__(self, code: ErrorCode, message: str) -> None:
        super().__init__(f"{code.name}: {message}")
        self.code = code


def frame(kind: int, flags: int, stream_id: int, payload: bytes = b"") -> bytes:
    """One frame; `payload` fits the peer's SETTINGS_MAX_FRAME_SIZE."""
    length = len(payload)
    return _header.pack(length >> 8, length & 0xFF, kind, flags, stream_id) + payload


def data_head(stream_id: int, message_bytes: int) -> bytes:
    """What stands before an uncompressed message that goes in one DATA frame: frame header and gRPC's prefix."""
    length = message_bytes + 5
    return _grpc_header.pack(length >> 8, length & 0xFF, DATA, 0, stream_id, 0, message_bytes)


def settings(values: dict[int, int]) -> bytes:
    """A SETTINGS frame."""
    return frame(SETTINGS, 0, 0, b"".join(_setting.pack(*item) for item in values.items()))


def rst_stream(stream_id: int, code: ErrorCode) -> bytes:
    """The end of one stream."""
    return frame(RST_STREAM, 0, stream_id, _word.pack(code))


def goaway(code: ErrorCode, message: str = "") -> bytes:
    """The end of the connection; the peer has opened no streams, hence the last one is 0."""
    return frame(GOAWAY, 0, 0, _two_words.pack(0, code) + message.encode()[:200])


def window_update(stream_id: int, increment: int) -> bytes:
    """Room for `increment` more bytes, on the connection when `stream_id` is 0."""
    return frame(WINDOW_UPDATE, 0, stream_id, _word.pack(increment))


def word(payload: bytes, offset: int = 0) -> int:
    """The 32 bits at `offset`."""
    number: int = _word.unpack_from(payload, offset)[0]
    return number


def settings_in(payload: bytes) -> Iterator[tuple[int, int]]:
    """Identifiers and values, in their order; raises PeerError."""
    if len(payload) % _setting.size:
        raise PeerError(ErrorCode.FRAME_SIZE_ERROR, f"SETTINGS of {len(payload)} bytes")
    yield from _setting.iter_unpack(payload)


def unpadded(payload: bytes, flags: int) -> bytes:
    """The payload of a DATA or HEADERS frame without padding and priority; raises PeerError."""
    start, end = 0, len(payload)
    if flags & PADDED:
        if not payload:
            raise PeerError(ErrorCode.FRAME_SIZE_ERROR, "no room for the length of the padding")
        start, end = 1, end - payload[0]
    if flags & PRIORITIZED:
        start += 5
    if start > end:
        raise PeerError(ErrorCode.PROTOCOL_ERROR, "more padding than payload")
    return payload[start:end]


class FrameReader:
    """Cuts frames out of what a socket gives, however it was chopped."""

    __slots__ = ("_rest",)

    def __init__(self) -> None:
        self._rest = b""

    def frames(self, data: bytes) -> Iterator[Frame]:
        """The frames that `data` completes; raises PeerError for one that is too long."""
        if self._rest:
            data = self._rest + data
        at, available = 0, len(data)
        while available - at >= HEADER_BYTES:
            high, low, kind, flags, stream_id = _header.unpack_from(data, at)
            length = high << 8 | low
            if length > OWN_MAX_FRAME_BYTES:
                raise PeerError(ErrorCode.FRAME_SIZE_ERROR, f"a frame of {length} bytes")
            end = at + HEADER_BYTES + length
            if end > available:
                break
            yield kind, flags, stream_id & MAX_STREAM_ID, data[at + HEADER_BYTES : end]
            at = end
        self._rest = data[at:]
