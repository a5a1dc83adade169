"""What a look-up tells of language is read defensively: what does not fit counts as not told."""

from typing import Any

import pytest

from genesys.tutorial.languages import MOST_LETTERS, MOST_PARTIES, read_parties
from messages.languages import Party
from tests.genesys.tutorial.answers import answer, silence, told


def parties(*participants: Any, attribute: str = "language") -> Any:
    return read_parties("i-1", answer(200, {"id": "i-1", "participants": list(participants)}), attribute)


def test_a_participant_tells_its_attribute_and_its_queue_by_id_and_name() -> None:
    one = {"id": "p1", "attributes": {"language": "es"}, "queueId": "q-1", "queueName": "Ventas"}
    assert parties(one, {"id": "p2"}) == (
        Party(participant_id="p1", language="es", queues=("q-1", "Ventas")),
        Party(participant_id="p2"),
    )


def test_the_attribute_is_the_one_that_is_asked_for() -> None:
    one = {"id": "p1", "attributes": {"language": "es", "idioma": "ca"}}
    assert parties(one, attribute="idioma") == (Party(participant_id="p1", language="ca"),)
    assert parties(one, attribute="") == (Party(participant_id="p1"),)


@pytest.mark.parametrize(
    "odd",
    [
        {"id": "p1", "attributes": None},
        {"id": "p1", "attributes": ["es"], "queueId": 7},
        {"id": "p1", "attributes": {"language": {"tag": "es"}}, "queueName": None},
        {"id": "p1", "attributes": {"language": "e" * (MOST_LETTERS + 1)}, "queueId": ""},
    ],
)
def test_what_does_not_fit_counts_as_not_told(odd: dict[str, Any]) -> None:
    assert parties(odd) == (Party(participant_id="p1"),)


@pytest.mark.parametrize("body", [{}, {"participants": None}, {"participants": {}}, {"participants": ["p1", 2]}])
def test_a_call_may_have_nobody(body: dict[str, Any]) -> None:
    assert read_parties("i-1", answer(200, body), "language") == ()


def test_of_a_crowd_only_the_first_are_read() -> None:
    assert len(parties(*[{"id": f"p{number}"} for number in range(MOST_PARTIES + 1)])) == MOST_PARTIES


def test_a_look_up_that_failed_says_why() -> None:
    assert told(read_parties("i-1", answer(404), "language")) == ("refused", "SB-201")
    assert told(read_parties("i-1", answer(503), "language")) == ("failed", "SB-209")
    assert told(read_parties("i-1", answer(200, b"[]"), "language")) == ("failed", "SB-211")
    assert told(read_parties("i-1", silence("deadline"), "language"))[0] == "failed"
