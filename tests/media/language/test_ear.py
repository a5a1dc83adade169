"""Listening to one stream now and then."""

from collections.abc import Callable

import pytest

from media.language.ear import MOST_LISTENING, SURE_REST_S, UNSURE_REST_S, Ear, Ears, evidence_in
from media.language.spoken import Guesses
from media.language.voice import ENOUGH_S, PATIENCE_S
from rules.language_evidence import Evidence
from tests.media.language.sounds import silence, speech

SPEECH = speech() * 4


class Questions:
    """A process that is asked and answers when the test says so."""

    def __init__(self) -> None:
        self.busy = False
        self.asked: list[tuple[bytes, int, Callable[[Guesses], None]]] = []

    def ask(self, said: bytes, rate_hz: int, heard: Callable[[Guesses], None]) -> bool:
        self.asked.append((said, rate_hz, heard))
        return True

    def answer(self, *guesses: tuple[str, float]) -> None:
        _samples, _rate, heard = self.asked.pop(0)
        heard(list(guesses))


@pytest.fixture
def questions() -> Questions:
    return Questions()


@pytest.fixture
def ears(questions: Questions) -> Ears:
    return Ears(questions, ())


@pytest.fixture
def told() -> list[Evidence]:
    return []


def play(ear: Ear, audio: bytes) -> None:
    for at in range(0, len(audio), 320):
        ear.audio(audio[at : at + 320])


def an_ear(ears: Ears, told: list[Evidence], codec: str = "L16", rate_hz: int = 8000) -> Ear:
    ear = ears.ear(codec, rate_hz, 1, told.append)
    assert ear is not None
    return ear


def test_a_few_seconds_of_voice_are_asked_about(ears: Ears, questions: Questions, told: list[Evidence]) -> None:
    play(an_ear(ears, told), SPEECH)
    ((samples, rate_hz, _heard),) = questions.asked
    assert ENOUGH_S * 16_000 <= len(samples) < (ENOUGH_S + 0.1) * 16_000
    assert rate_hz == 8000
    questions.answer(("de", 0.8), ("nl", 0.1))
    assert told == [Evidence(source="audio", tag="de", confidence=0.8, weight=1.0, evidence="4.0 s of voice")]


def test_it_rests_before_it_listens_again(ears: Ears, questions: Questions, told: list[Evidence]) -> None:
    ear = an_ear(ears, told)
    play(ear, SPEECH)
    play(ear, SPEECH)
    assert len(questions.asked) == 1
    play(ear, silence(UNSURE_REST_S))
    play(ear, SPEECH)
    assert len(questions.asked) == 2


def test_it_rests_longer_where_the_language_is_known(ears: Ears, questions: Questions, told: list[Evidence]) -> None:
    ear = an_ear(ears, told)
    ear.sure = True
    play(ear, SPEECH)
    play(ear, silence(UNSURE_REST_S) + SPEECH)
    assert len(questions.asked) == 1
    play(ear, silence(SURE_REST_S - UNSURE_REST_S - len(SPEECH) / 16_000) + SPEECH)
    assert len(questions.asked) == 2


def test_a_word_or_two_are_not_asked_about(ears: Ears, questions: Questions, told: list[Evidence]) -> None:
    play(an_ear(ears, told), speech()[:16_000] + silence(PATIENCE_S))
    assert not questions.asked
    assert ears.listening == 0


def test_a_short_sentence_is_once_no_more_comes(ears: Ears, questions: Questions, told: list[Evidence]) -> None:
    play(an_ear(ears, told), speech() + speech() + silence(PATIENCE_S))
    questions.answer(("es", 0.9))
    assert told[0].weight < 1


def test_so_many_streams_are_listened_to_at_once_and_no_more(ears: Ears, told: list[Evidence]) -> None:
    listening = [an_ear(ears, told) for _ in range(MOST_LISTENING + 1)]
    for ear in listening:
        ear.audio(silence(0.02))
    assert ears.listening == MOST_LISTENING
    listening[0].close()
    listening[-1].audio(silence(0.02))
    assert ears.listening == MOST_LISTENING


def test_nobody_listens_while_there_is_nobody_to_ask(ears: Ears, questions: Questions, told: list[Evidence]) -> None:
    questions.busy = True
    play(an_ear(ears, told), SPEECH)
    assert ears.listening == 0


def test_what_is_answered_after_the_end_is_not_told(ears: Ears, questions: Questions, told: list[Evidence]) -> None:
    ear = an_ear(ears, told)
    play(ear, SPEECH)
    ear.close()
    questions.answer(("de", 0.9))
    assert not told


@pytest.mark.parametrize(("codec", "rate_hz"), [("opus", 8000), ("PCMU", 11_025)])
def test_audio_that_cannot_be_read_has_no_ear(ears: Ears, codec: str, rate_hz: int) -> None:
    assert ears.ear(codec, rate_hz, 1, lambda _piece: None) is None


def test_a_language_that_is_no_candidate_is_no_evidence() -> None:
    guesses = [("nl", 0.7), ("de", 0.2), ("en", 0.1)]
    piece = evidence_in(guesses, 4.0, ("de-AT", "en"))
    assert piece is not None
    assert (piece.tag, piece.confidence) == ("de-AT", 0.2)
    assert evidence_in(guesses, 4.0, ("fr",)) is None
    assert evidence_in([], 4.0, ()) is None
