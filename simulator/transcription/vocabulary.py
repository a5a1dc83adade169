"""What the recogniser may hear: a few sentences and how their words sound; and what it needs made of them."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from simulator.forms import BadInput, Field, Form, demand, read_json

DEMO = Path(__file__).resolve().parent / "vocabulary.json"
FULL = "full"
"""In place of a file: the general language model that pocketsphinx ships."""
_WORDS = Field(
    "an object of words, each with a list of pronunciations in CMU phones, for example {'ich': ['IH SH']}",
    lambda given: isinstance(given, dict) and all(_is_texts(sounds) and sounds for sounds in given.values()),
)
VOCABULARY: Form = {
    "sentences": Field("a list of sentences in small letters", lambda given: _is_texts(given) and given, required=True),
    "words": _WORDS,
}


def _is_texts(given: object) -> bool:
    return isinstance(given, list) and all(isinstance(entry, str) and entry.strip() for entry in given)


@dataclass(frozen=True, slots=True, kw_only=True)
class Vocabulary:
    """`sounds`: of words that no dictionary has, or that are pronounced as another language does."""

    sentences: tuple[str, ...]
    sounds: dict[str, list[str]]

    @property
    def words(self) -> set[str]:
        return {word for sentence in self.sentences for word in sentence.split()}


def read_vocabulary(path: Path) -> Vocabulary:
    """BadInput when the file cannot be read or is not as it must be."""
    try:
        given: Any = read_json(path.read_bytes())
    except OSError as error:
        raise BadInput([f"{path}: {error}"]) from None
    demand(given, VOCABULARY)
    return Vocabulary(sentences=tuple(given["sentences"]), sounds=given.get("words", {}))


def corpus(vocabulary: Vocabulary) -> str:
    """The sentences as a language model is counted from."""
    return "".join(f"<s> {sentence} </s>\n" for sentence in vocabulary.sentences)


def dictionary(vocabulary: Vocabulary, known: Iterable[str]) -> Iterator[str]:
    """Lines of a CMU dictionary for just these words; `known` are those of the dictionary that is there.

    BadInput names the words that nobody knows how to say.
    """
    wanted = vocabulary.words
    missing = wanted - vocabulary.sounds.keys()
    for line in known:
        word = line.partition(" ")[0].partition("(")[0]
        if word in wanted and word not in vocabulary.sounds:
            missing.discard(word)
            yield line.rstrip("\n") + "\n"
    for word in sorted(wanted & vocabulary.sounds.keys()):
        for number, sounds in enumerate(vocabulary.sounds[word], start=1):
            yield f"{word}{'' if number == 1 else f'({number})'} {sounds}\n"
    if missing:
        raise BadInput([f"words: no pronunciation of {', '.join(sorted(missing))}; give one for each in CMU phones"])
