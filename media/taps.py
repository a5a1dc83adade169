"""Who listens in on a stream's audio beside the transcription service: its recording, and the ear for its language."""

from array import array
from collections.abc import Callable, Mapping

from media.g711 import SAMPLE_BYTES
from media.language.book import LanguageBook
from media.recording.recording import Recording
from messages.base import Json

Tap = Callable[[bytes], None]
Note = Callable[[str, Mapping[str, Json]], None]


class Tape:
    """Feeds a recording: voices that take turns in the stream stand beside one another in the file."""

    __slots__ = ("_recording", "_sample", "_samples", "_turns", "_voices")

    def __init__(self, recording: Recording, *, codec: str, voices: int = 1) -> None:
        self._recording = recording
        self._sample = SAMPLE_BYTES[codec]
        self._voices = voices
        self._turns: list[bytes] = []
        self._samples = 0  # of the last chunk

    def audio(self, audio: bytes) -> None:
        """One chunk, of the voice whose turn it is."""
        self._samples = len(audio) // self._sample
        if self._voices == 1:
            self._recording.audio(audio)
            return
        self._turns.append(audio)
        if len(self._turns) == self._voices:
            self._recording.audio(interleaved(self._turns, self._sample))
            self._turns.clear()

    def gap(self, kind: str, expected: int, got: int, count: int) -> None:
        """What the stream is told of a gap: frames that did not come are as long as the last that did."""
        if kind == "gap":
            self._recording.silence(count * self._samples)
        elif kind == "discarded":  # in samples
            self._recording.silence(got - expected)

    def close(self) -> None:
        """The stream has ended."""
        self._recording.close()


class FirstVoice:
    """Lets a listener hear the first of several voices that take turns."""

    __slots__ = ("_listener", "_turn", "_voices")

    def __init__(self, listener: Tap, voices: int) -> None:
        self._listener = listener
        self._voices = voices
        self._turn = 0

    def audio(self, audio: bytes) -> None:
        """One chunk, of the voice whose turn it is."""
        if self._turn == 0:
            self._listener(audio)
        self._turn = (self._turn + 1) % self._voices


class Swapped:
    """Lets a listener hear 16-bit samples that came high byte first; half a sample at the end is left out."""

    __slots__ = ("_listener",)

    def __init__(self, listener: Tap) -> None:
        self._listener = listener

    def audio(self, audio: bytes) -> None:
        """One chunk."""
        samples = array("h", audio[: len(audio) & ~1])
        samples.byteswap()
        self._listener(samples.tobytes())


def taps(book: LanguageBook, tape: Tape | None, voices: int, *, high_byte_first: bool = False) -> tuple[Tap, ...]:
    """What is to be called with every chunk of a stream; most often nothing. They know samples low byte first."""
    listening: list[Tap] = []
    if book.listens:
        listening.append(book.audio if voices == 1 else FirstVoice(book.audio, voices).audio)
    if tape is not None:
        listening.append(tape.audio)
    return tuple(Swapped(tap).audio if high_byte_first else tap for tap in listening)


def interleaved(voices: list[bytes], sample: int) -> bytes:
    """The samples (of `sample` bytes) of all voices by turns, as far as each of them goes."""
    kind = "B" if sample == 1 else "h"
    whole = min(map(len, voices)) // sample * sample
    mixed = array(kind, bytes(whole * len(voices)))
    for at, voice in enumerate(voices):
        mixed[at :: len(voices)] = array(kind, voice[:whole])
    return mixed.tobytes()
