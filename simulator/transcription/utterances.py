"""Where somebody speaks in a stream of chunks: utterances, each with the sequence number of the chunk that ends it."""

from dataclasses import dataclass
from typing import Any

from simulator.g711 import to_linear
from simulator.transcription.script import audio_s
from simulator.transcription_pb2 import AudioChunk
from simulator.wav import samples_of

RATES_HZ = (8_000, 16_000)
WINDOW_S = 0.6  # of quiet that ends an utterance: longer than a comma
FRAME_S = 0.03
SILENCE_S = 5.0  # of no speech, after which what was heard is acknowledged without a text
MAX_S = 20.0  # longest utterance; it is cut there


@dataclass(frozen=True, slots=True, kw_only=True)
class Utterance:
    """16-bit samples, least significant byte first; no audio: nobody spoke up to `sequence`."""

    audio: bytes
    rate_hz: int
    sequence: int


def linear(audio: bytes, audio_format: str) -> bytes:
    """16-bit samples, least significant byte first, of PCMU or L16 as RFC 3551 has it; of anything else nothing."""
    match audio_format.upper():
        case "PCMU":
            return to_linear(audio).tobytes()
        case "L16":
            samples = samples_of(audio)
            samples.byteswap()
            return samples.tobytes()
        case _:
            return b""


class Ends:
    """Finds the utterances of one stream; `endpointer` is pocketsphinx's, of the same rate."""

    def __init__(self, endpointer: Any, rate_hz: int) -> None:
        self._endpointer = endpointer
        self._rate_hz = rate_hz
        self._frame_bytes = int(endpointer.frame_bytes)
        self._rest = b""
        self._speech: list[bytes] = []
        self._speech_s = self._quiet_s = 0.0
        self._last = 0

    def hear(self, chunk: AudioChunk) -> list[Utterance]:
        """What ended with this chunk: mostly nothing."""
        self._last = chunk.sequence_number
        self._quiet_s += audio_s(len(chunk.audio_data), chunk.audio_format, chunk.sample_rate)
        data = self._rest + linear(chunk.audio_data, chunk.audio_format)
        ended: list[Utterance] = []
        at = 0
        while at + self._frame_bytes <= len(data):
            ended += self._frame(data[at : at + self._frame_bytes])
            at += self._frame_bytes
        self._rest = data[at:]
        if not ended and not self._speech and self._quiet_s >= SILENCE_S - 1e-6:
            ended.append(self._utterance())
        return ended

    def finish(self) -> list[Utterance]:
        """What was being said when the audio ended; the last acknowledgement in any case."""
        if len(self._rest) >= 2 and self._endpointer.in_speech:
            self._take(self._endpointer.end_stream(self._rest))
        return [self._utterance()]

    def _frame(self, frame: bytes) -> list[Utterance]:
        self._take(self._endpointer.process(frame))
        over = self._speech and (not self._endpointer.in_speech or self._speech_s >= MAX_S)
        return [self._utterance()] if over else []

    def _take(self, speech: bytes | None) -> None:
        if speech:
            self._speech.append(speech)
            self._speech_s += len(speech) / 2 / self._rate_hz

    def _utterance(self) -> Utterance:
        audio = b"".join(self._speech)
        self._speech.clear()
        self._speech_s = self._quiet_s = 0.0
        return Utterance(audio=audio, rate_hz=self._rate_hz, sequence=self._last)
