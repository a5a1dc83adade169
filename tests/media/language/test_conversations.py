"""From what is said to what stands: whole conversations, their sentences in any order."""

import random

import pytest

from media.language.collected import Collected
from media.language.text_worker import TextModel
from rules.language_evidence import Evidence, LanguageEvidence
from tests.media.language.reading import identify
from tests.media.language.sentences import SENTENCES

ORDERS = 10


def tags(language: str, evidence: LanguageEvidence, sentences: list[str]) -> list[str]:
    """What stood, one after the other."""
    said, stood = Collected(), [evidence.standing.tag]
    for sentence in sentences:
        said.add(sentence)
        if said.enough:
            piece = identify(MODEL, said.text, CANDIDATES)
            said.clear()
            if piece is not None and evidence.hear(piece) and evidence.standing.tag != stood[-1]:
                stood.append(evidence.standing.tag)
    return stood


CANDIDATES = tuple(SENTENCES)
MODEL = TextModel(CANDIDATES)


@pytest.mark.parametrize("language", CANDIDATES)
def test_the_language_is_found_and_stays_in_whatever_order_it_is_spoken(language: str) -> None:
    for seed in range(ORDERS):
        sentences = random.Random(seed).sample(SENTENCES[language], k=8)
        assert tags(language, LanguageEvidence(), sentences) == ["und", language]


@pytest.mark.parametrize("language", CANDIDATES)
def test_a_wrong_declaration_falls_within_one_conversation(language: str) -> None:
    evidence = LanguageEvidence()
    evidence.hear(Evidence(source="call", tag="fi-FI", confidence=1.0))
    assert tags(language, evidence, SENTENCES[language]) == ["fi-FI", language]
