"""The recording of one stream: off by default, never in the way of its call."""

from collections.abc import Callable, Mapping

from media.g711 import SAMPLE_BYTES, SILENCE
from media.recording.writer import Reel, Writer
from messages.base import Json

FLUSH_S = 0.5  # of audio handed to the thread at once; what is lost with the process
MOST_SILENCE_S = 3_600.0  # one gap
MOST_BYTES = 1 << 31  # of audio: 74 hours of one channel in µ-law; a WAV file ends at 4 GiB

Noted = Callable[[str, Mapping[str, Json]], None]


class Recording:
    """Takes a stream's audio as it comes. `noted` hears, for the stream's time line:

    `recording.started {file}`, `recording.lost {file, seconds}` once when the disk is too slow,
    `recording.failed {file, reason}` or `recording.ended {file, seconds, lost_s}`.
    """

    __slots__ = (
        "_buffer",
        "_bytes",
        "_flush",
        "_lost",
        "_name",
        "_noted",
        "_owed",
        "_rate",
        "_reel",
        "_silence",
        "_writer",
    )

    def __init__(
        self, name: str, reel: Reel, writer: Writer, noted: Noted, *, codec: str, rate_hz: int, channels: int
    ) -> None:
        self._name = name
        self._reel: Reel | None = reel
        self._writer = writer
        self._noted = noted
        self._silence = SILENCE[codec] * channels
        self._rate = rate_hz * channels * SAMPLE_BYTES[codec]  # bytes a second
        self._flush = int(self._rate * FLUSH_S)
        self._buffer = bytearray()
        self._owed = 0  # blocks of silence that come before the next audio
        self._bytes = 0  # all that has passed
        self._lost = 0
        noted("recording.started", {"file": name})

    def audio(self, audio: bytes) -> None:
        """What came, as it came; half a sample at its end is left out."""
        over = len(audio) % len(self._silence)
        self._buffer += audio[: len(audio) - over] if over else audio
        if len(self._buffer) >= self._flush:
            self._hand_over()

    def silence(self, samples: int) -> None:
        """So many samples of each channel did not come: lost, paused, discarded. Positions stay true, up to an hour."""
        self._hand_over()
        most = int(MOST_SILENCE_S * self._rate) // len(self._silence)
        self._owed += min(max(0, samples), most)

    def close(self) -> None:
        """The stream has ended; `recording.failed` may still follow."""
        self._hand_over(last=True)
        reel, self._reel = self._reel, None
        if reel is not None:
            self._writer.end(reel)
            self._note("recording.ended", seconds=self._seconds(self._bytes), lost_s=self._seconds(self._lost))

    def failed(self, reason: str) -> None:
        """The file could not be written on; the call does not care."""
        self._reel = None
        self._note("recording.failed", reason=reason)

    def _hand_over(self, *, last: bool = False) -> None:
        audio = bytes(self._buffer)
        self._buffer.clear()
        if self._reel is None or not (audio or (last and self._owed)):
            return
        size = len(audio) + self._owed * len(self._silence)
        if self._bytes + size > MOST_BYTES:
            self._writer.end(self._reel)
            self.failed("it is as long as a file can be")
        elif self._writer.write(self._reel, audio, self._silence, self._owed):
            self._bytes += size
            self._owed = 0
        else:
            self._lose(audio)

    def _lose(self, audio: bytes) -> None:
        """The disk is too slow: silence stands where the audio would have been."""
        if not self._lost:
            self._note("recording.lost", seconds=self._seconds(len(audio)))
        self._owed += len(audio) // len(self._silence)
        self._lost += len(audio)

    def _seconds(self, size: int) -> float:
        return round(size / self._rate, 3)

    def _note(self, what: str, **data: Json) -> None:
        self._noted(what, {"file": self._name, **data})
