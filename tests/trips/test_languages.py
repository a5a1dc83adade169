"""Languages that Genesys declares, from its interaction to the tag of the audio's chunks."""

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from urllib.request import urlopen

import pytest

from simulator.process import TranscriptionProcess
from tests.trips.house import lodging
from tests.trips.studio import KEY, Caller, Studio
from tests.trips.wire import PATIENCE_S

SETTINGS = {
    "media__workers": 2,
    "media_keys": KEY,
    "media_listen": "127.0.0.1:0",
    "language__text": "off",
    "language__queues": "Ventas=pt-BR",
}

Tags = Callable[[str], list[str]]


@pytest.fixture
def place() -> Iterator[tuple[Studio, Tags]]:
    """A gateway, and the tags that the transcription service was sent with a conversation's chunks."""
    with ExitStack() as stack:
        folder = stack.enter_context(TemporaryDirectory(prefix="trip-"))
        service = stack.enter_context(TranscriptionProcess())
        house = stack.enter_context(lodging(Path(folder), **SETTINGS))
        house.environment["TRANSCRIPTION_GRPC_ADDR"] = service.address

        def tags(conversation_id: str) -> list[str]:
            with urlopen(f"{service.url}/sim/streams/{conversation_id}", timeout=PATIENCE_S) as answer:
                (stream,) = json.load(answer)["streams"]
            return [tag for _sequence, tag in stream["languages"]]

        yield Studio(house, stack), tags


def ended(studio: Studio, caller: Caller) -> None:
    """Say something more, hang up, and wait for the end."""
    caller.speak(5)
    caller.hang_up()
    while studio.event("stream.closed")["conversation_id"] != caller.conversation_id:
        pass


def shown(studio: Studio, conversation_id: str) -> tuple[Any, ...]:
    """Language, confidence and source, once there is one."""
    row = studio.until(conversation_id, lambda shown: shown["language_source"] != "none")
    return row["language"], row["language_confidence"], row["language_source"]


def test_the_attribute_of_a_participant_tags_the_stream_and_its_chunks(place: tuple[Studio, Tags]) -> None:
    studio, tags = place
    studio.house.genesys.set_interaction("c-es", language="ES")
    caller = studio.call("c-es")
    assert shown(studio, "c-es") == ("es", 0.8, "attribute")
    assert studio.show("c-es")["language_evidence"] == "declared by the attribute"
    ended(studio, caller)
    assert tags("c-es") == ["und", "es"]
    assert studio.records("c-es")["stream.language"]["source"] == "attribute"


def test_the_queue_does_where_no_participant_says_and_a_conversation_is_looked_up_once(
    place: tuple[Studio, Tags],
) -> None:
    studio, tags = place
    customer, agent = {"id": "p-1", "attributes": {}}, {"id": "p-2", "queueId": "q-7", "queueName": "VENTAS"}
    studio.house.genesys.set_interaction("c-pt", participants=[customer, agent])
    before = studio.house.genesys.counts().get("rest.interaction", 0)
    caller = studio.call("c-pt")
    assert shown(studio, "c-pt") == ("pt-BR", 0.7, "queue")
    ended(studio, caller)
    assert tags("c-pt") == ["und", "pt-BR"]
    again = studio.call("c-pt")
    assert shown(studio, "c-pt") == ("pt-BR", 0.7, "queue")
    assert studio.house.genesys.counts()["rest.interaction"] == before + 1
    again.hang_up()


def test_a_look_up_that_fails_is_a_line_in_the_time_line_and_the_call_goes_on(place: tuple[Studio, Tags]) -> None:
    studio, _tags = place
    studio.house.genesys.add_fault("status", status=404, route="interaction", times="always")
    caller = studio.call("c-none")
    row = studio.until("c-none", lambda shown: any(entry["what"] == "language.look_up" for entry in shown["timeline"]))
    (note,) = [entry for entry in row["timeline"] if entry["what"] == "language.look_up"]
    assert note["failed"] == "Genesys knows no interaction c-none"
    assert (row["state"], row["language"]) == ("live", "und")
    ended(studio, caller)
