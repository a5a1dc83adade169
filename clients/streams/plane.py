"""The outgoing WebSockets of the process: ask from any thread, hear by message."""

import ssl
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from itertools import count
from pathlib import Path

from clients.streams.connectors import Connectors
from clients.streams.frames import may_close_with
from clients.streams.handshake import HandshakeError, Shaken, Wanted, shake
from clients.streams.limits import StreamLimits
from clients.streams.loop import Loop
from clients.streams.outbox import message_frame, ping_frame
from clients.streams.stream import Phase, Stream
from clients.streams.tls import client_context
from messages.streams import Listener, StreamClosed, StreamCounts
from rules.pacing import pace

_LATE_S = 1.0  # beyond a handshake's own deadline before the listener is told without it (a name server that hangs)
_IDS = count(1)  # of the process: what was meant for a stream of a plane that died never reaches one of its successor


@dataclass(frozen=True, slots=True, kw_only=True)
class _Job:
    stream: Stream
    wanted: Wanted


class Streams:
    """One I/O thread for all sockets, some connector threads for the handshakes, one TLS context for both.

    No call here waits, but for `stop`. Every `connect` is answered by StreamOpened or not, then by exactly one
    StreamClosed, whatever happens. `on_death` is called, last of all, on the I/O thread when a bug ended it: the
    plane is then over and a new one is to be made.
    """

    def __init__(
        self,
        *,
        ca_file: Path | None = None,
        limits: StreamLimits | None = None,
        connectors: int = 32,
        connects_per_s: float = 100.0,
        queued_connects: int = 10_000,
        on_death: Callable[[BaseException], None] | None = None,
    ) -> None:
        self._limits = limits or StreamLimits()
        self._context: ssl.SSLContext = client_context(ca_file)
        self._loop = Loop(name="streams-io", on_death=on_death)
        self._connectors: Connectors[_Job] = Connectors(
            self._shake,
            most=connectors,
            pace=pace(connects_per_s),
            bound=queued_connects,
            name="streams-connect",
        )

    def start(self) -> None:
        """Start the I/O thread; connects asked for before wait for it."""
        self._loop.start()

    def stop(self, timeout_s: float) -> bool:
        """Close every stream with 1001 and end, at the latest after `timeout_s`; whether the I/O thread did."""
        self._connectors.stop()
        return self._loop.stop(timeout_s)

    def connect(
        self,
        url: str,
        *,
        headers: Mapping[str, str],
        listener: Listener,
        subprotocols: Sequence[str] = (),
        timeout_s: float = 15.0,
    ) -> int:
        """Queue a handshake and return the id of what becomes of it; `timeout_s` runs from its turn in the queue."""
        stream = Stream(next(_IDS), listener, self._limits, self._loop.traffic)
        wanted = Wanted(url=url, headers=dict(headers), subprotocols=tuple(subprotocols), timeout_s=timeout_s)
        if not self._loop.enter(stream):
            stream.lose("the stream plane has stopped; a new one has to be started")
        elif not self._connectors.put(_Job(stream=stream, wanted=wanted)):
            told = "too many connects wait already, or the stream plane stops; try again later"
            self._loop.arrive(stream, _unopened(stream, HandshakeError(told)))
        return stream.stream_id

    def send(self, stream_id: int, data: str | bytes) -> bool:
        """Queue one message; False when the stream is not open or its outgoing buffer is full.

        UnicodeEncodeError for a text that holds half a surrogate pair.
        """
        return self._send(stream_id, data, message_frame)

    def ping(self, stream_id: int, payload: bytes) -> bool:
        """Queue a ping, answered by StreamPong; False as for `send`, ValueError over 125 bytes."""
        return self._send(stream_id, payload, ping_frame)

    def close(self, stream_id: int, code: int, reason: str, timeout_s: float = 3.0) -> None:
        """Send a close frame after all that is queued; after `timeout_s` without the peer's the stream is aborted.

        ValueError for a code that may not be sent. A stream that is closing or gone is left alone.
        """
        if not may_close_with(code):
            raise ValueError(f"{code} is not a close code that may be sent")
        if stream := self._loop.streams.get(stream_id):
            self._loop.post(partial(self._loop.close, stream, code, reason, timeout_s))

    def abort(self, stream_id: int) -> None:
        """End the stream at once, with code 1006; what was queued is lost."""
        if stream := self._loop.streams.get(stream_id):
            self._loop.post(partial(self._loop.abort, stream, "aborted by this side"))

    def facts(self) -> dict[str, int]:
        """What `actor.show` tells of the plane."""
        return asdict(self.counts())

    def counts(self) -> StreamCounts:
        """The state of the plane; the numbers are taken one after the other, while it works."""
        phases = [(stream.phase, stream.paused) for stream in tuple(self._loop.streams.values())]
        return StreamCounts(
            opened=sum(phase in (Phase.OPEN, Phase.CLOSING) for phase, _ in phases),
            connecting=sum(phase is Phase.CONNECTING for phase, _ in phases),
            queued_connects=self._connectors.waiting(),
            paused=sum(paused for _, paused in phases),
            bytes_in=self._loop.traffic.bytes_in,
            bytes_out=self._loop.traffic.bytes_out,
        )

    def _send(self, stream_id: int, payload: str | bytes, frame_of: Callable[..., bytes]) -> bool:
        stream = self._loop.streams.get(stream_id)
        if stream is None or stream.phase is not Phase.OPEN or not stream.outbox.room_for(len(payload)):
            return False
        taken = stream.outbox.put(frame_of(payload))
        if taken:
            self._loop.ask_flush(stream)
        return taken

    def _shake(self, job: _Job) -> None:
        """On a connector thread: its result reaches the loop even if this dies."""
        result: Shaken | StreamClosed = _unopened(job.stream, HandshakeError("the connector died; see the log"))
        try:
            job.stream.deadline = time.monotonic() + job.wanted.timeout_s + _LATE_S
            if job.stream.phase is Phase.CONNECTING:
                result = shake(job.wanted, self._context)
        except HandshakeError as failed:
            result = _unopened(job.stream, failed)
        finally:
            self._loop.arrive(job.stream, result)


def _unopened(stream: Stream, failed: HandshakeError) -> StreamClosed:
    return StreamClosed(
        stream_id=stream.stream_id,
        code=failed.code,
        reason=failed.reason,
        opened=False,
        http_status=failed.http_status,
        retry_after_s=failed.retry_after_s,
    )
