"""`python -m media.language.text_worker DESCRIPTOR CANDIDATES`: tells languages by a text, with lingua.

CANDIDATES are tags with commas between; none: all of rules.known_languages.
"""

from collections.abc import Sequence

from lingua import IsoCode639_1, LanguageDetector, LanguageDetectorBuilder

from media.language.guessing import run
from media.language.spoken import MOST_GUESSES, Guesses
from rules.known_languages import BY_TEXT, lingua_name


class TextModel:
    """lingua in its low-accuracy mode, its models in memory."""

    def __init__(self, candidates: Sequence[str]) -> None:
        self._detector = detector_for(candidates)

    def identify(self, said: bytes, _rate_hz: int) -> Guesses:
        """The languages (ISO 639-1) that the text is most likely in, however unlikely; none of one without words."""
        values = self._detector.compute_language_confidence_values(said.decode("utf-8", "replace"))
        likely = [value for value in values[:MOST_GUESSES] if value.value]
        return [(value.language.iso_code_639_1.name.lower(), value.value) for value in likely]


def detector_for(candidates: Sequence[str]) -> LanguageDetector:
    """A detector with its models in memory: 22 MB for sixteen languages, 75 MB for all."""
    names = {name for name in map(lingua_name, candidates) if name} if candidates else BY_TEXT
    builder = LanguageDetectorBuilder.from_iso_codes_639_1(*map(IsoCode639_1.from_str, names))
    return builder.with_low_accuracy_mode().with_preloaded_language_models().build()


def load(candidates: str) -> TextModel:
    """The model for what the command line names."""
    return TextModel(tuple(filter(None, candidates.split(","))))


if __name__ == "__main__":
    run(load)
