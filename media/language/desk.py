"""What all streams of a worker share to find out what they speak."""

import time
from collections.abc import Callable

from media.language.book import Clock, LanguageBook
from media.language.text import Deliver, TextLanguages, lingua_name
from messages.media import LanguagePlan
from rules.language_evidence import Standing


class LanguageDesk:
    """Opens the book of each stream. `deliver` runs a call on the worker's loop: `loop.call_soon_threadsafe`."""

    def __init__(self, plan: LanguagePlan, *, deliver: Deliver, clock: Clock = time.monotonic) -> None:
        self._plan = plan
        self._clock = clock
        self._reader = TextLanguages(plan.languages, deliver=deliver) if reads_text(plan) else None

    def book(self, changed: Callable[[Standing], None]) -> LanguageBook:
        """The book of a new stream; `changed` is called on the loop whenever its language does."""
        return LanguageBook(changed, clock=self._clock, min_confidence=self._plan.min_confidence, reader=self._reader)

    def close(self) -> None:
        """End the thread; the books that are still open hear nothing more."""
        if self._reader is not None:
            self._reader.close()


def reads_text(plan: LanguagePlan) -> bool:
    """Whether transcripts are evidence: switched on, and at least one candidate is known to the library."""
    return plan.text and (not plan.languages or any(map(lingua_name, plan.languages)))
