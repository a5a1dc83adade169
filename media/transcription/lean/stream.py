"""One gRPC call on an HTTP/2 session, without I/O."""

from collections.abc import Callable
from struct import Struct
from typing import TYPE_CHECKING

from media.transcription.door import StreamEnd, StreamListener
from media.transcription.lean import headers
from media.transcription.lean.frames import DATA, END_STREAM, ErrorCode, data_head, frame, rst_stream, window_update
from media.transcription.lean.messages import PREFIX_BYTES, MessageError, MessageReader
from media.transcription.lean.settings import ReceiveWindow
from media.transcription.status import Status

if TYPE_CHECKING:
    from media.transcription.lean.session import Session

OWN_WINDOW = 256 * 1024  # bytes of answers a stream may have on the way
_prefix = Struct(">BL")


class Stream:
    """The client's half of a call; made before there is a session, `attach`ed when there is one.

    Of messages that flow control lets nothing of through, one is held; the next `send` gives False.
    """

    __slots__ = (
        "_answered",
        "_finishing",
        "_head",
        "_listener",
        "_message_bytes",
        "_open",
        "_over",
        "_pending",
        "_reader",
        "_refused",
        "_session",
        "_window",
        "credit",
        "deadline_s",
        "ended",
        "id",
        "path",
    )

    def __init__(
        self, listener: StreamListener, *, path: str, deadline_s: float | None, over: "Callable[[Stream], None]"
    ) -> None:
        """`over` is called once, whichever way the stream ends, before the listener hears of it."""
        self._listener = listener
        self._over = over
        self._session: Session | None = None
        self._open = False  # for messages
        self._pending = memoryview(b"")
        self._refused = False
        self._finishing = False
        self._answered = False
        self._reader = MessageReader()
        self._window = ReceiveWindow(OWN_WINDOW)
        self._message_bytes = -1
        self._head = b""
        self.path = path
        self.deadline_s = deadline_s
        self.credit = 0  # bytes that the peer takes on this stream; below 0 after it has changed its mind
        self.id = 0
        self.ended = False

    # --- ours to the service ---------------------------------------------------------------------------------

    def attach(self, session: "Session", stream_id: int, credit: int) -> None:
        """The stream has its place; its headers are on their way."""
        self._session = session
        self.id = stream_id
        self.credit = credit
        self._open = True
        if self._refused:
            self._refused = False
            self._listener.on_room()
        if self._finishing and self._open:
            self._half_close()

    def send(self, message: bytes) -> bool:
        """Take one message, in one frame where every window has room for it."""
        session = self._session
        size = len(message)
        whole = size + PREFIX_BYTES
        if (
            session is None
            or whole > self.credit
            or whole > session.credit
            or whole > session.max_frame
            or session.paused
            or self._pending
            or not self._open
        ):
            return self._send_in_pieces(message)
        if size != self._message_bytes:
            self._message_bytes = size
            self._head = data_head(self.id, size)
        self.credit -= whole
        session.credit -= whole
        session.write(self._head + message)
        return True

    def _send_in_pieces(self, message: bytes) -> bool:
        if self._session is None or self._pending:
            self._refused = not self.ended
            return False
        if not self._open:
            return False
        self._pending = memoryview(_prefix.pack(0, len(message)) + message)
        self.pump()
        return True

    def pump(self) -> None:
        """Send what the windows let through of the message that is held."""
        session = self._session
        while self._pending and session is not None and not session.paused:
            size = min(len(self._pending), self.credit, session.credit, session.max_frame)
            if size <= 0:
                break
            self.credit -= size
            session.credit -= size
            session.write(frame(DATA, 0, self.id, bytes(self._pending[:size])))
            self._pending = self._pending[size:]
        if self._pending and session is not None:
            session.waits(self)
        elif self._finishing:
            self._half_close()
        elif self._refused:
            self._refused = False
            self._listener.on_room()

    def finish(self) -> None:
        """Half-close behind the message that is held."""
        if not self.ended and not self._finishing:
            self._finishing = True
            if self._open and not self._pending:
                self._half_close()

    def _half_close(self) -> None:
        if self._open and self._session is not None:
            self._open = False
            self._session.write(frame(DATA, END_STREAM, self.id))

    def abort(self) -> None:
        """Cancel."""
        if not self.ended:
            self._reset(ErrorCode.CANCEL)
            self._leave()

    def expire(self) -> None:
        """The call's own deadline has come."""
        self.fail(Status.DEADLINE_EXCEEDED, f"no end within {self.deadline_s:g} s", ErrorCode.CANCEL)

    # --- the service's to us ---------------------------------------------------------------------------------

    def on_data(self, payload: bytes, flow: int) -> None:
        """`payload` of a DATA frame that took `flow` bytes of the windows, padding included."""
        increment = self._window.took(flow)
        if increment and self._session is not None:
            self._session.write(window_update(self.id, increment))
        if not self._answered:
            self.fail(Status.INTERNAL, "data before headers", ErrorCode.PROTOCOL_ERROR)
            return
        try:
            for message in self._reader.messages(payload):
                self._listener.on_result(message)
                if self.ended:
                    return
        except MessageError as error:
            self.fail(error.status, str(error), ErrorCode.CANCEL)

    def on_headers(self, fields: headers.Fields | None, *, last: bool) -> None:
        """The response headers, or the trailers; None when they were more than is taken."""
        if fields is None:
            self.fail(Status.RESOURCE_EXHAUSTED, "more metadata than is taken", ErrorCode.CANCEL)
        elif last:
            self._on_trailers(fields)
        elif self._answered:
            self.fail(Status.INTERNAL, "trailers that do not end the stream", ErrorCode.PROTOCOL_ERROR)
        elif not headers.is_informational(fields):
            self._answered = True
            wrong = headers.refusal(fields)
            if wrong is not None:
                self._reset(ErrorCode.CANCEL)
                self.end(wrong)

    def _on_trailers(self, fields: headers.Fields) -> None:
        end = headers.end(fields)
        if end.code is Status.OK and self._reader.within:
            end = StreamEnd(code=Status.INTERNAL, message="the answer ended within a message")
        if self._open:
            self._reset(ErrorCode.NO_ERROR)  # we need not half-close any more
        self.end(end)

    def on_silent_end(self) -> None:
        """The peer half-closed without trailers."""
        self.fail(Status.INTERNAL, "the answer ended without trailers", ErrorCode.NO_ERROR)

    def grow(self, increment: int) -> None:
        """More credit, or less."""
        self.credit += increment

    def fail(self, code: Status, message: str, reset: ErrorCode) -> None:
        """End it from our side: the service did what it may not, or took too long."""
        if not self.ended:
            self._reset(reset)
            self.end(StreamEnd(code=code, message=message))

    def end(self, end: StreamEnd) -> None:
        """The stream has ended; the listener is told."""
        if not self.ended:
            self._leave()
            self._listener.on_end(end)

    def _reset(self, code: ErrorCode) -> None:
        if self._session is not None:
            self._session.write(rst_stream(self.id, code))

    def _leave(self) -> None:
        self.ended = True
        self._open = False
        self._refused = False
        self._pending = memoryview(b"")
        if self._session is not None:
            self._session.forget(self)
        self._over(self)
