"""Listens to one stream now and then, for as long as it takes to hear a few seconds of voice."""

from collections.abc import Callable, Sequence

from media.g711 import SAMPLE_BYTES, TABLES
from media.language.spoken import Guesses, Linguist
from media.language.voice import ENOUGH_S, LEAST_S, RATES, VoiceGate
from rules.language_evidence import Evidence
from rules.languages import configured, same_language

MOST_LISTENING = 8  # streams of a worker at once: voice detection costs every one of their frames
UNSURE_REST_S = 20.0  # of audio, before a stream is listened to again
SURE_REST_S = 120.0
SURE = 0.9  # confidence


class Ears:
    """Who may listen, and whom to ask; one for all streams of a worker."""

    def __init__(self, process: Linguist, candidates: Sequence[str]) -> None:
        self.process = process
        self.candidates = tuple(candidates)
        self.listening = 0

    def ear(self, codec: str, rate_hz: int, channels: int, heard: Callable[[Evidence], None]) -> "Ear | None":
        """An ear for a new stream; None where its audio cannot be read."""
        if codec not in {*TABLES, "L16"} or rate_hz not in RATES:
            return None
        return Ear(self, codec, rate_hz, channels, heard)

    @property
    def free(self) -> bool:
        """Whether one more stream may be listened to."""
        return self.listening < MOST_LISTENING and not self.process.busy


class Ear:
    """One stream's. `audio` costs next to nothing while it does not listen."""

    __slots__ = ("_bytes", "_bytes_a_s", "_ears", "_gate", "_heard", "_next", "_open", "_shape", "sure")

    def __init__(self, ears: Ears, codec: str, rate_hz: int, channels: int, heard: Callable[[Evidence], None]) -> None:
        self._ears = ears
        self._shape = (codec, rate_hz, channels)
        self._heard = heard
        self._bytes_a_s = rate_hz * channels * SAMPLE_BYTES[codec]
        self._bytes = self._next = 0
        self._gate: VoiceGate | None = None
        self._open = True
        self.sure = False  # whoever knows the language says so: then it rests longer

    def audio(self, audio: bytes) -> None:
        """What came, as it came."""
        self._bytes += len(audio)
        gate = self._gate
        if gate is None:
            if self._bytes < self._next or not self._ears.free or not self._open:
                return
            gate = self._begin()
        gate.hear(audio)
        if gate.done:
            self._stop(gate)

    def close(self) -> None:
        """The stream has ended."""
        self._open = False
        if self._gate is not None:
            self._gate = None
            self._ears.listening -= 1

    def _begin(self) -> VoiceGate:
        codec, rate_hz, channels = self._shape
        self._ears.listening += 1
        self._gate = VoiceGate(codec=codec, rate_hz=rate_hz, channels=channels)
        return self._gate

    def _stop(self, gate: VoiceGate) -> None:
        self._gate = None
        self._ears.listening -= 1
        self._next = self._bytes + int(self._bytes_a_s * (SURE_REST_S if self.sure else UNSURE_REST_S))
        if gate.voiced_s >= LEAST_S:
            voiced_s = gate.voiced_s
            self._ears.process.ask(gate.voice, self._shape[1], lambda guesses: self._told(guesses, voiced_s))

    def _told(self, guesses: Guesses, voiced_s: float) -> None:
        piece = evidence_in(guesses, voiced_s, self._ears.candidates)
        if piece is not None and self._open:
            self._heard(piece)


def evidence_in(guesses: Guesses, voiced_s: float, candidates: Sequence[str]) -> Evidence | None:
    """The likeliest guess that is a candidate, with the probability it has among all languages; None without one."""
    for tag, probability in guesses:
        if not candidates or any(same_language(tag, candidate) for candidate in candidates):
            return Evidence(
                source="audio",
                tag=configured(tag, candidates),
                confidence=probability,
                weight=min(1.0, voiced_s / ENOUGH_S),
                evidence=f"{voiced_s:.1f} s of voice",
            )
    return None
