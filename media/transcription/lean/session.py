"""The client's half of an HTTP/2 connection, without I/O: bytes go in, bytes and calls of streams come out.

Source: RFC 9113
"""

from typing import Literal, Protocol

from hpack import Decoder

from media.transcription.door import MAX_METADATA_BYTES, StreamEnd
from media.transcription.lean import frames, headers, settings
from media.transcription.lean.frames import ErrorCode, PeerError
from media.transcription.lean.stream import OWN_WINDOW, Stream
from media.transcription.status import Status

OWN_CONNECTION_WINDOW = 4 * 1024 * 1024
CONTINUATION_COST = 512  # bytes of a header block's limit that each of its frames counts for, however empty
MAX_DEBT = 20_000  # frames that wait because the peer does not read: answers to its PINGs and SETTINGS among them
MAX_PIECES = 4_096  # gathered before they are written, within one turn of the loop


class Skin(Protocol):
    """What surrounds a session."""

    def wake(self) -> None:
        """There is something to write; call `written` when the loop's turn is over."""

    def flush(self) -> None:
        """Write now: a lot has been gathered."""

    def changed(self) -> None:
        """The session has become ready, or its room for streams is another."""


class Session:
    """Streams of one connection."""

    __slots__ = (
        "_authority",
        "_block",
        "_block_cost",
        "_block_ends",
        "_block_of",
        "_decoder",
        "_next_id",
        "_out",
        "_reader",
        "_scheme",
        "_settings",
        "_skin",
        "_streams",
        "_waiting",
        "_window",
        "calm",
        "credit",
        "leaving",
        "max_frame",
        "paused",
        "ready",
    )

    def __init__(self, skin: Skin, *, scheme: Literal["http", "https"], authority: str) -> None:
        self._skin = skin
        self._scheme = scheme
        self._authority = authority
        self._reader = frames.FrameReader()
        self._decoder = Decoder(max_header_list_size=headers.MAX_BLOCK_BYTES)
        self._settings = settings.PeerSettings()
        self._window = settings.ReceiveWindow(OWN_CONNECTION_WINDOW)
        self._streams: dict[int, Stream] = {}
        self._waiting: dict[int, Stream] = {}  # with a message that is held, the longest-waiting first
        self._next_id = 1
        self._block: list[bytes] = []
        self._block_of = 0  # the stream whose header block goes on, 0: none
        self._block_ends = False
        self._block_cost = 0
        self._out: list[bytes] = []
        self.credit = settings.FIRST_WINDOW
        self.max_frame = self._settings.max_frame
        self.paused = False  # the socket takes nothing more
        self.ready = False  # the peer's settings are known
        self.leaving = ""  # why no stream can be opened any more
        self.calm = False  # the peer has complained about our pings
        self._write_preface()

    def _write_preface(self) -> None:
        own = {
            settings.ENABLE_PUSH: 0,
            settings.INITIAL_WINDOW_SIZE: OWN_WINDOW,
            settings.MAX_HEADER_LIST_SIZE: MAX_METADATA_BYTES,
        }
        self._out += [frames.PREFACE, frames.settings(own)]
        self._out.append(frames.window_update(0, OWN_CONNECTION_WINDOW - settings.FIRST_WINDOW))

    # --- out -------------------------------------------------------------------------------------------------

    def write(self, piece: bytes) -> None:
        """Gather; everything of one turn of the loop goes out in one write."""
        out = self._out
        if not out:
            self._skin.wake()
        out.append(piece)
        if len(out) > MAX_PIECES and not self.paused:
            self._skin.flush()

    def written(self) -> bytes:
        """Everything that was gathered, to be written now."""
        data = b"".join(self._out)
        self._out.clear()
        return data

    def waits(self, stream: Stream) -> None:
        """`stream` holds a message until there is room."""
        self._waiting[stream.id] = stream

    def resume(self) -> None:
        """The socket takes more."""
        self.paused = False
        self._pump()

    def _pump(self) -> None:
        waiting, self._waiting = self._waiting, {}
        for stream in waiting.values():
            stream.pump()

    # --- streams ---------------------------------------------------------------------------------------------

    @property
    def room(self) -> int:
        """How many more streams may be opened."""
        return max(0, self._settings.max_streams - len(self._streams)) if self.ready and not self.leaving else 0

    @property
    def idle(self) -> bool:
        """Whether there is no stream."""
        return not self._streams

    def open(self, stream: Stream) -> None:
        """Send the stream's headers; there must be `room`."""
        stream_id = self._next_id
        self._next_id += 2
        if self._next_id > frames.MAX_STREAM_ID:
            self.leaving = "the connection has no stream ids left"
        block = headers.request_block(
            scheme=self._scheme, authority=self._authority, path=stream.path, deadline_s=stream.deadline_s
        )
        self._streams[stream_id] = stream
        self.write(frames.frame(frames.HEADERS, frames.END_HEADERS, stream_id, block))
        stream.attach(self, stream_id, self._settings.initial_window)

    def forget(self, stream: Stream) -> None:
        """`stream` has ended."""
        self._streams.pop(stream.id, None)
        self._waiting.pop(stream.id, None)
        self._skin.changed()

    def lose(self, why: str) -> None:
        """The connection is gone: so are its streams."""
        self.leaving = self.leaving or why
        for stream in list(self._streams.values()):
            stream.end(StreamEnd(code=Status.UNAVAILABLE, message=why))

    def leave(self, code: ErrorCode, why: str) -> None:
        """Say goodbye, for everybody's reason or because the peer broke the protocol."""
        self.write(frames.goaway(code, why))
        self.lose(why)

    def ping(self, payload: bytes) -> None:
        """Ask for a sign of life; eight bytes."""
        self.write(frames.frame(frames.PING, 0, 0, payload))

    # --- in --------------------------------------------------------------------------------------------------

    def receive(self, data: bytes) -> None:
        """What the socket gave; raises PeerError, after which the session must be left."""
        for kind, flags, stream_id, payload in self._reader.frames(data):
            if kind == frames.DATA and not self._block_of:
                self._on_data(flags, stream_id, payload)
            else:
                self._on_frame(kind, flags, stream_id, payload)
        if len(self._out) > MAX_DEBT:
            raise PeerError(ErrorCode.ENHANCE_YOUR_CALM, "more questions than answers can be written")

    def _on_frame(self, kind: int, flags: int, stream_id: int, payload: bytes) -> None:
        if self._block_of and (kind != frames.CONTINUATION or stream_id != self._block_of):
            raise PeerError(ErrorCode.PROTOCOL_ERROR, "a header block was interrupted")
        if not self.ready and (kind != frames.SETTINGS or flags & frames.ACK):
            raise PeerError(ErrorCode.PROTOCOL_ERROR, "the first frame was not SETTINGS")
        if kind == frames.HEADERS:
            self._on_headers(flags, stream_id, payload)
        elif kind == frames.WINDOW_UPDATE:
            self._on_window_update(stream_id, payload)
        elif kind == frames.RST_STREAM:
            self._on_reset(stream_id, payload)
        elif kind == frames.CONTINUATION:
            self._on_continuation(flags, payload)
        elif kind in (frames.SETTINGS, frames.PING, frames.GOAWAY):
            self._on_connection(kind, flags, stream_id, payload)
        elif kind == frames.PUSH_PROMISE:
            raise PeerError(ErrorCode.PROTOCOL_ERROR, "a push, though pushes are off")

    def _on_connection(self, kind: int, flags: int, stream_id: int, payload: bytes) -> None:
        if stream_id:
            raise PeerError(ErrorCode.PROTOCOL_ERROR, "a frame of the connection on a stream")
        if kind == frames.SETTINGS:
            self._on_settings(flags, payload)
        elif kind == frames.GOAWAY:
            self._on_goaway(payload)
        elif len(payload) != 8:
            raise PeerError(ErrorCode.FRAME_SIZE_ERROR, "a PING that is not of 8 bytes")
        elif not flags & frames.ACK:
            self.write(frames.frame(frames.PING, frames.ACK, 0, payload))

    def _known(self, stream_id: int) -> Stream | None:
        """The stream, None when it has ended; raises PeerError when there has never been one."""
        if not stream_id & 1 or stream_id >= self._next_id:
            raise PeerError(ErrorCode.PROTOCOL_ERROR, f"a frame on stream {stream_id}, which was never opened")
        return self._streams.get(stream_id)

    def _on_data(self, flags: int, stream_id: int, payload: bytes) -> None:
        stream = self._streams.get(stream_id) or self._known(stream_id)
        flow = len(payload)
        increment = self._window.took(flow)
        if increment:
            self.write(frames.window_update(0, increment))
        if flags & frames.PADDED:
            payload = frames.unpadded(payload, frames.PADDED)
        if stream is not None:
            if flow:
                stream.on_data(payload, flow)
            if flags & frames.END_STREAM:
                stream.on_silent_end()

    def _on_headers(self, flags: int, stream_id: int, payload: bytes) -> None:
        self._known(stream_id)
        self._block = [frames.unpadded(payload, flags)]
        self._block_of = stream_id
        self._block_ends = bool(flags & frames.END_STREAM)
        self._block_cost = 0
        self._on_block(flags)

    def _on_continuation(self, flags: int, payload: bytes) -> None:
        if not self._block_of:
            raise PeerError(ErrorCode.PROTOCOL_ERROR, "CONTINUATION of nothing")
        self._block.append(payload)
        self._on_block(flags)

    def _on_block(self, flags: int) -> None:
        self._block_cost += len(self._block[-1]) + CONTINUATION_COST
        if self._block_cost > headers.MAX_BLOCK_BYTES:
            raise PeerError(ErrorCode.ENHANCE_YOUR_CALM, "a header block without end")
        if flags & frames.END_HEADERS:
            stream = self._streams.get(self._block_of)
            self._block_of = 0
            fields = headers.decoded(self._decoder, b"".join(self._block))
            if stream is not None:
                stream.on_headers(fields, last=self._block_ends)

    def _on_window_update(self, stream_id: int, payload: bytes) -> None:
        if len(payload) != 4:
            raise PeerError(ErrorCode.FRAME_SIZE_ERROR, "a WINDOW_UPDATE that is not of 4 bytes")
        increment = frames.word(payload) & settings.MAX_WINDOW
        if stream_id:
            self._grow(stream_id, increment)
            return
        self.credit += increment
        if not increment or self.credit > settings.MAX_WINDOW:
            raise PeerError(ErrorCode.FLOW_CONTROL_ERROR, f"a window grew by {increment}")
        self._pump()

    def _grow(self, stream_id: int, increment: int) -> None:
        stream = self._known(stream_id)
        if stream is None:
            return
        if not increment:
            stream.fail(Status.INTERNAL, "a window grew by 0", ErrorCode.PROTOCOL_ERROR)
            return
        stream.grow(increment)
        if stream.credit > settings.MAX_WINDOW:
            stream.fail(Status.INTERNAL, "a window grew too far", ErrorCode.FLOW_CONTROL_ERROR)
        elif self._waiting.pop(stream_id, None):
            stream.pump()

    def _on_reset(self, stream_id: int, payload: bytes) -> None:
        if len(payload) != 4:
            raise PeerError(ErrorCode.FRAME_SIZE_ERROR, "an RST_STREAM that is not of 4 bytes")
        stream = self._known(stream_id)
        if stream is not None:
            stream.end(headers.end_of_reset(frames.word(payload)))

    def _on_settings(self, flags: int, payload: bytes) -> None:
        if flags & frames.ACK:
            if payload:
                raise PeerError(ErrorCode.FRAME_SIZE_ERROR, "an acknowledgement with a payload")
            return
        delta = sum(self._settings.set(identifier, value) for identifier, value in frames.settings_in(payload))
        for stream in self._streams.values():
            stream.grow(delta)
        if any(stream.credit > settings.MAX_WINDOW for stream in self._streams.values()):
            raise PeerError(ErrorCode.FLOW_CONTROL_ERROR, "a window grew too far by SETTINGS")
        self.max_frame = self._settings.max_frame
        self.ready = True
        self.write(frames.frame(frames.SETTINGS, frames.ACK, 0))
        self._pump()
        self._skin.changed()

    def _on_goaway(self, payload: bytes) -> None:
        if len(payload) < 8:
            raise PeerError(ErrorCode.FRAME_SIZE_ERROR, "a GOAWAY of less than 8 bytes")
        last_id, code = frames.word(payload) & frames.MAX_STREAM_ID, frames.word(payload, 4)
        debug = payload[8:].decode("utf-8", "replace")
        self.calm |= code == ErrorCode.ENHANCE_YOUR_CALM and debug == "too_many_pings"
        self.leaving = f"the service says goodbye: {headers.error_name(code)} {debug}".rstrip()
        end = StreamEnd(code=Status.UNAVAILABLE, message=self.leaving, unprocessed=True)
        for stream in [stream for stream_id, stream in self._streams.items() if stream_id > last_id]:
            stream.end(end)
        self._skin.changed()
