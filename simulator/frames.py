"""WebSocket frames as a server writes them, whole and broken. Pure. Source: RFC 6455 section 5.2."""

from struct import Struct

TEXT, BINARY, CLOSE, PONG = 0x1, 0x2, 0x8, 0xA
_FINAL = 0x80
_SHORT, _MEDIUM, _LONG = Struct("!BB").pack, Struct("!BBH").pack, Struct("!BBQ").pack
HUGE_BYTES = 8 * 1024 * 1024  # what `junk: huge` sends unless told otherwise


def frame(opcode: int, payload: bytes) -> bytes:
    """One final, unmasked frame."""
    return header(opcode, len(payload)) + payload


def header(opcode: int, size_bytes: int) -> bytes:
    """The head of a final, unmasked frame of `size_bytes`."""
    first = _FINAL | opcode
    if size_bytes < 126:
        return _SHORT(first, size_bytes)
    if size_bytes < 65_536:
        return _MEDIUM(first, 126, size_bytes)
    return _LONG(first, 127, size_bytes)


def close(code: int, reason: str = "") -> bytes:
    """A close frame; the reason is cut to the 123 bytes that fit."""
    return frame(CLOSE, code.to_bytes(2, "big") + reason.encode()[:123])


def half(payload: bytes) -> bytes:
    """The head of a text frame and half of its payload: the rest never comes."""
    return header(TEXT, len(payload)) + payload[: len(payload) // 2]


def junk(what: str, size_bytes: int = HUGE_BYTES) -> bytes:
    """A frame that no reader can use: not JSON, not text, not UTF-8, or far too long."""
    match what:
        case "binary":
            return frame(BINARY, bytes(range(256)))
        case "utf8":
            return frame(TEXT, b'{"id": "\xe2\x82"}')
        case "huge":
            return frame(TEXT, b'"' + b"x" * max(0, size_bytes - 2) + b'"')
        case _:
            return frame(TEXT, b'{"id": "1", "status": ')


PUSH = b'{"type":"push","seq":%d,"sent_ns":%d,"pad":"%s"}'
SMALLEST_PUSH = 96  # bytes: room for two 20-digit numbers


def push(seq: int, sent_ns: int, size_bytes: int) -> bytes:
    """One message of exactly `size_bytes` (at least SMALLEST_PUSH): a sequence number, the time of sending, padding."""
    bare = PUSH % (seq, sent_ns, b"")
    return frame(TEXT, PUSH % (seq, sent_ns, b"x" * (size_bytes - len(bare))))
