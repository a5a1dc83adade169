"""A server's bytes in, its messages out: RFC 6455 as a client reads it, with limits and without I/O."""

from dataclasses import dataclass
from struct import Struct

PROTOCOL_ERROR, BAD_PAYLOAD, TOO_BIG, NO_CODE = 1002, 1007, 1009, 1005  # RFC 6455 section 7.4.1

_FIN, _OPCODE, _CONTROL = 0x80, 0x0F, 0x08
_CONTINUATION, _TEXT, _BINARY, _CLOSE, _PING, _PONG = 0x0, 0x1, 0x2, 0x8, 0x9, 0xA
_WHOLE_TEXT, _WHOLE_BINARY = _FIN | _TEXT, _FIN | _BINARY
_KNOWN = frozenset(fin | code for fin in (0, _FIN) for code in (_CONTINUATION, _TEXT, _BINARY)) | {
    _FIN | code for code in (_CLOSE, _PING, _PONG)
}
_SHORT, _LONG = Struct("!H"), Struct("!Q")


@dataclass(frozen=True, slots=True, kw_only=True)
class Ping:
    """The peer wants a pong with this payload."""

    payload: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Pong:
    """The peer answers a ping, or says unasked that it lives."""

    payload: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Close:
    """The peer says goodbye; nothing after it is read. `code` is 1005 where it named none."""

    code: int
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Violation:
    """The peer broke a rule; nothing after it is read. `code` is what we close with."""

    code: int
    reason: str


Control = Ping | Pong | Close | Violation


class _ViolationError(Exception):
    """Carries a Violation out of the parser's depths."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(reason)
        self.violation = Violation(code=code, reason=reason)


class FrameParser:
    """One connection's reading half: `feed` it what the socket gives, `take` what is complete.

    The result does not depend on how the bytes were cut. Lengths are checked in the header, so nothing is gathered
    for a message that is over the limit. After a Close or a Violation (`ended`) everything else is ignored.
    """

    __slots__ = ("_at", "_buffer", "_fragments", "_max_fragments", "_max_message", "_room", "_text", "ended")

    def __init__(self, *, max_message_bytes: int, max_fragments: int) -> None:
        self._buffer: bytes | bytearray = b""
        self._at = 0
        self._fragments: list[bytes] = []
        self._text = False
        self._max_message = self._room = max_message_bytes
        self._max_fragments = max_fragments
        self.ended = False

    def feed(self, data: bytes) -> None:
        """Add what was received; bytes already there are copied at most once, however small the pieces."""
        if self.ended:
            return
        if self._at == len(self._buffer):
            self._buffer = data
        elif isinstance(self._buffer, bytearray):
            del self._buffer[: self._at]
            self._buffer += data
        else:
            self._buffer = bytearray(memoryview(self._buffer)[self._at :])
            self._buffer += data
        self._at = 0

    def take(self, limit: int) -> tuple[list[str | bytes], list[Control], int]:
        """Messages, then control frames, out of at most `limit` frames; and what is left of `limit`.

        0 left means that more may be waiting: call again. Fragments count as frames.
        """
        messages: list[str | bytes] = []
        controls: list[Control] = []
        try:
            limit = self._parse(limit, messages, controls)
        except _ViolationError as violated:
            self.ended = True
            controls.append(violated.violation)
        if self.ended or self._at == len(self._buffer):
            self._buffer, self._at = b"", 0
        return messages, controls, limit

    def _parse(self, limit: int, messages: list[str | bytes], controls: list[Control]) -> int:
        buffer, end = self._buffer, len(self._buffer)
        while limit and end - self._at >= 2 and not self.ended:
            first = buffer[self._at]
            body, length = self._header(first, end)
            after = body + length
            if not body or after > end:
                break
            payload = bytes(memoryview(buffer)[body:after])
            self._at = after
            limit -= 1
            if first == _WHOLE_BINARY:
                messages.append(payload)
            elif first == _WHOLE_TEXT:
                messages.append(_decoded(payload))
            elif first & _CONTROL:
                controls.append(self._control(first, payload))
            else:
                self._gather(first, payload, messages)
        return limit

    def _header(self, first: int, end: int) -> tuple[int, int]:
        """Where the payload begins and how long it is; begins at 0 while the header is incomplete."""
        at, buffer = self._at, self._buffer
        length, body = buffer[at + 1], at + 2
        if length > 127:
            raise _ViolationError(PROTOCOL_ERROR, "a server's frame must not be masked")
        if first not in _KNOWN:
            raise _ViolationError(PROTOCOL_ERROR, f"frame starts with 0x{first:02x}, which nothing negotiated allows")
        if length > 125 and first & _CONTROL:
            raise _ViolationError(PROTOCOL_ERROR, "a control frame holds at most 125 bytes")
        if length > 125:
            size = _SHORT if length == 126 else _LONG
            body += size.size
            if body > end:
                return 0, 0
            (length,) = size.unpack_from(buffer, at + 2)
            if length < (126 if size is _SHORT else 1 << 16):
                raise _ViolationError(PROTOCOL_ERROR, "a frame's length must take as few bytes as it can")
        if not first & _CONTROL:
            self._check_data(first, length)
        return body, length

    def _check_data(self, first: int, length: int) -> None:
        continues = not first & _OPCODE
        if continues != bool(self._fragments):
            wrong = "a continuation without a beginning" if continues else "a message began inside another"
            raise _ViolationError(PROTOCOL_ERROR, wrong)
        if length > self._room:
            raise _ViolationError(TOO_BIG, f"a message may have {self._max_message} bytes")
        if len(self._fragments) >= self._max_fragments:
            raise _ViolationError(TOO_BIG, f"a message may have {self._max_fragments} fragments")

    def _gather(self, first: int, payload: bytes, messages: list[str | bytes]) -> None:
        if first & _OPCODE:
            self._text = first & _OPCODE == _TEXT
        self._fragments.append(payload)
        self._room -= len(payload)
        if first & _FIN:
            whole = b"".join(self._fragments)
            self._fragments.clear()
            self._room = self._max_message
            messages.append(_decoded(whole) if self._text else whole)

    def _control(self, first: int, payload: bytes) -> Control:
        match first & _OPCODE:
            case 0x9:
                return Ping(payload=payload)
            case 0xA:
                return Pong(payload=payload)
            case _:
                self.ended = True
                return _close(payload)


def _decoded(payload: bytes) -> str:
    try:
        return payload.decode("utf-8")
    except UnicodeDecodeError as error:
        raise _ViolationError(BAD_PAYLOAD, f"text is not UTF-8 at byte {error.start}") from error


def _close(payload: bytes) -> Close:
    if not payload:
        return Close(code=NO_CODE, reason="")
    if len(payload) == 1:
        raise _ViolationError(PROTOCOL_ERROR, "a close code has two bytes")
    (code,) = _SHORT.unpack_from(payload)
    if not may_close_with(code):
        raise _ViolationError(PROTOCOL_ERROR, f"{code} is not a close code that may be sent")
    return Close(code=code, reason=_decoded(payload[2:]))


def may_close_with(code: int) -> bool:
    """Whether `code` may stand in a close frame. Source: RFC 6455 section 7.4 and IANA's registry of 1012-1014."""
    return (1000 <= code <= 1014 and code not in (1004, 1005, 1006)) or 3000 <= code <= 4999
