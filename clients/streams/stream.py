"""One outgoing WebSocket as the I/O thread sees it: what it reads, what it says, how it ends."""

import socket
import ssl
import time
from enum import Enum, auto
from math import inf

from clients.streams.frames import NO_CODE, Close, Control, FrameParser, Ping, Pong, Violation
from clients.streams.handshake import NO_CLOSE_FRAME, Shaken
from clients.streams.limits import StreamLimits
from clients.streams.outbox import Outbox, close_frame, pong_frame
from messages.streams import Listener, StreamClosed, StreamFrames, StreamOpened, StreamPong

RECEIVE_BYTES = 64 << 10
NORMAL = 1000


class Phase(Enum):
    """CONNECTING, OPEN, CLOSING (our close frame is on its way) and then, the listener told, LINGERING until the
    peer has read our last frame, GONE when the socket is closed."""

    CONNECTING = auto()
    OPEN = auto()
    CLOSING = auto()
    LINGERING = auto()
    GONE = auto()


class Traffic:
    """Bytes of all streams together; written by the I/O thread alone."""

    __slots__ = ("bytes_in", "bytes_out")

    def __init__(self) -> None:
        self.bytes_in = 0
        self.bytes_out = 0


class Stream:
    """Only the I/O thread calls what is here, but for `outbox` and `phase`, which any thread may read.

    `deadline` (time.monotonic) is when `expire` is due, `paused` that the listener is too far behind, `mask` what
    epoll watches for (0: nothing), `flush_asked` that the I/O thread knows of new bytes in the outbox.
    """

    __slots__ = (
        "_is_plain", "_limits", "_listener", "_parser", "_send_error", "_shut", "_sock", "_traffic", "_wants_write",
        "deadline", "flush_asked", "mask", "outbox", "paused", "phase", "stream_id",
    )  # fmt: skip

    def __init__(self, stream_id: int, listener: Listener, limits: StreamLimits, traffic: Traffic) -> None:
        self.stream_id = stream_id
        self.phase = Phase.CONNECTING
        self.outbox = Outbox(limits.max_out_bytes)
        self.deadline = inf
        self.paused = self.flush_asked = False
        self.mask = 0
        self._listener = listener
        self._limits = limits
        self._traffic = traffic
        self._parser = FrameParser(max_message_bytes=limits.max_message_bytes, max_fragments=limits.max_fragments)
        self._sock: socket.socket | None = None
        self._is_plain = self._wants_write = self._shut = False
        self._send_error = ""

    def fileno(self) -> int:
        """The socket's descriptor, -1 without one."""
        return self._sock.fileno() if self._sock else -1

    def open(self, shaken: Shaken) -> None:
        """Take over the socket of a finished handshake and tell the listener."""
        self._sock = shaken.sock
        self._is_plain = not isinstance(shaken.sock, ssl.SSLSocket)
        self._parser.feed(shaken.leftover)
        self.phase, self.deadline = Phase.OPEN, inf
        self._listener.tell(
            StreamOpened(stream_id=self.stream_id, tls_version=shaken.tls_version, tls_cipher=shaken.tls_cipher)
        )

    def finish(self, code: int, reason: str) -> None:
        """Tell the listener of the end, unless it has been told."""
        opened = self.phase is not Phase.CONNECTING
        self.fail(StreamClosed(stream_id=self.stream_id, code=code, reason=reason, opened=opened))

    def fail(self, closed: StreamClosed) -> None:
        """Tell the listener `closed`, unless it has been told of an end."""
        if self.phase in (Phase.LINGERING, Phase.GONE):
            return
        self.phase = Phase.GONE if self._sock is None else Phase.LINGERING
        self.deadline = time.monotonic() + self._limits.linger_s
        self._listener.tell(closed)

    def start_close(self, code: int, reason: str, timeout_s: float) -> None:
        """Say goodbye and give the peer `timeout_s` to say it too."""
        if self.phase is Phase.CONNECTING:
            self.finish(NO_CLOSE_FRAME, "closed before it was open")
        elif self.phase is Phase.OPEN:
            self.outbox.put(close_frame(code, reason), last=True)
            self.phase, self.deadline = Phase.CLOSING, time.monotonic() + timeout_s

    def expire(self) -> None:
        """What was awaited did not come by `deadline`."""
        awaited = "the end of the handshake" if self.phase is Phase.CONNECTING else "the peer's close frame"
        self.lose(f"{awaited} did not come in time")

    def lose(self, reason: str) -> None:
        """The connection is no more."""
        self.finish(NO_CLOSE_FRAME, reason)
        self.phase = Phase.GONE

    def release(self) -> None:
        """Close the socket of a stream that is GONE."""
        if self._sock is not None:
            self._sock.close()
            self._sock = None

    def resume(self) -> bool:
        """Read again if the listener has caught up; whether it has."""
        if self._listener.backlog() <= self._limits.low_water:
            self.paused = False
        return not self.paused

    @property
    def wants_write(self) -> bool:
        """Whether the socket should be watched for room to send."""
        return self._wants_write or not (self._shut or self._send_error or self.outbox.empty)

    def flush(self) -> bool:
        """Send what can be sent; False when that showed the connection to be broken: then `serve` at once."""
        lingers = self.phase is Phase.LINGERING
        if self._sock is None or self._shut or self.phase is Phase.GONE or (self.outbox.empty and not lingers):
            return True
        try:
            self._traffic.bytes_out += self.outbox.send_some(self._sock)
            if lingers and self.outbox.empty:
                self._shut = True
                self._sock.shutdown(socket.SHUT_WR)
        except OSError as error:
            self._send_error = f"sending failed: {error}"
        return not self._send_error

    def serve(self) -> bool:
        """One turn of reading; True if there may be more right now.

        A broken connection is read to its end all the same: the peer's close frame may be waiting there.
        """
        self._wants_write = False
        more = False
        if self.phase is Phase.LINGERING:
            more = self._discard()
        elif self.phase is not Phase.GONE and (self._send_error or not self.paused):
            more = self._read()
        if self._send_error and not more:
            self.lose(self._send_error)
        return more and self.phase is not Phase.GONE

    def _read(self) -> bool:
        messages: list[str | bytes] = []
        controls: list[Control] = []
        lost = ""
        more = False
        try:
            more = self._gather(messages, controls)
        except OSError as error:
            lost = f"the connection was lost: {error}"
        self._deliver(messages, controls)
        if lost:
            self.lose(lost)
        return more

    def _gather(self, messages: list[str | bytes], controls: list[Control]) -> bool:
        frames_left, bytes_left = self._limits.frames_per_wake, self._limits.bytes_per_wake
        drained = False
        while True:
            taken, heard, frames_left = self._parser.take(frames_left)
            messages += taken
            controls += heard
            if frames_left == 0 or bytes_left <= 0 or self._parser.ended:
                return True
            if drained or (chunk := self._receive()) is None:
                return False
            self._parser.feed(chunk)
            bytes_left -= len(chunk)
            drained = self._is_plain and len(chunk) < RECEIVE_BYTES  # the rest, if any, epoll will report

    def _receive(self) -> bytes | None:
        """What has arrived; None if nothing has; OSError when the connection is over.

        A TLS socket is asked until it wants more: what OpenSSL holds already, epoll will not report.
        """
        assert self._sock is not None
        try:
            chunk = self._sock.recv(RECEIVE_BYTES)
        except (BlockingIOError, ssl.SSLWantReadError):
            return None
        except ssl.SSLWantWriteError:
            self._wants_write = True
            return None
        if not chunk:
            raise ConnectionResetError("the peer hung up without a close frame")
        self._traffic.bytes_in += len(chunk)
        return chunk

    def _deliver(self, messages: list[str | bytes], controls: list[Control]) -> None:
        if messages:
            self._listener.tell(StreamFrames(stream_id=self.stream_id, frames=tuple(messages)))
            self.paused = self._listener.backlog() >= self._limits.high_water
        if not controls:
            return
        pings = [control.payload for control in controls if isinstance(control, Ping)]
        if pings:  # only the last needs an answer (RFC 6455 section 5.5.3), so a flood of them costs us one frame
            self.outbox.put(pong_frame(pings[-1]))
        for control in controls:
            self._obey(control)

    def _obey(self, control: Control) -> None:
        match control:
            case Pong(payload=payload):
                self._listener.tell(StreamPong(stream_id=self.stream_id, payload=payload))
            case Close(code=code, reason=reason):
                self._part(NORMAL if code == NO_CODE else code, "")
                self.finish(code, reason)
            case Violation(code=code, reason=reason):
                self._part(code, reason)
                self.finish(code, reason)
            case Ping():
                pass

    def _part(self, code: int, reason: str) -> None:
        """Our close frame, unless it is out already."""
        self.outbox.put(close_frame(code, reason), last=True)

    def _discard(self) -> bool:
        """Let the peer finish, so that our last frame is not lost to a reset."""
        bytes_left = self._limits.bytes_per_wake
        try:
            while bytes_left > 0 and (chunk := self._receive()) is not None:
                bytes_left -= len(chunk)
        except OSError:
            self.phase = Phase.GONE
        return bytes_left <= 0
