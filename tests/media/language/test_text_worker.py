"""Which language a text is in: real sentences, the real library."""

import itertools

import pytest
from lingua import Language

from media.language.text_worker import TextModel, load
from rules.known_languages import BY_TEXT
from tests.media.language.reading import identify
from tests.media.language.sentences import SENTENCES

SIXTEEN = tuple(SENTENCES)


@pytest.fixture(scope="module")
def sixteen() -> TextModel:
    return TextModel(SIXTEEN)


@pytest.fixture(scope="module")
def every() -> TextModel:
    return TextModel(())


def test_our_table_is_the_librarys_without_what_nobody_speaks() -> None:
    assert {language.iso_code_639_1.name.lower() for language in Language.all()} == BY_TEXT | {"la", "eo"}


@pytest.mark.parametrize("language", SIXTEEN)
def test_two_sentences_are_told_from_those_of_fifteen_other_languages(language: str, sixteen: TextModel) -> None:
    said = SENTENCES[language]
    found = [identify(sixteen, f"{one} {other}", SIXTEEN) for one, other in itertools.pairwise(said)]
    assert {piece.tag for piece in found if piece} == {language}
    assert all(piece and piece.confidence >= 0.6 for piece in found)


@pytest.mark.parametrize("language", SIXTEEN)
def test_a_conversation_is_told_from_those_in_every_language_there_is(language: str, every: TextModel) -> None:
    piece = identify(every, " ".join(SENTENCES[language]), ())
    assert piece is not None
    assert (piece.tag, piece.source, piece.weight) == (language, "text", 1.0)


@pytest.mark.parametrize("text", ["", " ", "123 45", "…!?", "\x00", "🙂"])
def test_a_text_without_words_is_no_evidence(text: str, every: TextModel) -> None:
    assert identify(every, text, ()) is None


def test_few_letters_weigh_less(every: TextModel) -> None:
    piece = identify(every, "muchas gracias señora", ())
    assert piece is not None
    assert piece.weight == 19 / 40
    assert piece.evidence == "19 letters of transcript"


def test_the_region_is_the_candidates_where_only_one_speaks_the_language() -> None:
    candidates = ("en-GB", "es-419", "fr-CA", "fr-FR")
    detector = TextModel(candidates)
    found = [identify(detector, " ".join(SENTENCES[language]), candidates) for language in ("en", "es", "fr")]
    assert [piece.tag for piece in found if piece] == ["en-GB", "es-419", "fr"]


def test_one_candidate_is_not_found_in_another_language() -> None:
    detector = TextModel(("en",))
    english, german = (identify(detector, " ".join(SENTENCES[language]), ("en",)) for language in ("en", "de"))
    assert english is not None
    assert german is None


def test_candidates_come_with_commas_between_and_none_are_all() -> None:
    spanish = " ".join(SENTENCES["es"]).encode()
    assert [name for name, _ in load("en,es").identify(spanish, 0)] == ["es", "en"]
    assert len(load("").identify(spanish, 0)) == 5
