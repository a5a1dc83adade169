"""Audio, pauses and positions of a session, and what its connector plays."""

from typing import Any

import pytest

from genesys.audiohook_effects import Noted, Skipped
from tests.audiohook import EXTERNAL, LINEAR, LINEAR_STEREO, STEREO, duration
from tests.genesys.talk import Talk, opened, refusal, said

# --- audio, pauses, positions


def lost(start: str, discarded: str) -> Noted:
    return Noted(what="discarded", data={"start": start, "discarded": discarded})


def test_audio_comes_in_frames_of_any_size() -> None:
    talk = opened()
    for size in (1, 160, 30_000, 7):
        assert talk.audio(size) == []
    talk.send(talk.client.say("ping"))
    assert talk.session.position.at == 30_168
    assert talk.session.position.disagreements == 0


@pytest.mark.parametrize("media", [STEREO, LINEAR, LINEAR_STEREO])
def test_a_frame_with_half_a_sample_ends_the_session(media: dict[str, Any]) -> None:
    talk = opened(media)
    assert refusal(talk.took(talk.session.audio(1_601)))[0] == "error"


def test_audio_before_opened_ends_the_session() -> None:
    talk = Talk()
    assert refusal(talk.audio(1))[0] == "error"


def test_audio_in_a_pause_ends_the_session() -> None:
    talk = opened()
    talk.send(talk.client.say("paused"))
    assert refusal(talk.audio(1))[0] == "error"


def test_a_pause_of_the_clients_own_and_what_it_lost() -> None:
    talk = opened()
    talk.audio(8000)
    assert talk.send(talk.client.say("paused")) == []
    assert talk.effects == [Noted(what="paused", data={"asked": False})]
    assert talk.send(talk.client.lost("resumed", 16_000)) == []
    assert talk.effects == [Noted(what="resumed"), Skipped(begins=8_000, ends=24_000), lost("PT1S", "PT2S")]
    talk.audio(800)
    talk.send(talk.client.say("ping"))
    assert talk.session.position.at == 24_800
    assert talk.session.position.disagreements == 0


@pytest.mark.parametrize("counted", [0, 4_000])
def test_clients_count_what_falls_into_a_pause_while_it_lasts_or_when_it_is_over(counted: int) -> None:
    talk = opened()
    talk.audio(8000)
    talk.send(talk.client.say("paused"))
    talk.send(talk.client.say("ping", position=duration(8000 + counted)))
    talk.send(talk.client.say("resumed", {"start": "PT1S", "discarded": "PT2S"}, position=duration(8000 + 4 * counted)))
    assert talk.session.position.at == 24_000
    assert talk.session.position.disagreements == 0


def test_a_pause_that_ends_where_it_did_not_begin_is_counted() -> None:
    talk = opened()
    talk.send(talk.client.say("paused"))
    talk.send(talk.client.say("resumed", {"start": "PT1S", "discarded": "PT1S"}))
    assert talk.session.position.disagreements == 1


def test_lost_audio_moves_the_position() -> None:
    talk = opened()
    talk.audio(400)
    talk.send(talk.client.lost("discarded", 1))
    assert talk.effects == [Skipped(begins=400, ends=401), lost("PT0.05S", "PT0.000125S")]
    assert talk.session.position.at == 401


@pytest.mark.parametrize("paused", [False, True])
@pytest.mark.parametrize(
    ("start", "discarded", "ends"),
    [
        ("PT1.5S", "PT0S", 12_000),
        ("PT1.5S", "PT0.5S", 16_000),
        ("PT0.5S", "PT1S", 12_000),
        ("PT0.5S", "PT0S", 4_000),
        ("PT0.5S", "PT0.25S", 6_000),
    ],
)
def test_what_is_lost_reaches_from_where_we_are_to_where_the_client_goes_on(
    paused: bool, start: str, discarded: str, ends: int
) -> None:
    talk = opened()
    talk.audio(8_000)
    if paused:
        talk.send(talk.client.say("paused"))
    talk.send(talk.client.say("resumed" if paused else "discarded", {"start": start, "discarded": discarded}))
    assert talk.effects[-2:] == [Skipped(begins=8_000, ends=ends), lost(start, discarded)]
    assert talk.session.position.at == ends
    assert talk.session.position.disagreements


@pytest.mark.parametrize("position", ["PT1S", "PT2S", "PT9S"])
@pytest.mark.parametrize("start", ["PT1S", "PT5S"])
def test_one_message_disagrees_once(start: str, position: str) -> None:
    talk = opened()
    talk.audio(8_000)
    talk.send(talk.client.say("discarded", {"start": start, "discarded": "PT1S"}, position=position))
    assert talk.session.position.disagreements == (start == "PT5S" or position == "PT9S")


def test_what_we_have_heard_and_the_client_calls_lost_makes_no_hole() -> None:
    talk = opened()
    talk.audio(8_000)
    talk.send(talk.client.say("discarded", {"start": "PT0.5S", "discarded": "PT0.5S"}))
    assert talk.effects == [lost("PT0.5S", "PT0.5S")]
    assert talk.session.position.at == 8_000


def test_a_pause_in_which_nothing_was_lost_leaves_no_trace_but_its_end() -> None:
    talk = opened()
    talk.audio(8_000)
    talk.send(talk.client.say("paused"))
    talk.send(talk.client.lost("resumed", 0))
    assert talk.effects == [Noted(what="resumed")]


def test_a_position_that_is_not_ours_is_counted_and_not_fatal() -> None:
    talk = opened()
    talk.audio(400)
    assert said(talk.send(talk.client.say("ping", position="PT9S"))) == ["pong"]
    assert talk.session.position.disagreements == 1


# --- the connector's


@pytest.mark.parametrize("kind", ["playback_started", "playback_completed"])
def test_playback_is_noted(kind: str) -> None:
    talk = opened(EXTERNAL)
    assert talk.send(talk.client.say(kind)) == []
    assert talk.effects == [Noted(what=kind.replace("_", "."))]


def test_a_key_is_noted_and_which_one_is_not() -> None:
    talk = opened(EXTERNAL)
    talk.send(talk.client.say("dtmf", {"digit": "7"}))
    assert talk.effects == [Noted(what="dtmf")]
