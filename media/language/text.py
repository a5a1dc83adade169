"""Which language a text is in: what a process with lingua says of it, as evidence."""

import sys
from collections.abc import Callable, Sequence
from typing import Protocol

from media.language.collected import letters
from media.language.guess_process import GuessProcess
from media.language.spoken import Guesses, Linguist
from rules.language_evidence import Evidence
from rules.languages import configured

WORKER = (sys.executable, "-m", "media.language.text_worker")
MOST_WAITING = 8  # texts; what comes then is not read, its stream asks again with more
DEADLINE_S = 30.0  # for a text, which takes a millisecond of a core that others may want
ENOUGH_LETTERS = 40  # weigh as a full piece of evidence


class Reader(Protocol):
    """Who is asked what a text is in, and answers later."""

    def ask(self, text: str, heard: Callable[[Evidence | None], None]) -> bool:
        """Tell `heard` the evidence in `text`, None where there is none; False: too busy, it is never called."""


class TextLanguages:
    """`candidates` are the tags it may answer, others are taken for one of them; empty: all of BY_TEXT."""

    def __init__(self, process: Linguist, candidates: Sequence[str]) -> None:
        self._process = process
        self._candidates = tuple(candidates)

    def ask(self, text: str, heard: Callable[[Evidence | None], None]) -> bool:
        """Tell `heard` the evidence in `text`, None where there is none; False: too busy, it is never called."""
        return self._process.ask(
            text.encode("utf-8", "replace"), 0, lambda guesses: heard(evidence_in(text, guesses, self._candidates))
        )


def text_process(candidates: Sequence[str]) -> GuessProcess:
    """Texts wait until it is up."""
    return GuessProcess(
        WORKER,
        ",".join(candidates),
        evidence="transcripts",
        deadline_s=DEADLINE_S,
        most_waiting=MOST_WAITING,
        early=True,
    )


def evidence_in(text: str, guesses: Guesses, candidates: Sequence[str]) -> Evidence | None:
    """What the guesses about `text` amount to; None where there are none."""
    if not guesses:
        return None
    name, confidence = guesses[0]
    count = letters(text)
    return Evidence(
        source="text",
        tag=configured(name, candidates),
        confidence=confidence,
        weight=min(1.0, count / ENOUGH_LETTERS),
        evidence=f"{count} letters of transcript",
    )
