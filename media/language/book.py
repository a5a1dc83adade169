"""The language of one stream."""

from collections.abc import Callable

from media.language.collected import Collected
from media.language.ear import SURE, Ear, Ears
from media.language.text import Reader
from messages.media import LanguageSource
from rules.language_evidence import Evidence, LanguageEvidence, Standing
from rules.languages import same_language

ASK_EVERY_S = 3.0  # a stream's transcripts are looked at no more often
ASK_EVERY_WHEN_SURE_S = 15.0  # after one that agreed with a language that is as good as certain

Clock = Callable[[], float]  # monotonic seconds


class LanguageBook:
    """What one stream's language is taken to be, and why. Every method returns at once.

    `changed` hears of another tag or source, and of a confidence that is clearly another: from within `declared`, or
    later on the loop.
    """

    __slots__ = (
        "_agreed",
        "_asked_at_s",
        "_asking",
        "_changed",
        "_clock",
        "_collected",
        "_ear",
        "_evidence",
        "_reader",
    )

    def __init__(
        self,
        changed: Callable[[Standing], None],
        *,
        clock: Clock,
        min_confidence: float,
        reader: Reader | None = None,
    ) -> None:
        self._changed: Callable[[Standing], None] | None = changed
        self._clock = clock
        self._evidence = LanguageEvidence(min_confidence=min_confidence)
        self._reader = reader
        self._collected = Collected()
        self._asked_at_s = float("-inf")
        self._asking = self._agreed = False
        self._ear: Ear | None = None

    def listen(self, ears: Ears, *, codec: str, rate_hz: int, channels: int) -> None:
        """Its audio is evidence too, where it can be read."""
        self._ear = ears.ear(codec, rate_hz, channels, self._hear)

    @property
    def listens(self) -> bool:
        """Whether `audio` is of any use."""
        return self._ear is not None

    @property
    def standing(self) -> Standing:
        """What is known now: `und` until there is evidence."""
        return self._evidence.standing

    @property
    def asking(self) -> bool:
        """Whether a text is being read for it; one at a time."""
        return self._asking

    def declared(self, tag: str, source: LanguageSource) -> None:
        """The call (`call`), its participant (`attribute`) or its queue (`queue`) says so."""
        self._hear(Evidence(source=source, tag=tag, confidence=1.0))

    def text(self, transcript: str) -> None:
        """What the transcription service understood."""
        reader = self._reader
        if reader is None:
            return
        self._collected.add(transcript)
        now_s = self._clock()
        every_s = ASK_EVERY_WHEN_SURE_S if self._agreed else ASK_EVERY_S
        if self._asking or not self._collected.enough or now_s < self._asked_at_s + every_s:
            return
        self._asking = reader.ask(self._collected.text, self._read)
        if self._asking:
            self._asked_at_s = now_s
            self._collected.clear()

    def audio(self, audio: bytes) -> None:
        """What came, as it came."""
        if self._ear is not None:
            self._ear.audio(audio)

    def close(self) -> None:
        """The stream has ended: evidence that is still under way is not told any more."""
        self._changed = None
        if self._ear is not None:
            self._ear.close()
            self._ear = None

    def _read(self, piece: Evidence | None) -> None:
        self._asking = False
        if piece is not None:
            self._hear(piece)
            self._agreed = self.standing.confidence >= SURE and same_language(piece.tag, self.standing.tag)

    def _hear(self, piece: Evidence) -> None:
        if self._changed is None:
            return
        news = self._evidence.hear(piece)
        if self._ear is not None:
            self._ear.sure = self.standing.confidence >= SURE
        if news is not None:
            self._changed(news)
