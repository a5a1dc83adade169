"""Which language Genesys declares for a stream: an attribute first, then a queue, and nothing that is no tag."""

import pytest

from messages.languages import DeclaredLanguage, Party
from rules.declared_language import Declarations, declared, spoken

CUSTOMER = Party(participant_id="customer", language="es")
IVR = Party(participant_id="ivr", queues=("q-1", "Ventas"))
AGENT = Party(participant_id="agent", language="fr", queues=("q-2", "Support"))
QUEUES = {"q-1": "pt", "support": "de-at"}


def attribute(tag: str) -> DeclaredLanguage:
    return DeclaredLanguage(language=tag, source="attribute")


def queue(tag: str) -> DeclaredLanguage:
    return DeclaredLanguage(language=tag, source="queue")


def test_the_streams_own_participant_says() -> None:
    assert declared([CUSTOMER, AGENT], "agent", QUEUES) == attribute("fr")


def test_the_first_says_where_the_stream_is_nobodys() -> None:
    assert declared([CUSTOMER, AGENT], "somebody", QUEUES) == attribute("es")


def test_an_attribute_counts_before_a_queue() -> None:
    assert declared([AGENT], "agent", QUEUES) == attribute("fr")


@pytest.mark.parametrize(
    "text", ["", " ", "es_MX", "español", "und", "mul", "zxx", "spanish", "x-klingon", "e", "../es"]
)
def test_what_names_no_language_gives_way_to_the_queue(text: str) -> None:
    assert declared([Party(participant_id="p", language=text, queues=("q-1",))], "p", QUEUES) == queue("pt")


def test_the_case_of_tags_and_of_queues_does_not_matter() -> None:
    assert declared([Party(participant_id="p", language=" ES-mx ")], "p", {}) == attribute("es-MX")
    assert declared([Party(participant_id="p", queues=("SUPPORT",))], "p", QUEUES) == queue("de-AT")


def test_of_several_queues_the_participants_own_counts_first_then_the_last_one() -> None:
    nobody = Party(participant_id="p")
    assert declared([nobody, IVR, AGENT], "p", QUEUES) == queue("de-AT")
    assert declared([nobody, IVR, AGENT], "ivr", QUEUES) == queue("pt")


def test_nobody_declares_what_nobody_says() -> None:
    assert declared([], "p", QUEUES) is None
    assert declared([Party(participant_id="p", queues=("q-9",))], "p", QUEUES) is None
    assert declared([Party(participant_id="p", queues=("q-1",))], "p", {}) is None


@pytest.mark.parametrize(("text", "tag"), [("en", "en"), ("EN-gb", "en-GB"), ("fil", "fil"), ("iw", "he")])
def test_a_tag_is_written_as_usual(text: str, tag: str) -> None:
    assert spoken(text) == tag


def test_it_is_off_where_nothing_is_looked_for() -> None:
    assert Declarations().off
    assert not Declarations(attribute="language").off
    assert not Declarations(queues={"q-1": "pt"}).off
