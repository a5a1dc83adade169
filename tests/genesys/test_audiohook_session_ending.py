"""How a session ends: asked to, by a breach, by its socket; and errors that end nothing."""

import json
from typing import Any

import pytest

from genesys.audiohook import Phase
from genesys.audiohook_effects import Broken, Flush, Hush, Noted, SlowDown
from genesys.audiohook_session import SLOW_DOWN_S, Session
from tests.audiohook import ORGANIZATION, SESSION
from tests.genesys.talk import BREACHES, Talk, opened, refusal, said

# --- their errors


def test_an_integration_that_takes_no_events_gets_none_any_more() -> None:
    talk = opened()
    first = talk.session.event([b'{"type":"barge_in","data":{}}'])
    assert first is not None
    assert talk.client.hear(first)["parameters"] == {"entities": [{"type": "barge_in", "data": {}}]}
    assert talk.send(talk.client.say("error", {"code": 400, "message": "Event messages are not allowed"})) == []
    assert talk.effects[1:] == [Hush()]
    assert talk.session.event([b"{}"]) is None
    assert said(talk.send(talk.client.say("ping"))) == ["pong"]


@pytest.mark.parametrize(("more", "wait_s"), [({"retryAfter": "PT2.5S"}, 2.5), ({}, SLOW_DOWN_S)])
def test_too_many_messages_slow_us_down(more: dict[str, Any], wait_s: float) -> None:
    talk = opened()
    assert talk.send(talk.client.say("error", {"code": 429, "message": "slow"} | more)) == []
    assert talk.effects[1:] == [SlowDown(for_s=wait_s)]


def test_any_other_error_is_noted() -> None:
    talk = opened()
    assert talk.send(talk.client.say("error", {"code": 500, "message": "x" * 1000})) == []
    assert talk.effects == [Noted(what="error", data={"code": 500, "message": "x" * 200})]


# --- ending


def test_a_close_is_answered_when_all_is_said() -> None:
    talk = opened()
    assert talk.send(talk.client.say("close", {"reason": "end"})) == []
    assert talk.effects == [Flush(reason="end")]
    event = talk.session.event([b"{}"])
    assert event is not None
    talk.client.hear(event)
    closed = talk.session.closed()
    assert closed is not None
    assert talk.client.hear(closed)["parameters"] == {}
    assert talk.session.closed() is None
    assert talk.session.event([b"{}"]) is None


def test_a_session_is_closed_before_it_is_opened() -> None:
    talk = Talk()
    talk.send(talk.client.say("close", {"reason": "end"}))
    assert talk.effects == [Flush(reason="end")]
    assert talk.session.closed() is not None


def test_disconnect_is_said_once_and_the_close_waited_for() -> None:
    talk = opened()
    text = talk.session.disconnect("completed", "done", {"outcome": "sold"})
    assert text is not None
    assert talk.client.hear(text)["parameters"] == {
        "reason": "completed",
        "info": "done",
        "outputVariables": {"outcome": "sold"},
    }
    assert talk.session.disconnect("error", "again") is None
    assert talk.audio(100) == []
    assert said(talk.send(talk.client.say("ping"))) == ["pong"]
    talk.send(talk.client.say("close", {"reason": "disconnect"}))
    assert talk.effects == [Flush(reason="disconnect")]


def test_disconnect_can_be_the_first_word() -> None:
    text = Session(id=SESSION, organization_id=ORGANIZATION).disconnect("error", "overloaded")
    assert text is not None
    assert json.loads(text) | {"parameters": None} == {
        "version": "2",
        "id": SESSION,
        "type": "disconnect",
        "seq": 1,
        "clientseq": 0,
        "parameters": None,
    }


def test_after_a_breach_the_close_is_heard_whatever_its_number() -> None:
    talk = opened()
    assert refusal(talk.send(talk.client.say("ping", seq=9)))[1] == (
        "Client Error: Invalid seq value (not monotonically increasing)"
    )
    talk.client.seq = 9
    talk.send(talk.client.say("close", {"reason": "error"}))
    assert talk.effects == [Flush(reason="error")]
    closed = talk.session.closed()
    assert closed is not None
    assert talk.client.hear(closed)["clientseq"] == 10


def test_a_socket_that_goes_ends_everything() -> None:
    talk = opened()
    talk.session.gone()
    assert talk.session.phase is Phase.DISCONNECTED
    assert talk.session.disconnect("error") is None
    assert talk.session.hear(talk.client.say("ping").encode()) == ()


# --- breaches, each by itself: the column Reference of genesys-platform 3.10


@pytest.mark.parametrize("opening", [True, False], ids=["opened", "not opened"])
@pytest.mark.parametrize("breach", BREACHES)
def test_a_breach_ends_the_session_with_its_reason(breach: str, opening: bool) -> None:
    talk = opened() if opening else Talk()
    text, words = BREACHES[breach]
    reason, info = refusal(talk.send(text(talk.client)))
    assert reason == "error"
    assert words in info
    assert talk.session.phase is Phase.SIGNALED_ERROR
    (broken,) = talk.effects
    assert isinstance(broken, Broken)
    assert talk.send("{") == []


@pytest.mark.parametrize("kind", ["dtmf", "playback_started", "playback_completed"])
def test_the_connectors_messages_have_no_place_before_opened(kind: str) -> None:
    talk = Talk()
    assert refusal(talk.send(talk.client.say(kind, {"digit": "1"})))[0] == "error"
