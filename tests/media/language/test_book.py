"""The language of one stream, and the desk that opens its book."""

import asyncio
from collections.abc import Callable

import pytest

from media.language.book import ASK_EVERY_S, ASK_EVERY_WHEN_SURE_S, LanguageBook
from media.language.desk import LanguageDesk
from media.language.text import MOST_WAITING
from messages.media import LanguagePlan
from rules.language_evidence import Standing
from tests.media.language.processes import GENEROUS_S
from tests.media.language.reading import Readers
from tests.media.language.sentences import SENTENCES


class Room:
    """A book whose reader's answers wait until the test takes them, and a clock that the test moves."""

    def __init__(self, *candidates: str) -> None:
        self.now_s = 0.0
        self.told: list[Standing] = []
        self._readers = Readers(candidates, MOST_WAITING)
        self.answer = self._readers.answer
        self.book = self.open(self.told.append)

    def open(self, changed: Callable[[Standing], None]) -> LanguageBook:
        """One more."""
        return LanguageBook(changed, clock=lambda: self.now_s, min_confidence=0.6, reader=self._readers.reader)

    def say(self, language: str) -> None:
        """The whole conversation, and the answers that it gives rise to."""
        for text in SENTENCES[language]:
            self.book.text(text)
            self.now_s += ASK_EVERY_S
            if self.book.asking:
                self.answer()


@pytest.fixture
def room() -> Room:
    return Room("en-GB", "de", "fr", "es")


def test_transcripts_tell_the_language(room: Room) -> None:
    assert room.book.standing.tag == "und"
    room.say("de")
    assert (room.book.standing.tag, room.book.standing.source) == ("de", "text")
    assert room.told[0].tag == "de"
    assert "letters of transcript" in room.told[0].evidence


def test_a_call_that_goes_on_in_another_language_is_told_of_once(room: Room) -> None:
    room.say("de")
    room.say("es")
    tags = [standing.tag for standing in room.told]
    assert [tag for tag, before in zip(tags, ["und", *tags], strict=False) if tag != before] == ["de", "es"]


def test_a_declared_region_stays(room: Room) -> None:
    room.book.declared("en-us", "call")
    room.say("en")
    assert room.book.standing.tag == "en-US"
    assert room.book.standing.source == "call"


@pytest.mark.parametrize(("declared", "rest_s"), [(None, ASK_EVERY_WHEN_SURE_S), ("de", ASK_EVERY_S)])
def test_it_asks_again_soon_unless_what_it_read_agreed(room: Room, declared: str | None, rest_s: float) -> None:
    if declared:
        room.book.declared(declared, "call")
    long = " ".join(SENTENCES["fr"])
    room.book.text(long)
    room.answer()
    room.now_s += rest_s - 0.1
    room.book.text(long)
    assert not room.book.asking
    room.now_s += 0.1
    room.book.text("merci beaucoup")
    assert room.book.asking
    room.answer()


def test_an_answer_that_comes_after_the_stream_has_ended_is_not_told(room: Room) -> None:
    room.book.text(" ".join(SENTENCES["fr"]))
    room.book.close()
    room.answer()
    assert not room.told


def test_a_stream_asks_again_when_the_reader_was_busy(room: Room) -> None:
    others = [room.open(lambda _standing: None) for _ in range(MOST_WAITING)]
    for other in others:
        other.text(" ".join(SENTENCES["en"]))
    room.book.text(" ".join(SENTENCES["es"]))
    assert not room.book.asking
    for _ in others:
        room.answer()
    room.book.text("gracias")
    room.answer()
    assert room.book.standing.tag == "es"


def test_without_a_reader_only_declarations_count() -> None:
    told: list[Standing] = []
    book = LanguageBook(told.append, clock=lambda: 0.0, min_confidence=0.6)
    book.text(" ".join(SENTENCES["es"]))
    book.declared("pt-BR", "attribute")
    assert [(standing.tag, standing.evidence) for standing in told] == [("pt-BR", "declared by the attribute")]


def test_the_desk_starts_no_process_where_nothing_is_to_be_read() -> None:
    desk = LanguageDesk(LanguagePlan(text=False))
    assert desk.readers is desk.listeners is None
    assert desk.book(lambda _standing: None).standing.tag == "und"
    desk.close()


def test_the_desks_processes_are_gone_once_it_is_closed() -> None:
    async def trip() -> None:
        desk = LanguageDesk(LanguagePlan(languages=("en", "de")))
        assert desk.readers is not None
        await asyncio.wait_for(desk.readers.up.wait(), GENEROUS_S)
        desk.close()
        await desk.wait_closed()
        assert not desk.readers.up.is_set()

    asyncio.run(trip())
