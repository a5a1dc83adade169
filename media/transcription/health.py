"""One question to an address: does the service serve?

Layout of the answer: field 1, a varint, 1 for SERVING. Source: grpc/grpc src/proto/grpc/health/v1/health.proto
"""

from collections.abc import Callable

from media.transcription.door import StreamEnd, TranscriptionTransport
from media.transcription.status import Status

CHECK = "/grpc.health.v1.Health/Check"
WHOLE_SERVER = b""  # a HealthCheckRequest that names no service
SERVING = b"\x08\x01"
UNREACHABLE = frozenset({Status.UNAVAILABLE, Status.DEADLINE_EXCEEDED, Status.CANCELLED, Status.RESOURCE_EXHAUSTED})


class HealthCheck:
    """Asks at once; `told` gets why the service does not serve, empty when it does, and once.

    A service that answers without knowing the question, or without letting us ask it, serves.
    """

    def __init__(self, transport: TranscriptionTransport, *, deadline_s: float, told: Callable[[str], None]) -> None:
        self._told = told
        self._answer: bytes | None = None
        self._stream = transport.open(self, path=CHECK, deadline_s=deadline_s)
        self.on_room()

    def on_room(self) -> None:
        """Ask, as soon as the stream takes the question."""
        if self._stream.send(WHOLE_SERVER):
            self._stream.finish()

    def on_result(self, message: bytes) -> None:
        """What the service says of itself."""
        self._answer = message

    def on_end(self, end: StreamEnd) -> None:
        """Judge."""
        if end.code in UNREACHABLE:
            self._told(f"{end.code.name}: {end.message}")
        elif end.code is Status.OK and not (self._answer or b"").startswith(SERVING):
            self._told("it says that it does not serve")
        else:
            self._told("")

    def abort(self) -> None:
        """Nobody wants to know any more."""
        self._stream.abort()
