"""What all streams of a worker share to find out what they speak."""

import asyncio
import time
from collections.abc import Callable

from media.language.book import Clock, LanguageBook
from media.language.ear import Ears
from media.language.spoken_process import SpokenProcess
from media.language.text import Deliver, TextLanguages, lingua_name
from messages.media import LanguagePlan
from rules.language_evidence import Standing

END_S = 5.0  # for a process that was killed


class LanguageDesk:
    """Opens the book of each stream. `deliver` runs a call on the worker's loop: `loop.call_soon_threadsafe`.

    Where the plan names a model, its process is started at once, by a task of the running loop.
    """

    def __init__(self, plan: LanguagePlan, *, deliver: Deliver, clock: Clock = time.monotonic) -> None:
        self._plan = plan
        self._clock = clock
        self._reader = TextLanguages(plan.languages, deliver=deliver) if reads_text(plan) else None
        self.process = SpokenProcess(plan.model, plan.model_deadline_s) if plan.model else None
        self._ears = Ears(self.process, plan.languages) if self.process else None
        self._keeping = asyncio.create_task(self.process.run()) if self.process else None

    def book(
        self, changed: Callable[[Standing], None], *, codec: str = "PCMU", rate_hz: int = 8000, channels: int = 1
    ) -> LanguageBook:
        """The book of a new stream; `changed` is called on the loop whenever its language does."""
        book = LanguageBook(changed, clock=self._clock, min_confidence=self._plan.min_confidence, reader=self._reader)
        if self._ears is not None:
            book.listen(self._ears, codec=codec, rate_hz=rate_hz, channels=channels)
        return book

    def close(self) -> None:
        """End the thread and kill the process; the books that are still open hear nothing more."""
        if self._reader is not None:
            self._reader.close()
        if self._keeping is not None:
            self._keeping.cancel()

    async def wait_closed(self) -> None:
        """After `close`: until the process is gone."""
        if self._keeping is not None:
            await asyncio.wait({self._keeping}, timeout=END_S)


def reads_text(plan: LanguagePlan) -> bool:
    """Whether transcripts are evidence: switched on, and at least one candidate is known to the library."""
    return plan.text and (not plan.languages or any(map(lingua_name, plan.languages)))
