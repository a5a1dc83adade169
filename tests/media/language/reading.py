"""lingua in the test's own process, and a reader whose answers wait until the test takes them."""

from collections.abc import Callable, Sequence

from media.language.spoken import Guesses
from media.language.text import TextLanguages, evidence_in
from media.language.text_worker import TextModel
from rules.language_evidence import Evidence


def identify(model: TextModel, text: str, candidates: Sequence[str]) -> Evidence | None:
    """The evidence in `text`."""
    return evidence_in(text, model.identify(text.encode(), 0), candidates)


class Readers:
    """As many texts as may wait; `answer` reads the oldest."""

    def __init__(self, candidates: Sequence[str], most_waiting: int) -> None:
        self.reader = TextLanguages(self, candidates)
        self._model = TextModel(candidates)
        self._most_waiting = most_waiting
        self._asked: list[tuple[bytes, Callable[[Guesses], None]]] = []

    @property
    def busy(self) -> bool:
        return len(self._asked) >= self._most_waiting

    def ask(self, said: bytes, rate_hz: int, heard: Callable[[Guesses], None]) -> bool:
        if self.busy:
            return False
        self._asked.append((said, heard))
        return True

    def answer(self) -> None:
        said, heard = self._asked.pop(0)
        heard(self._model.identify(said, 0))
