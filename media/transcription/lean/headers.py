"""A call's request headers, and what its response headers and trailers say.

Source: PROTOCOL-HTTP2.md, "Requests" and "Responses"; grpc/grpc doc/http-grpc-status-mapping.md
"""

from typing import Literal
from urllib.parse import unquote_to_bytes

from hpack import Decoder, HPACKError

from media.transcription.door import MAX_METADATA_BYTES, StreamEnd
from media.transcription.lean.frames import ErrorCode, PeerError
from media.transcription.status import Status, pushback_s, status_of

USER_AGENT = "genesys-switchboard"
MAX_BLOCK_BYTES = 4 * MAX_METADATA_BYTES  # read to keep HPACK in step; more costs the connection
FIELD_OVERHEAD = 32  # RFC 9113, section 6.5.2
MAX_TIMEOUT_DIGITS = 8

_EMPTY_TABLE = b"\x20"  # a dynamic table of no size suits whatever SETTINGS_HEADER_TABLE_SIZE the peer has
_METHOD_POST = b"\x83"
_SCHEME = {"http": b"\x86", "https": b"\x87"}

_STATUS_OF_HTTP = {
    400: Status.INTERNAL,
    401: Status.UNAUTHENTICATED,
    403: Status.PERMISSION_DENIED,
    404: Status.UNIMPLEMENTED,
    429: Status.UNAVAILABLE,
    502: Status.UNAVAILABLE,
    503: Status.UNAVAILABLE,
    504: Status.UNAVAILABLE,
}
_STATUS_OF_RESET = {
    int(ErrorCode.REFUSED_STREAM): Status.UNAVAILABLE,
    int(ErrorCode.CANCEL): Status.CANCELLED,
    int(ErrorCode.ENHANCE_YOUR_CALM): Status.RESOURCE_EXHAUSTED,
    int(ErrorCode.INADEQUATE_SECURITY): Status.PERMISSION_DENIED,
}

Fields = dict[bytes, bytes]


def request_block(
    *, scheme: Literal["http", "https"], authority: str, path: str, deadline_s: float | None = None
) -> bytes:
    """The encoded headers of a call; they stand for themselves, so a connection's blocks may come in any order."""
    block = _EMPTY_TABLE + _METHOD_POST + _SCHEME[scheme]
    block += _field(":authority", authority) + _field(":path", path)
    block += _field("content-type", "application/grpc") + _field("te", "trailers") + _field("user-agent", USER_AGENT)
    return block if deadline_s is None else block + _field("grpc-timeout", timeout(deadline_s))


def timeout(deadline_s: float) -> str:
    """`grpc-timeout`: at most eight digits and a unit."""
    milliseconds = max(1, round(deadline_s * 1000))
    return f"{milliseconds}m" if milliseconds < 10**MAX_TIMEOUT_DIGITS else f"{milliseconds // 1000}S"


def decoded(decoder: Decoder, block: bytes) -> Fields | None:
    """The fields of a block; None when they are more than MAX_METADATA_BYTES. Raises PeerError.

    Of a name that comes more than once the last is kept; grpc knows no such one.
    """
    try:
        fields = list(decoder.decode(block, raw=True))
    except HPACKError as error:
        raise PeerError(ErrorCode.COMPRESSION_ERROR, str(error)) from error
    if sum(len(name) + len(value) + FIELD_OVERHEAD for name, value in fields) > MAX_METADATA_BYTES:
        return None
    return {bytes(name): bytes(value) for name, value in fields}


def is_informational(fields: Fields) -> bool:
    """Whether it is a 1xx that precedes the response."""
    return fields.get(b":status", b"").startswith(b"1")


def refusal(fields: Fields) -> StreamEnd | None:
    """Why the response headers are no gRPC response, as the end of the call; None when they are one."""
    http_status = fields.get(b":status", b"")
    if http_status != b"200":
        return _end_of_http(http_status)
    content_type = fields.get(b"content-type", b"")
    if content_type.startswith(b"application/grpc"):
        return None
    return StreamEnd(code=Status.UNKNOWN, message=f"an answer of content type {_text(content_type)!r}")


def end(trailers: Fields) -> StreamEnd:
    """How the call ended; also for trailers that are the whole answer."""
    code = trailers.get(b"grpc-status")
    if code is None:
        wrong = refusal(trailers) if b":status" in trailers else None
        return wrong or StreamEnd(code=Status.UNKNOWN, message="the answer ended without grpc-status")
    pushback = trailers.get(b"grpc-retry-pushback-ms")
    return StreamEnd(
        code=status_of(_text(code)),
        message=unquote_to_bytes(trailers.get(b"grpc-message", b"")).decode("utf-8", "replace"),
        retry_after_s=None if pushback is None else pushback_s(_text(pushback)),
    )


def end_of_reset(code: int) -> StreamEnd:
    """How a call ended that RST_STREAM took. Source: PROTOCOL-HTTP2.md, "Errors"."""
    return StreamEnd(
        code=_STATUS_OF_RESET.get(code, Status.INTERNAL),
        message=f"the service reset the stream: {error_name(code)}",
        unprocessed=code == ErrorCode.REFUSED_STREAM,
    )


def error_name(code: int) -> str:
    """The RFC's word for an error code, or its number."""
    return ErrorCode(code).name if code <= max(ErrorCode) else str(code)


def _end_of_http(http_status: bytes) -> StreamEnd:
    number = int(http_status) if http_status.isdigit() else 0
    return StreamEnd(code=_STATUS_OF_HTTP.get(number, Status.UNKNOWN), message=f"HTTP status {_text(http_status)}")


def _text(value: bytes) -> str:
    return value.decode("ascii", "replace")


def _field(name: str, value: str) -> bytes:
    """A literal that no table keeps. Source: RFC 7541, section 6.2.2."""
    return b"\x00" + _string(name.encode()) + _string(value.encode())


def _string(value: bytes) -> bytes:
    return _integer(len(value)) + value


def _integer(value: int) -> bytes:
    """With a prefix of seven bits. Source: RFC 7541, section 5.1."""
    if value < 0x7F:
        return bytes((value,))
    encoded = bytearray((0x7F,))
    value -= 0x7F
    while value > 0x7F:
        encoded.append(value & 0x7F | 0x80)
        value >>= 7
    encoded.append(value)
    return bytes(encoded)
