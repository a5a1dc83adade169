"""Transcripts, from the service to whoever looks on: seen live, evidence of a language, and on no disk."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.trips.studio import Caller, HookedCaller, Studio, studios

TEXTS = (
    "Guten Tag, ich möchte heute noch meine Rechnung für den letzten Monat bezahlen.",
    "Die Nummer meines Vertrages habe ich leider nicht zur Hand.",
    "Vielen Dank und auf Wiederhören.",
)
EVERY = 5  # frames, to a line


@pytest.fixture
def studio() -> Iterator[Studio]:
    with studios() as opened:
        opened.house.genesys.set_transcripts({"texts": [*TEXTS], "every_chunks": EVERY})
        yield opened


@pytest.mark.parametrize("protocol", ["media-api", "audiohook"])
def test_what_is_said_is_seen_as_it_is_heard_and_stored_nowhere(studio: Studio, protocol: str) -> None:
    caller = call(studio, protocol)
    conversation = caller.conversation_id
    assert lines_heard(studio, caller, 1) == [TEXTS[0]]
    shown = studio.until(conversation, lambda shown: shown["language"] != "und")
    assert (shown["language"], shown["language_source"]) == ("de", "text")
    tail = studio.command("stream", "tail", conversation)
    tail.said.await_line(TEXTS[0])
    events = studio.command("events", "tail", "--since-seq", "0")
    events.said.await_line("stream.language")

    assert lines_heard(studio, caller, 2) == [TEXTS[1], TEXTS[2]]
    for text in TEXTS[1:]:
        tail.said.await_line(text)
        events.said.await_line(text)
    assert [line["text"] for line in studio.show(conversation)["tail"]] == [*TEXTS]
    assert TEXTS[2] in studio.told("stream", "show", conversation)

    caller.hang_up()
    assert tail.code() == 0
    assert "stream.closed" in tail.said.text
    assert TEXTS[0] not in events.said.text, "it was said before this reader came"
    assert list(studio.records(conversation)) == ["stream.opened", "stream.language", "stream.closed"]
    records = studio.told("audit", "query", "--kind", "stream", "--json")
    assert "stream.language" in records
    assert not said_in(records)
    assert service_heard(studio, conversation)["languages"][-1][-1] == "de"


def test_a_transcript_is_in_no_file_of_the_gateway_and_not_in_its_log(studio: Studio) -> None:
    for protocol in ("media-api", "audiohook"):
        caller = call(studio, protocol)
        assert lines_heard(studio, caller, 3) == [*TEXTS]
        caller.hang_up()
        studio.event("stream.closed")
    found = files(studio.house.folder)
    assert b"stream.closed" in b"".join(found.values()), "the record is among them"
    assert [path for path, held in found.items() if said_in(held.decode(errors="replace"))] == []
    studio.house.terminate()
    assert studio.house.process.code() == 0
    assert not said_in(studio.house.process.log.text)
    assert [path for path, held in files(studio.house.folder).items() if said_in(held.decode(errors="replace"))] == []


def call(studio: Studio, protocol: str) -> Caller | HookedCaller:
    """A call whose first line is still to come."""
    return studio.call("c-1") if protocol == "media-api" else studio.hook()


def lines_heard(studio: Studio, caller: Caller | HookedCaller, number: int) -> list[str]:
    """Speak until so many lines more are told, and what they say."""
    heard = []
    for _ in range(number):
        caller.speak(EVERY)
        heard.append(str(studio.event("stream.transcript")["text"]))
    return heard


def said_in(text: str) -> bool:
    """Whether it holds any of what was said."""
    words = ("Rechnung", "Vertrages", "Wiederh")
    return any(word in text for word in words)


def service_heard(studio: Studio, conversation_id: str) -> dict[str, Any]:
    """The service's own record of the call."""
    (stream,) = studio.house.genesys.streams(conversation_id)
    return stream


def files(folder: Path) -> dict[Path, bytes]:
    """Every file there, with what is in it."""
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
