"""What the WebSocket I/O thread tells the listener of one outgoing stream."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamOpened:
    """The handshake is done and frames may flow; TLS facts are read off the live socket (None on plain ws)."""

    stream_id: int
    tls_version: str | None
    tls_cipher: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamFrames:
    """Whole messages in order of arrival, all that one wake-up brought; text as str, binary as bytes."""

    stream_id: int
    frames: tuple[str | bytes, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamPong:
    """The peer answered a ping; `payload` is the ping's."""

    stream_id: int
    payload: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamClosed:
    """The stream is gone, told exactly once per connect; nothing more comes from this `stream_id`.

    `code` is the close code (1006 when the peer sent none, 1002/1007/1009 when we closed for its violation);
    `opened` is False when the handshake never finished, then `http_status` and `retry_after_s` tell what the server
    answered to the upgrade, where it answered.
    """

    stream_id: int
    code: int
    reason: str
    opened: bool = True
    http_status: int | None = None
    retry_after_s: float | None = None


FromStream = StreamOpened | StreamFrames | StreamPong | StreamClosed
