"""Barges: the call's state, the consent, the request, its answer."""

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from genesys.tutorial.barge import (
    conversation_request,
    injection_request,
    may_be_barged,
    participant_request,
    read_consent,
    read_injection,
)
from genesys.verdicts import PASSED, Verdict
from messages.barges import AudioInjected, ConsentChecked, InjectBarge, StreamMatrix
from tests.genesys.tutorial.answers import answer, silence, told

API = "https://api.example"
VOICE = f"{API}/api/v2/conversations/voice"
CONSENT = "supervision_consent"


def order(agent_mute: bool = True, normalize_level: bool = True) -> InjectBarge:
    return InjectBarge(
        conversation_id="conv-1",
        participant_id="part-1",
        audio_url="https://media.example/notice.wav?v=2",
        stream_matrix=StreamMatrix(agent_mute=agent_mute, caller_mute=False, normalize_level=normalize_level),
        max_duration_ms=1500,
    )


def test_both_look_ups_may_be_repeated() -> None:
    conversation = conversation_request(API, "conv-1")
    participant = participant_request(API, "conv-1", "part-1")
    assert conversation.url == f"{VOICE}/conv-1"
    assert conversation.route == "GET /api/v2/conversations/voice/{conversationId}"
    assert participant.url == f"{VOICE}/conv-1/participants/part-1"
    assert participant.route == "GET /api/v2/conversations/voice/{conversationId}/participants/{participantId}"
    for request in (conversation, participant):
        assert (request.method, request.idempotent, request.bearer, request.body) == ("GET", True, True, None)


def test_no_id_climbs_out_of_its_place_in_the_path() -> None:
    url = participant_request(API, "../a?b#c{participantId}", "../d").url
    assert url == f"{VOICE}/..%2Fa%3Fb%23c%7BparticipantId%7D/participants/..%2Fd"


def test_an_active_conversation_may_be_barged() -> None:
    assert may_be_barged("conv-1", answer(200, {"state": "active"})) == PASSED


@pytest.mark.parametrize("state", ["queued", "disconnected", "ended", "ACTIVE", "active ", ""])
def test_no_other_state_may_be_barged(state: str) -> None:
    verdict = may_be_barged("conv-1", answer(200, {"state": state}))
    assert told(verdict) == ("refused", "SB-214")
    assert repr(state) in verdict.reasons[0].message


@pytest.mark.parametrize("body", [{}, {"state": None}, {"state": ["active"]}, {"state": True}, [], b"", b"<html>"])
def test_a_state_that_cannot_be_read_is_a_failure_and_no_guess(body: object) -> None:
    assert told(may_be_barged("conv-1", answer(200, body))) == ("failed", "SB-211")


def test_a_conversation_that_genesys_does_not_know_is_refused() -> None:
    assert told(may_be_barged("conv-1", answer(404))) == ("refused", "SB-219")
    assert told(may_be_barged("conv-1", answer(503))) == ("failed", "SB-209")
    assert told(may_be_barged("conv-1", silence("circuit_open"))) == ("failed", "SB-207")


def test_consent_is_read_with_what_was_found() -> None:
    found = read_consent("part-1", CONSENT, answer(200, {"customAttributes": {CONSENT: "true"}}))
    assert found == ConsentChecked(participant_id="part-1", attribute=CONSENT, value="true", given=True)


@pytest.mark.parametrize(
    "body",
    [
        {"customAttributes": {CONSENT: "false"}},
        {"customAttributes": {CONSENT: True}},
        {"customAttributes": {CONSENT.upper(): "true"}},
        {"customAttributes": {}},
        {"customAttributes": None},
        {"customAttributes": [CONSENT, "true"]},
        {"customAttributes": "true"},
        {"attributes": {CONSENT: "true"}},
        {CONSENT: "true"},
        {},
    ],
)
def test_anything_else_is_no_consent(body: object) -> None:
    found = read_consent("part-1", CONSENT, answer(200, body))
    assert isinstance(found, ConsentChecked)
    assert not found.given


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b'{"customAttributes": {"supervision_consent": "false", "supervision_consent": "true"}}', "SB-211"),
        (b"[]", "SB-211"),
        (b"", "SB-211"),
    ],
)
def test_a_participant_that_cannot_be_read_has_not_been_asked(body: bytes, expected: str) -> None:
    assert told(read_consent("part-1", CONSENT, answer(200, body))) == ("failed", expected)
    assert told(read_consent("part-1", CONSENT, answer(404))) == ("refused", "SB-219")
    assert told(read_consent("part-1", CONSENT, silence("timeout"))) == ("failed", "SB-209")


def test_the_request_is_a_post_that_is_never_repeated_on_doubt() -> None:
    request = injection_request(API, order(), "effect-1")
    assert (request.method, request.url) == ("POST", f"{VOICE}/conv-1/participants/part-1/interactions")
    assert request.route.endswith("/participants/{participantId}/interactions")
    assert (request.idempotent, request.retries, request.bearer) == (False, 2, True)
    assert request.headers["content-type"] == "application/json"
    assert request.headers["idempotency-key"] == "effect-1"
    assert orjson.loads(request.body or b"") == {
        "type": "play",
        "sourceType": "url",
        "sourceUrl": "https://media.example/notice.wav?v=2&normalize=true",
        "mute": True,
        "maxDuration": "PT1.5S",
    }


def test_what_is_not_asked_for_is_not_sent() -> None:
    body = orjson.loads(injection_request(API, order(agent_mute=False, normalize_level=False), "e").body or b"")
    assert (body["sourceUrl"], body["mute"]) == ("https://media.example/notice.wav?v=2", False)


def test_the_interactions_id_is_in_the_header() -> None:
    assert read_injection(answer(201, headers={"x-interaction-id": " int-7 "})) == AudioInjected(interaction_id="int-7")


@pytest.mark.parametrize(
    "headers", [{}, {"x-interaction-id": ""}, {"x-interaction-id": "a\nb"}, {"x-interaction-id": "ä"}]
)
def test_without_a_usable_id_it_plays_all_the_same(headers: dict[str, str]) -> None:
    assert read_injection(answer(201, headers=headers)) == AudioInjected(interaction_id=None)


def test_any_other_answer_says_why_not() -> None:
    assert told(read_injection(answer(200))) == ("failed", "SB-220")
    assert told(read_injection(answer(429))) == ("failed", "SB-206")
    assert told(read_injection(answer(403))) == ("failed", "SB-208")
    assert told(read_injection(answer(404))) == ("refused", "SB-219")
    assert told(read_injection(answer(409))) == ("refused", "SB-214")
    assert told(read_injection(answer(503))) == ("failed", "SB-220")
    assert told(read_injection(silence("timeout", maybe_sent=True))) == ("failed", "SB-220")
    assert told(read_injection(silence("circuit_open"))) == ("failed", "SB-207")


@given(st.integers(100, 599), st.binary(max_size=40), st.text(max_size=5))
def test_no_answer_is_too_odd_to_judge(status: int, body: bytes, told_id: str) -> None:
    answered = answer(status, body, {"x-interaction-id": told_id})
    injected = read_injection(answered)
    assert isinstance(injected, AudioInjected) == (status == 201)
    assert may_be_barged("conv-1", answered).status in {"refused", "failed"}
    assert isinstance(read_consent("part-1", CONSENT, answered), Verdict) or status == 200
