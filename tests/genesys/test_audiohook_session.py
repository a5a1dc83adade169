"""A session opens, and agrees on a language."""

from typing import Any

import pytest

from genesys.audiohook import Phase
from genesys.audiohook_effects import Begun, Flush, Noted, Spoken
from tests.audiohook import EXTERNAL, SESSION, STEREO
from tests.genesys.talk import Talk, opened, refusal, said

# --- opening


def test_opens_with_an_unmodified_copy_of_one_offer() -> None:
    talk = Talk()
    offered = STEREO | {"future": [1, {"a": None}]}
    (answer,) = talk.send(talk.client.open(EXTERNAL, offered))
    assert answer["parameters"] == {"media": [offered]}
    (begun,) = talk.effects
    assert isinstance(begun, Begun)
    assert begun.media is not None
    assert begun.media.channels == ("external", "internal")


@pytest.mark.parametrize("media", [[], [EXTERNAL | {"format": "OPUS"}]])
def test_a_session_without_audio_lives(media: list[dict[str, Any]]) -> None:
    talk = Talk()
    (answer,) = talk.send(talk.client.open(*media))
    assert answer["parameters"] == {"media": []}
    assert said(talk.send(talk.client.say("ping"))) == ["pong"]
    assert refusal(talk.audio(1))[0] == "error"


def test_a_probe_opens_without_audio_and_gets_the_languages_it_asks_for() -> None:
    talk = Talk(languages=("en-US", "de-DE"))
    (answer,) = talk.send(talk.client.probe(supportedLanguages=True))
    assert answer["parameters"] == {"media": [], "supportedLanguages": ["en-US", "de-DE"]}
    (begun,) = talk.effects
    assert isinstance(begun, Begun)
    assert begun.opening.probe
    assert said(talk.send(talk.client.say("close", {"reason": "end"}))) == []
    assert talk.effects == [Flush(reason="end")]


def test_languages_are_told_only_to_who_asks() -> None:
    talk = Talk(languages=("en-US",))
    assert talk.send(talk.client.open(EXTERNAL))[0]["parameters"] == {"media": [EXTERNAL]}


def test_mono_is_opened_where_it_is_preferred() -> None:
    talk = opened(stereo=False)
    assert talk.session.media is not None
    assert talk.session.media.raw == EXTERNAL


def test_a_second_open_is_ignored_and_its_number_counts() -> None:
    talk = opened()
    assert talk.send(talk.client.open(EXTERNAL)) == []
    assert talk.effects == []
    assert said(talk.send(talk.client.say("ping"))) == ["pong"]
    assert talk.session.media is not None
    assert talk.session.media.raw == STEREO


def test_another_organization_than_the_upgrades_is_unauthorized() -> None:
    talk = Talk()
    assert refusal(talk.send(talk.client.open(EXTERNAL, organizationId=SESSION)))[0] == "unauthorized"
    assert talk.session.phase is Phase.UNAUTHORIZED
    talk.send(talk.client.say("close", {"reason": "disconnect"}))
    assert talk.effects == [Flush(reason="disconnect")]


def test_a_session_that_continues_another_counts_from_its_own_position() -> None:
    talk = Talk()
    talk.client.position = 160_000
    talk.send(talk.client.open(EXTERNAL, continuedSessions=[{"id": SESSION, "serverseq": 5, "clientseq": 6}]))
    talk.audio(800)
    talk.send(talk.client.say("ping"))
    assert talk.session.position.disagreements == 0
    assert talk.session.position.at == 160_800
    assert talk.session.position.since_open == 800


# --- language


def test_the_language_of_the_open_is_declared() -> None:
    talk = opened(over={"language": "es-419"})
    assert talk.effects[1:] == [Spoken(language="es-419")]


def test_a_language_that_is_not_supported_starts_paused_until_it_is() -> None:
    talk = Talk(languages=("en-US",))
    (answer,) = talk.send(talk.client.open(EXTERNAL, language="de-DE"))
    assert answer["parameters"]["startPaused"] is True
    assert talk.session.phase is Phase.PAUSED
    assert talk.effects[1:] == [Noted(what="language.unsupported", data={"language": "de-DE"})]
    assert said(talk.send(talk.client.say("update", {"language": "en-us"}))) == ["updated", "resume"]
    assert talk.effects == [Spoken(language="en-us")]
    talk.send(talk.client.lost("resumed", 0))
    assert talk.audio(100) == []


def test_an_update_is_answered() -> None:
    talk = opened()
    assert said(talk.send(talk.client.say("update", {"language": "fr-FR"}))) == ["updated"]
    assert talk.effects == [Spoken(language="fr-FR")]


@pytest.mark.parametrize(
    ("supported", "language", "taken"),
    [("en", "en-US", True), ("EN-us", "en-US", True), ("en-US", "en", False), ("e", "en", False), ("en", "en", True)],
)
def test_a_supported_language_stands_for_its_regions(supported: str, language: str, taken: bool) -> None:
    talk = opened(over={"language": language}, languages=("xx", supported))
    assert (talk.session.phase is Phase.ACTIVE) is taken


def test_an_id_is_written_as_the_client_writes_it() -> None:
    talk = Talk()
    talk.client.session = SESSION.upper()
    talk.session.id = SESSION.upper()
    assert said(talk.send(talk.client.open(EXTERNAL))) == ["opened"]
    assert said(talk.send(talk.client.say("ping", id=SESSION))) == ["pong"]


@pytest.mark.parametrize("language", ["fr-FR", "no language"])
def test_an_update_to_a_language_that_is_not_supported_asks_for_a_pause(language: str) -> None:
    talk = opened(languages=("en-US",))
    assert said(talk.send(talk.client.say("update", {"language": language}))) == ["pause"]
    talk.send(talk.client.say("paused"))
    assert talk.effects == [Noted(what="paused", data={"asked": True})]
