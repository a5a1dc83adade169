"""What a transport to the transcription service is, whichever way it speaks gRPC.

Everything happens on the loop that made the transport. A transport knows no message's shape: it carries bytes.
"""

from dataclasses import dataclass
from typing import Protocol

from media.transcription.status import Status

STREAM_AUDIO = "/transcription.TranscriptionService/StreamAudio"
MAX_MESSAGE_BYTES = 4 * 1024 * 1024  # of one answer; gRPC's own default
MAX_METADATA_BYTES = 64 * 1024  # of an answer's headers or trailers, as RFC 9113 section 6.5.2 counts them


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamEnd:
    """How a stream ended.

    `retry_after_s` is the service's pushback: seconds, negative when it forbids a retry. `unprocessed`: the service has
    seen nothing of the stream, so that the same may be sent again at once.
    """

    code: Status
    message: str = ""
    retry_after_s: float | None = None
    unprocessed: bool = False


class StreamListener(Protocol):
    """Who hears a stream. Called on the loop, never from within `send`, `finish`, `abort` or `open`."""

    def on_result(self, message: bytes) -> None:
        """One whole answer, encoded."""

    def on_room(self) -> None:
        """There is room again: `send` had returned False."""

    def on_end(self, end: StreamEnd) -> None:
        """Exactly once, unless aborted; nothing is heard after it."""


class TranscriptStream(Protocol):
    """One call's stream."""

    def send(self, message: bytes) -> bool:
        """Take one encoded message; False: there is no room, keep it until `on_room` or `on_end`."""

    def finish(self) -> None:
        """Half-close behind what was taken; answers go on until `on_end`."""

    def abort(self) -> None:
        """Cancel; the listener hears nothing any more."""


class TranscriptionTransport(Protocol):
    """The way to one address of the service, shared by all calls of a worker."""

    def open(
        self, listener: StreamListener, *, path: str = STREAM_AUDIO, deadline_s: float | None = None
    ) -> TranscriptStream:
        """A new stream, without waiting: one that cannot be had ends with UNAVAILABLE, in a later turn of the loop.

        `deadline_s` bounds the whole call, which then ends with DEADLINE_EXCEEDED.
        """

    @property
    def ready(self) -> bool:
        """Whether there is a connection that takes streams."""

    async def close(self) -> None:
        """Leave; streams that are still open end with UNAVAILABLE."""
