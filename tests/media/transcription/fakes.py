"""Time that a test moves, and a transport whose other end is the test."""

from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count

from media.transcription.door import STREAM_AUDIO, StreamEnd, StreamListener, TranscriptionTransport
from media.transcription.transcription_pb2 import AudioChunk, TranscriptResult
from media.uplinks import Result


class FakeTimer:
    def __init__(self, callback: Callable[[], object]) -> None:
        self.callback = callback
        self.cancelled = False

    def cancel(self) -> None:
        self.cancelled = True


class FakeTimers:
    """A loop's time without a loop."""

    def __init__(self) -> None:
        self.now = 0.0
        self._numbers = count()
        self._due: list[tuple[float, int, FakeTimer]] = []

    def time(self) -> float:
        return self.now

    def call_later(self, delay: float, callback: Callable[[], object], /) -> FakeTimer:
        timer = FakeTimer(callback)
        self._due.append((self.now + delay, next(self._numbers), timer))
        return timer

    def pass_s(self, seconds: float) -> None:
        """Everything that falls due happens, in its order."""
        end = self.now + seconds
        while due := min((entry for entry in self._due if entry[0] <= end), default=None):
            self._due.remove(due)
            self.now = max(self.now, due[0])
            if not due[2].cancelled:
                due[2].callback()
        self.now = end

    @property
    def pending(self) -> int:
        return sum(not timer.cancelled for _, _, timer in self._due)


class FakeStream:
    """Takes as many messages as it has room for; the test says what the service does."""

    def __init__(self, listener: StreamListener, path: str) -> None:
        self.listener = listener
        self.path = path
        self.room = 0
        self.refused = False
        self.taken: list[bytes] = []
        self.finished = False
        self.over = False

    def send(self, message: bytes) -> bool:
        assert not self.over
        assert not self.finished
        if not self.room:
            self.refused = True
            return False
        self.room -= 1
        self.taken.append(message)
        return True

    def finish(self) -> None:
        self.finished = True

    def abort(self) -> None:
        self.over = True

    def give_room(self, room: int) -> None:
        self.room = room
        if self.refused and room and not self.over:
            self.refused = False
            self.listener.on_room()

    def answer(self, sequence: int, text: str = "") -> None:
        self.listener.on_result(TranscriptResult(text=text, sequence_number=sequence).SerializeToString())

    def end(self, end: StreamEnd) -> None:
        assert not self.over
        self.over = True
        self.listener.on_end(end)

    @property
    def sequences(self) -> list[int]:
        return [AudioChunk.FromString(message).sequence_number for message in self.taken]


class FakeTransport:
    ready = True

    def __init__(self, room: int = 0) -> None:
        self.room = room  # of new streams
        self.streams: list[FakeStream] = []
        self.closed = False

    def open(
        self, listener: StreamListener, *, path: str = STREAM_AUDIO, deadline_s: float | None = None
    ) -> FakeStream:
        stream = FakeStream(listener, path)
        stream.room = self.room
        self.streams.append(stream)
        return stream

    async def close(self) -> None:
        self.closed = True


@dataclass
class OneService:
    """Always the same address."""

    way: FakeTransport
    ends: list[StreamEnd] = field(default_factory=list)

    def transport(self) -> FakeTransport:
        return self.way

    def ended(self, transport: TranscriptionTransport, end: StreamEnd) -> None:
        self.ends.append(end)


@dataclass
class Ear:
    """An UplinkListener that remembers."""

    results: list[Result] = field(default_factory=list)
    drops: list[tuple[int, int, int]] = field(default_factory=list)
    news: list[str] = field(default_factory=list)
    faults: list[Exception] = field(default_factory=list)
    end: str | None = None

    def heard(self, result: Result) -> None:
        self.results.append(result)

    def dropped(self, count: int, first: int, last: int) -> None:
        self.drops.append((count, first, last))

    def interrupted(self, why: str) -> None:
        self.news.append(why)

    def restored(self) -> None:
        self.news.append("restored")

    def ended(self, why: str) -> None:
        assert self.end is None
        self.end = why

    def failed(self, fault: Exception) -> None:
        self.faults.append(fault)
