"""What is made of a text, and of what a process with lingua says of it."""

import asyncio

from media.language.text import MOST_WAITING, TextLanguages, evidence_in, text_process
from rules.language_evidence import Evidence
from tests.media.language.processes import GENEROUS_S, running
from tests.media.language.reading import Readers


def test_a_text_of_which_nothing_is_guessed_is_no_evidence() -> None:
    assert evidence_in("123 45", [], ()) is None


def test_evidence_is_the_likeliest_guess_by_the_candidates_name() -> None:
    assert evidence_in("muchas gracias", [("es", 0.9), ("pt", 0.1)], ("es-419", "en")) == Evidence(
        source="text", tag="es-419", confidence=0.9, weight=13 / 40, evidence="13 letters of transcript"
    )


def test_texts_over_the_bound_are_turned_away_until_answers_were_taken() -> None:
    readers, heard = Readers(("en", "de"), MOST_WAITING), list[Evidence | None]()
    assert all(readers.reader.ask("I would like to cancel my order", heard.append) for _ in range(MOST_WAITING))
    assert not readers.reader.ask("one too many", heard.append)
    readers.answer()
    assert readers.reader.ask("and one again", heard.append)
    assert [piece.tag for piece in heard if piece] == ["en"]


def test_texts_are_read_by_a_process_of_their_own_as_soon_as_it_is_up() -> None:
    async def trip() -> None:
        process = text_process(("en", "de", "fr"))
        told: asyncio.Future[Evidence | None] = asyncio.get_running_loop().create_future()
        assert TextLanguages(process, ("en", "de", "fr")).ask("ich möchte meine Bestellung stornieren", told.set_result)
        async with running(process):
            piece = await asyncio.wait_for(told, GENEROUS_S)
            assert piece is not None
            assert piece.tag == "de"

    asyncio.run(trip())
