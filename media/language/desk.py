"""What all streams of a worker share to find out what they speak."""

import asyncio
import sys
import time
from collections.abc import Callable

from media.language.book import Clock, LanguageBook
from media.language.ear import Ears
from media.language.guess_process import GuessProcess
from media.language.text import TextLanguages, text_process
from messages.media import LanguagePlan
from rules.language_evidence import Standing

SPOKEN_WORKER = (sys.executable, "-m", "media.language.spoken_worker")
MOST_HEARD = 2  # stretches of voice that wait; what was said when a later one is answered would be long past
END_S = 5.0  # for processes that were killed


class LanguageDesk:
    """Opens the book of each stream; the processes that it needs are started at once, by tasks of the running loop."""

    def __init__(self, plan: LanguagePlan, *, clock: Clock = time.monotonic) -> None:
        self._plan = plan
        self._clock = clock
        self.readers = text_process(plan.languages) if plan.text else None
        self.listeners = spoken_process(plan.model, plan.model_deadline_s) if plan.model else None
        self._reader = TextLanguages(self.readers, plan.languages) if self.readers else None
        self._ears = Ears(self.listeners, plan.languages) if self.listeners else None
        self._keeping = {asyncio.create_task(each.run()) for each in (self.readers, self.listeners) if each}
        for task in self._keeping:
            task.add_done_callback(_raise_what_nobody_expected)

    def book(
        self, changed: Callable[[Standing], None], *, codec: str = "PCMU", rate_hz: int = 8000, channels: int = 1
    ) -> LanguageBook:
        """The book of a new stream; `changed` is called on the loop whenever its language does."""
        book = LanguageBook(changed, clock=self._clock, min_confidence=self._plan.min_confidence, reader=self._reader)
        if self._ears is not None:
            book.listen(self._ears, codec=codec, rate_hz=rate_hz, channels=channels)
        return book

    def close(self) -> None:
        """Kill the processes; the books that are still open hear nothing more."""
        for task in self._keeping:
            task.cancel()

    async def wait_closed(self) -> None:
        """After `close`: until they are gone."""
        if self._keeping:
            await asyncio.wait(self._keeping, timeout=END_S)


def _raise_what_nobody_expected(ended: "asyncio.Task[None]") -> None:
    """Into the loop's log: there is no such evidence any more, and calls go on."""
    if not ended.cancelled():
        ended.result()


def spoken_process(directory: str, deadline_s: float) -> GuessProcess:
    """With the model in `directory`."""
    return GuessProcess(SPOKEN_WORKER, directory, evidence="sound", deadline_s=deadline_s, most_waiting=MOST_HEARD)
