"""Messages of gRPC put together from DATA frames.

Layout: one byte, 1 when compressed, four bytes of length, the message. Source: PROTOCOL-HTTP2.md,
"Length-Prefixed-Message"
"""

from collections.abc import Iterator
from struct import Struct

from media.transcription.door import MAX_MESSAGE_BYTES
from media.transcription.status import Status

PREFIX_BYTES = 5
_prefix = Struct(">BL")


class MessageError(Exception):
    """A message that a stream cannot go on with: `status` is how it ends."""

    def __init__(self, status: Status, message: str) -> None:
        super().__init__(message)
        self.status = status


class MessageReader:
    """The messages of one stream, however they were chopped."""

    __slots__ = ("_limit", "_needed", "_rest")

    def __init__(self, limit: int = MAX_MESSAGE_BYTES) -> None:
        self._limit = limit
        self._rest = bytearray()
        self._needed = 0

    @property
    def within(self) -> bool:
        """Whether a message has begun and not ended."""
        return bool(self._rest)

    def messages(self, data: bytes) -> Iterator[bytes]:
        """The messages that `data` completes; raises MessageError for one that is too long or compressed."""
        if self._rest:
            self._rest += data
            if len(self._rest) < self._needed:
                return
            data = bytes(self._rest)
        at, available = 0, len(data)
        self._needed = PREFIX_BYTES
        while available - at >= PREFIX_BYTES:
            compressed, length = _prefix.unpack_from(data, at)
            self._check(compressed, length)
            end = at + PREFIX_BYTES + length
            if end > available:
                self._needed = PREFIX_BYTES + length
                break
            yield data[at + PREFIX_BYTES : end]
            at = end
        self._rest = bytearray(data[at:])

    def _check(self, compressed: int, length: int) -> None:
        if compressed:
            raise MessageError(Status.INTERNAL, "a compressed message, though no compression was offered")
        if length > self._limit:
            raise MessageError(Status.RESOURCE_EXHAUSTED, f"a message of {length} bytes; {self._limit} are taken")
