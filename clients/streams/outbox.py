"""Frames on their way out of one stream: filled by any thread, emptied by the I/O thread alone."""

import socket
import ssl
import threading
from collections import deque
from struct import pack

from websocket import ABNF

_JOIN_BYTES = 16 << 10  # small frames leave together, up to one TLS record
_SENDS_PER_TURN = 16
_MAX_REASON_BYTES = 123  # RFC 6455 section 5.5: 125 with the code


class Outbox:
    """A bounded queue of whole frames; what the socket does not take now waits, so a frame is never cut short."""

    __slots__ = ("_bound", "_closed", "_frames", "_head", "_lock", "_size")

    def __init__(self, bound: int) -> None:
        self._bound = bound
        self._frames: deque[bytes] = deque()
        self._head = memoryview(b"")
        self._lock = threading.Lock()
        self._size = 0
        self._closed = False

    def put(self, frame: bytes, *, last: bool = False) -> bool:
        """Queue `frame`; False when it does not fit or a `last` one was queued, which always fits itself."""
        with self._lock:
            if self._closed or (self._size + len(frame) > self._bound and not last):
                return False
            self._closed = last
            self._frames.append(frame)
            self._size += len(frame)
            return True

    def room_for(self, payload_bytes: int) -> bool:
        """Whether a frame of that payload would be taken now: asked before the work of masking it."""
        return not self._closed and self._size + payload_bytes <= self._bound

    @property
    def empty(self) -> bool:
        """Whether the socket has taken everything."""
        return not self._size

    def send_some(self, sock: socket.socket) -> int:
        """Hand the socket what it takes without waiting; bytes taken. OSError when the connection is gone.

        After SSLWantWriteError OpenSSL wants the same bytes again: the head stays what it was.
        """
        taken = 0
        for _ in range(_SENDS_PER_TURN):
            if not self._head and not self._refill():
                break
            try:
                sent = sock.send(self._head)
            except (BlockingIOError, ssl.SSLWantWriteError, ssl.SSLWantReadError):
                break
            self._head = self._head[sent:]
            taken += sent
        with self._lock:
            self._size -= taken
        return taken

    def _refill(self) -> bool:
        batch: list[bytes] = []
        size = 0
        with self._lock:
            while self._frames and (not batch or size + len(self._frames[0]) <= _JOIN_BYTES):
                batch.append(self._frames.popleft())
                size += len(batch[-1])
        self._head = memoryview(batch[0] if len(batch) == 1 else b"".join(batch))
        return bool(batch)


def message_frame(message: str | bytes) -> bytes:
    """`message` as one masked frame; UnicodeEncodeError for text with lone surrogates."""
    return _frame(message, ABNF.OPCODE_TEXT if isinstance(message, str) else ABNF.OPCODE_BINARY)


def ping_frame(payload: bytes) -> bytes:
    """A ping; ValueError over 125 bytes."""
    if len(payload) > 125:
        raise ValueError(f"a ping carries at most 125 bytes, not {len(payload)}")
    return _frame(payload, ABNF.OPCODE_PING)


def pong_frame(payload: bytes) -> bytes:
    """The answer to a ping that carried `payload`."""
    return _frame(payload, ABNF.OPCODE_PONG)


def close_frame(code: int, reason: str) -> bytes:
    """A close frame; a long `reason` is cut at a letter."""
    told = reason.encode()[:_MAX_REASON_BYTES].decode(errors="ignore").encode()
    return _frame(pack("!H", code) + told, ABNF.OPCODE_CLOSE)


def _frame(payload: str | bytes, opcode: int) -> bytes:
    return ABNF.create_frame(payload, opcode).format()
