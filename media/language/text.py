"""Which language a text is in, by lingua in its low-accuracy mode, on a thread of its own.

lingua lets go of the interpreter while it works, so the event loop does not wait for it: measured in docs/languages.md.
The thread gives way to the loop's, with which it may share a core.
"""

import os
import sys
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial

from lingua import IsoCode639_1, Language, LanguageDetector, LanguageDetectorBuilder

from media.language.collected import letters
from rules.language_evidence import Evidence
from rules.languages import configured, primary

MOST_WAITING = 8  # texts; what comes then is not read, its stream asks again with more
GIVES_WAY = 19  # the nice value of who has all the time in the world
ENOUGH_LETTERS = 40  # weigh as a full piece of evidence
UNSPOKEN = (Language.LATIN, Language.ESPERANTO)
ALIASES = {"no": "nb", "fil": "tl", "cmn": "zh", "yue": "zh"}  # what lingua calls them

Deliver = Callable[[Callable[[], None]], object]  # e.g. loop.call_soon_threadsafe
Load = Callable[[Sequence[str]], LanguageDetector]  # for these candidates


class TextLanguages:
    """Tells the language of texts, one after the other, at most `MOST_WAITING` of them waiting.

    `candidates` are the tags it may answer; empty: whatever lingua knows. A language that is not among them is taken
    for one of them.
    """

    def __init__(self, candidates: Sequence[str], *, deliver: Deliver, load: Load | None = None) -> None:
        self._candidates = tuple(candidates)
        self._deliver = deliver
        self._waiting = 0
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="language", initializer=give_way)
        self._detector = self._thread.submit(load or detector_for, self._candidates)

    @property
    def busy(self) -> bool:
        """Whether `ask` would turn the next text away."""
        return self._waiting >= MOST_WAITING

    def ask(self, text: str, heard: Callable[[Evidence | None], None]) -> bool:
        """Deliver the evidence in `text` to `heard`, None where there is none; False: too busy, it is never called."""
        if self.busy:
            return False
        self._waiting += 1
        asked = self._thread.submit(self._read, text)
        asked.add_done_callback(lambda done: self._deliver(partial(self._answered, done, heard)))
        return True

    def close(self) -> None:
        """Forget what waits and end the thread: after the text that is being read, milliseconds.

        Models that are still being read are not waited for.
        """
        self._thread.shutdown(wait=self._detector.done(), cancel_futures=True)

    def _read(self, text: str) -> Evidence | None:
        return identify(self._detector.result(), text, self._candidates)

    def _answered(self, done: "Future[Evidence | None]", heard: Callable[[Evidence | None], None]) -> None:
        self._waiting -= 1
        if not done.cancelled():
            heard(done.result())


def give_way() -> None:
    """Let this thread run when no other of its process wants the core, where the system can: no frame waits for a text.

    Source: setpriority(2), "C library/kernel differences": on Linux a nice value is a thread's.
    """
    if sys.platform == "linux":
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), GIVES_WAY)


def detector_for(candidates: Sequence[str]) -> LanguageDetector:
    """A detector with its models in memory: 22 MB for sixteen languages, 75 MB for all."""
    names = [name for name in map(lingua_name, candidates) if name]
    if candidates:
        builder = LanguageDetectorBuilder.from_iso_codes_639_1(*(IsoCode639_1.from_str(name) for name in set(names)))
    else:
        builder = LanguageDetectorBuilder.from_all_languages_without(*UNSPOKEN)
    return builder.with_low_accuracy_mode().with_preloaded_language_models().build()


def identify(detector: LanguageDetector, text: str, candidates: Sequence[str]) -> Evidence | None:
    """The language that `text` is most likely in, however unlikely; None for a text without any."""
    values = detector.compute_language_confidence_values(text)
    if not values or not values[0].value:
        return None
    count = letters(text)
    return Evidence(
        source="text",
        tag=configured(values[0].language.iso_code_639_1.name.lower(), candidates),
        confidence=values[0].value,
        weight=min(1.0, count / ENOUGH_LETTERS),
        evidence=f"{count} letters of transcript",
    )


def lingua_name(tag: str) -> str | None:
    """The language of `tag` as lingua knows it (ISO 639-1); None: not at all."""
    name = ALIASES.get(primary(tag), primary(tag))
    return name if name in KNOWN else None


KNOWN = frozenset(language.iso_code_639_1.name.lower() for language in Language.all()) - {"la", "eo"}
