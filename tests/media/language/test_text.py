"""Which language a text is in: real sentences, the real library, a real thread."""

import itertools
import os
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from queue import SimpleQueue

import pytest
from lingua import LanguageDetector

from media.language.text import GIVES_WAY, MOST_WAITING, TextLanguages, detector_for, identify, lingua_name
from rules.language_evidence import Evidence
from tests.media.language.sentences import SENTENCES

SIXTEEN = tuple(SENTENCES)
GENEROUS_S = 60.0  # the models are read from disk


@pytest.fixture(scope="module")
def sixteen() -> LanguageDetector:
    return detector_for(SIXTEEN)


@pytest.fixture(scope="module")
def every() -> LanguageDetector:
    return detector_for(())


@pytest.mark.parametrize("language", SIXTEEN)
def test_two_sentences_are_told_from_those_of_fifteen_other_languages(language: str, sixteen: LanguageDetector) -> None:
    said = SENTENCES[language]
    found = [identify(sixteen, f"{one} {other}", SIXTEEN) for one, other in itertools.pairwise(said)]
    assert {piece.tag for piece in found if piece} == {language}
    assert all(piece and piece.confidence >= 0.6 for piece in found)


@pytest.mark.parametrize("language", SIXTEEN)
def test_a_conversation_is_told_from_those_in_every_language_there_is(language: str, every: LanguageDetector) -> None:
    piece = identify(every, " ".join(SENTENCES[language]), ())
    assert piece is not None
    assert (piece.tag, piece.source, piece.weight) == (language, "text", 1.0)


@pytest.mark.parametrize("text", ["", " ", "123 45", "…!?", "\x00", "🙂"])
def test_a_text_without_words_is_no_evidence(text: str, every: LanguageDetector) -> None:
    assert identify(every, text, ()) is None


def test_few_letters_weigh_less(every: LanguageDetector) -> None:
    piece = identify(every, "muchas gracias señora", ())
    assert piece is not None
    assert piece.weight == 19 / 40
    assert piece.evidence == "19 letters of transcript"


def test_the_region_is_the_candidates_where_only_one_speaks_the_language() -> None:
    candidates = ("en-GB", "es-419", "fr-CA", "fr-FR")
    detector = detector_for(candidates)
    found = [identify(detector, " ".join(SENTENCES[language]), candidates) for language in ("en", "es", "fr")]
    assert [piece.tag for piece in found if piece] == ["en-GB", "es-419", "fr"]


def test_one_candidate_is_not_found_in_another_language() -> None:
    detector = detector_for(("en",))
    english, german = (identify(detector, " ".join(SENTENCES[language]), ("en",)) for language in ("en", "de"))
    assert english is not None
    assert german is None


@pytest.mark.parametrize(
    ("tag", "name"), [("en-GB", "en"), ("no", "nb"), ("iw", "he"), ("zh-Hant-TW", "zh"), ("und", None), ("la", None)]
)
def test_what_the_library_calls_a_language(tag: str, name: str | None) -> None:
    assert lingua_name(tag) == name


@pytest.fixture
def delivered() -> SimpleQueue[Callable[[], None]]:
    return SimpleQueue()


@pytest.fixture
def reader(delivered: SimpleQueue[Callable[[], None]]) -> Iterator[TextLanguages]:
    reading = TextLanguages(("en", "de", "fr"), deliver=delivered.put)
    yield reading
    reading.close()


def test_answers_are_delivered_and_not_given_on_the_thread(
    reader: TextLanguages, delivered: SimpleQueue[Callable[[], None]]
) -> None:
    heard: list[Evidence | None] = []
    assert reader.ask("ich möchte meine Bestellung stornieren", heard.append)
    answer = delivered.get(timeout=GENEROUS_S)
    assert not heard
    answer()
    assert [piece.tag for piece in heard if piece] == ["de"]


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere a nice value is a process's")
def test_texts_are_read_on_a_thread_that_gives_way_to_the_others(
    reader: TextLanguages, delivered: SimpleQueue[Callable[[], None]]
) -> None:
    before = os.getpriority(os.PRIO_PROCESS, threading.get_native_id())
    reader.ask("I would like to cancel my order", lambda _piece: None)
    delivered.get(timeout=GENEROUS_S)
    threads = [thread.native_id for thread in threading.enumerate() if thread.name.startswith("language")]
    assert [os.getpriority(os.PRIO_PROCESS, thread) for thread in threads if thread is not None] == [GIVES_WAY]
    assert os.getpriority(os.PRIO_PROCESS, threading.get_native_id()) == before


def test_texts_over_the_bound_are_turned_away_until_answers_were_taken(
    reader: TextLanguages, delivered: SimpleQueue[Callable[[], None]]
) -> None:
    heard: list[Evidence | None] = []
    assert all(reader.ask("I would like to cancel my order", heard.append) for _ in range(MOST_WAITING))
    assert reader.busy
    assert not reader.ask("one too many", heard.append)
    delivered.get(timeout=GENEROUS_S)()
    assert not reader.busy
    assert reader.ask("and one again", heard.append)


def test_what_waits_when_it_closes_is_forgotten(delivered: SimpleQueue[Callable[[], None]]) -> None:
    reading, heard = TextLanguages((), deliver=delivered.put), list[Evidence | None]()
    for _ in range(MOST_WAITING):
        reading.ask("je voudrais annuler ma commande", heard.append)
    reading.close()
    for _ in range(MOST_WAITING):
        delivered.get(timeout=GENEROUS_S)()
    assert len(heard) < MOST_WAITING


def test_models_that_are_still_being_read_are_not_waited_for(delivered: SimpleQueue[Callable[[], None]]) -> None:
    closed, loaded = threading.Event(), threading.Event()

    def load(candidates: Sequence[str]) -> LanguageDetector:
        closed.wait(GENEROUS_S)
        loaded.set()
        return detector_for(candidates)

    reading = TextLanguages(("en",), deliver=delivered.put, load=load)
    reading.ask("I would like to cancel my order", lambda _piece: None)
    reading.close()
    assert not loaded.is_set()
    closed.set()
