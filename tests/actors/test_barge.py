"""Barges: the consent on record before the audio leaves, the audio once."""

from typing import Any

import orjson
import pytest

from messages.journal import ProgressRecorded
from tests.actors.audio_scenes import CONVERSATION, INJECTION, PARTICIPANT, BargeScene, barge, why
from tests.actors.scenes import ID


@pytest.fixture
def scene() -> BargeScene:
    return BargeScene()


# --- the consent ---------------------------------------------------------------------------------------------


def test_the_consent_is_on_record_before_the_audio_leaves(scene: BargeScene) -> None:
    scene.checked()
    assert not scene.rest.heard
    step = scene.put_on_record()
    assert (step.request_id, step.step) == (ID, "consent")
    assert step.data == {
        "participant_id": "part-1",
        "attribute": "supervision_consent",
        "value": "true",
        "given": True,
    }
    assert scene.routes() == [INJECTION]


@pytest.mark.parametrize("request_id", ["nobody", ID])
def test_a_record_of_something_else_lets_nothing_out(scene: BargeScene, request_id: str) -> None:
    scene.accept(barge())
    scene.tell(ProgressRecorded(request_id=request_id, step="consent"))
    assert scene.routes() == [CONVERSATION, PARTICIPANT]


def test_a_consent_that_is_recorded_twice_lets_the_audio_out_once(scene: BargeScene) -> None:
    scene.injecting()
    scene.tell(ProgressRecorded(request_id=ID, step="consent"))
    assert scene.routes() == [INJECTION]


def test_where_nothing_can_be_put_on_record_no_audio_leaves(scene: BargeScene) -> None:
    scene.checked(barge(deadline_s=10.0))
    scene.stage.advance(10.0)
    outcome = scene.ended()
    assert why(outcome) == ("failed", ["SB-301"])
    assert "the record of the consent" in outcome.detail
    assert not scene.rest.heard


# --- the audio -----------------------------------------------------------------------------------------------


def test_the_audio_is_played_and_its_id_told(scene: BargeScene) -> None:
    scene.accept(barge())
    scene.conversation()
    scene.participant()
    scene.inspect(warnings=("SB-121",))
    scene.put_on_record()
    scene.stage.advance(0.5)
    call = scene.inject(attempts=3)
    assert call.request.headers["idempotency-key"] == ID
    assert (call.request.idempotent, call.request.retries) == (False, 2)
    assert orjson.loads(call.request.body or b"") == {
        "type": "play",
        "sourceType": "url",
        "sourceUrl": barge().audio_url,
        "mute": True,
        "maxDuration": "PT15S",
    }
    outcome = scene.ended()
    assert (outcome.status, outcome.retries, outcome.latency_ms) == ("succeeded", 2, 500.0)
    assert outcome.detail == "the audio is played as int-7"
    assert outcome.extra == {
        "conversation_id": "conv-1",
        "participant_id": "part-1",
        "audio_url": "https://cdn.example/notice.wav",
        "interaction_id": "int-7",
        "consent": "true",
        "warnings": ["SB-121 in its words"],
        "retry_after_s": None,
    }
    assert scene.is_at_rest()


def test_an_interaction_without_an_id_is_a_success_too(scene: BargeScene) -> None:
    scene.injecting()
    scene.inject(interaction_id="")
    outcome = scene.ended()
    assert (outcome.status, outcome.extra["interaction_id"]) == ("succeeded", None)


def test_the_urls_query_is_in_no_record(scene: BargeScene) -> None:
    scene.checked()
    told = repr(scene.journal.heard)
    scene.put_on_record()
    scene.inject()
    assert "hush" not in told + repr(scene.journal.heard)


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ({"status": 404}, ("refused", ["SB-219"])),
        ({"status": 409}, ("refused", ["SB-214"])),
        ({"status": 429, "failure": ""}, ("failed", ["SB-206"])),
        ({"status": 400}, ("failed", ["SB-213"])),
        ({"failure": "circuit_open"}, ("failed", ["SB-207"])),
        ({"failure": "transport"}, ("failed", ["SB-223"])),
        ({"status": 503}, ("failed", ["SB-220"])),
        ({"status": 202}, ("failed", ["SB-220"])),
        ({"failure": "timeout", "maybe_sent": True}, ("failed", ["SB-220"])),
        ({"failure": "malformed"}, ("failed", ["SB-220"])),
    ],
)
def test_any_other_answer_is_told_as_what_it_is_and_nothing_is_sent_again(
    scene: BargeScene, answer: dict[str, Any], expected: tuple[str, list[str]]
) -> None:
    scene.injecting()
    scene.answer("interactions", **answer)
    assert why(scene.ended()) == expected
    assert not scene.rest.heard
    assert scene.is_at_rest()


def test_how_long_genesys_wants_to_be_left_alone_is_told(scene: BargeScene) -> None:
    scene.injecting()
    scene.answer("interactions", 429, retry_after_s=200.0)
    outcome = scene.ended()
    assert (why(outcome), outcome.extra["retry_after_s"]) == (("failed", ["SB-206"]), 200.0)


# --- dry runs ------------------------------------------------------------------------------------------------


def test_a_dry_run_passes_every_gate_and_sends_and_records_nothing(scene: BargeScene) -> None:
    scene.submit(barge(dry_run=True))
    scene.conversation()
    scene.participant()
    scene.inspect()
    outcome = scene.settled()
    assert (outcome.status, outcome.extra["consent"]) == ("succeeded", "true")
    assert not scene.rest.heard
    assert not scene.journal.heard
    assert scene.is_at_rest()


def test_a_dry_run_finds_the_consent_missing(scene: BargeScene) -> None:
    scene.submit(barge(dry_run=True))
    scene.conversation()
    scene.participant(None)
    scene.inspect()
    assert why(scene.settled()) == ("refused", ["SB-215"])
