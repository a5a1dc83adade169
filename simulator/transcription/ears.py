"""What listens to a stream and decides what is said of it: a script, or a recogniser (`recogniser.py`)."""

from collections.abc import Callable
from typing import Protocol

from simulator.transcription.book import Lane
from simulator.transcription.script import Line, TranscriptScript, audio_s
from simulator.transcription_pb2 import AudioChunk

Say = Callable[[int, Line], None]
"""Give a result that acknowledges every chunk up to a sequence number."""


class Ear(Protocol):
    """One a stream."""

    def hear(self, chunk: AudioChunk) -> None:
        """One chunk; what it completes may be said at once or later."""

    async def finish(self) -> None:
        """The audio has ended: say the rest of it before this returns."""

    def close(self) -> None:
        """The stream is gone: nobody hears what is still said."""


class ScriptedEar:
    """Says what its script says, in the place where the lane's stream before this one stopped."""

    def __init__(self, script: TranscriptScript, lane: Lane, say: Say) -> None:
        self._script = script
        self._lane = lane
        self._say = say
        self._chunks = 0
        self._seconds = 0.0
        self._first = self._last = 0

    def hear(self, chunk: AudioChunk) -> None:
        if self._chunks == 0:
            self._first = chunk.sequence_number
        self._chunks += 1
        self._last = chunk.sequence_number
        self._seconds += audio_s(len(chunk.audio_data), chunk.audio_format, chunk.sample_rate)
        if self._script.due(self._chunks, self._seconds):
            self._speak()

    async def finish(self) -> None:
        if self._chunks:
            self._speak()

    def close(self) -> None:
        self._chunks = 0

    def _speak(self) -> None:
        line = self._script.line(self._lane.said, self._first, self._last)
        self._chunks, self._seconds = 0, 0.0
        self._say(self._last, line)
