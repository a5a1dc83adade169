"""What the WebSocket I/O thread and the listener of one outgoing stream have to do with each other."""

from dataclasses import dataclass
from typing import Protocol

from messages.base import Recipient


class Listener(Recipient, Protocol):
    """Who owns a stream: is told everything about it, and says how far behind it is."""

    def backlog(self) -> int:
        """Messages told and not yet handled; read by the I/O thread after every delivery, so cheap."""


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

    `code` is the peer's close code (1005: a close frame without one; 1006: no close frame at all), or ours where the
    peer broke a rule (1002 protocol, 1007 UTF-8, 1009 too big). `opened` is False when the handshake never finished:
    then `code` is 1015 for TLS and 1006 for all else, `reason` says what to do where we refused, and `http_status`
    and `retry_after_s` tell what the server answered to the upgrade, where it answered.
    """

    stream_id: int
    code: int
    reason: str
    opened: bool = True
    http_status: int | None = None
    retry_after_s: float | None = None


FromStream = StreamOpened | StreamFrames | StreamPong | StreamClosed


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamCounts:
    """The outgoing WebSockets at a moment; bytes are payload and framing, without TLS, since the start."""

    opened: int
    connecting: int
    queued_connects: int
    paused: int
    bytes_in: int
    bytes_out: int
