"""What the peer has set, and the windows of flow control.

Source: RFC 9113, sections 5.2, 6.5 and 6.9
"""

from media.transcription.lean.frames import ErrorCode, PeerError

HEADER_TABLE_SIZE, ENABLE_PUSH, MAX_CONCURRENT_STREAMS, INITIAL_WINDOW_SIZE, MAX_FRAME_SIZE, MAX_HEADER_LIST_SIZE = (
    range(1, 7)
)
FIRST_WINDOW = 65_535  # of every stream and of the connection, until somebody says otherwise
MAX_WINDOW = 2**31 - 1
MIN_MAX_FRAME, MAX_MAX_FRAME = 2**14, 2**24 - 1


class PeerSettings:
    """The settings that bind us; before the peer's first SETTINGS those of the RFC."""

    __slots__ = ("initial_window", "max_frame", "max_streams")

    def __init__(self) -> None:
        self.max_streams = MAX_WINDOW
        self.initial_window = FIRST_WINDOW
        self.max_frame = MIN_MAX_FRAME

    def set(self, identifier: int, value: int) -> int:
        """Take one setting; gives what the windows of all streams grow by. Raises PeerError."""
        if identifier == MAX_CONCURRENT_STREAMS:
            self.max_streams = value
        elif identifier == INITIAL_WINDOW_SIZE:
            return self._initial_window(value)
        elif identifier == MAX_FRAME_SIZE:
            if not MIN_MAX_FRAME <= value <= MAX_MAX_FRAME:
                raise PeerError(ErrorCode.PROTOCOL_ERROR, f"SETTINGS_MAX_FRAME_SIZE {value}")
            self.max_frame = value
        elif identifier == ENABLE_PUSH and value != 0:
            raise PeerError(ErrorCode.PROTOCOL_ERROR, f"SETTINGS_ENABLE_PUSH {value} from a server")
        return 0

    def _initial_window(self, value: int) -> int:
        if value > MAX_WINDOW:
            raise PeerError(ErrorCode.FLOW_CONTROL_ERROR, f"SETTINGS_INITIAL_WINDOW_SIZE {value}")
        delta = value - self.initial_window
        self.initial_window = value
        return delta


class ReceiveWindow:
    """What the peer may still send: given back as soon as half of it is used, since everything is read at once."""

    __slots__ = ("_left", "_size")

    def __init__(self, size: int) -> None:
        self._size = self._left = size

    def took(self, count: int) -> int:
        """`count` bytes have come; gives the increment to announce, 0 for none yet. Raises PeerError."""
        self._left -= count
        if self._left * 2 > self._size:
            return 0
        if self._left < 0:
            raise PeerError(ErrorCode.FLOW_CONTROL_ERROR, "more data than the window had room for")
        increment = self._size - self._left
        self._left = self._size
        return increment
