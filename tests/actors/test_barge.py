"""Barges: every check at once, the consent on record before the audio leaves, the audio once."""

from typing import Any

import orjson
import pytest

from messages.audio import AudioInspected, InspectAudio
from messages.journal import OpenOrder, ProgressRecorded, RecordEnded, RecordProgress
from messages.orders import CancelOrders, DeadlinePassed
from messages.rest import CallAnswered
from tests.actors.audio_scenes import BargeScene, barge, remark, why
from tests.actors.scenes import ID, PEER

CONVERSATION = "GET /api/v2/conversations/voice/{conversationId}"
PARTICIPANT = f"{CONVERSATION}/participants/{{participantId}}"
INJECTION = f"{PARTICIPANT}/interactions".replace("GET", "POST")


@pytest.fixture
def scene() -> BargeScene:
    return BargeScene()


def consents(scene: BargeScene) -> list[RecordProgress]:
    """The consents on their way to the record."""
    return [step for step in scene.journal.take_all(RecordProgress) if step.step == "consent"]


# --- the checks ------------------------------------------------------------------------------------------------


def test_nothing_is_asked_before_the_order_is_on_record(scene: BargeScene) -> None:
    scene.submit(barge())
    assert not scene.rest.heard
    assert not scene.inspector.heard


def test_call_participant_and_file_are_looked_at_at_once(scene: BargeScene) -> None:
    scene.accept(barge(deadline_s=20.0))
    assert scene.routes() == [CONVERSATION, PARTICIPANT]
    assert {call.priority for call in scene.rest.heard} == {"steer"}
    assert {call.deadline_s for call in scene.rest.heard} == {20.0}
    asked = scene.inspector.take(InspectAudio)
    assert (asked.url, asked.level, asked.deadline_s) == (barge().audio_url, "headers", 5.0)
    assert (asked.longest_ms, asked.asked_ms) == (30_000, 15_000)


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (1, 2, 0)])
def test_all_objections_are_told_together_in_whatever_order_they_come(
    scene: BargeScene, order: tuple[int, ...]
) -> None:
    scene.accept(barge())
    checks = (
        lambda: scene.conversation("disconnected"),
        lambda: scene.participant("no"),
        lambda: scene.inspect("SB-116"),
    )
    for number in order:
        assert not scene.journal.take_all(RecordEnded)
        checks[number]()
    outcome = scene.ended()
    assert outcome.status == "refused"
    assert {reason.code for reason in outcome.reasons} == {"SB-214", "SB-215", "SB-116"}
    assert outcome.detail == "no audio was sent: 3 objections"
    assert not scene.rest.heard
    assert scene.is_at_rest()


@pytest.mark.parametrize("consent", [None, "", "false", "True", "TRUE", " true", "true ", "1", True, 1, ["true"], {}])
def test_any_consent_but_the_very_text_true_is_none(scene: BargeScene, consent: Any) -> None:
    scene.accept(barge())
    scene.conversation()
    scene.inspect()
    scene.participant(consent)
    outcome = scene.ended()
    assert why(outcome) == ("refused", ["SB-215"])
    assert outcome.extra["consent"] == (consent if isinstance(consent, str) else None)
    assert not consents(scene)
    assert not scene.rest.heard
    assert scene.is_at_rest()


@pytest.mark.parametrize("state", ["completed", "held", "Active", ""])
def test_a_call_that_is_not_active_is_left_alone(scene: BargeScene, state: str) -> None:
    scene.accept(barge())
    scene.participant()
    scene.inspect()
    scene.conversation(state)
    assert why(scene.ended()) == ("refused", ["SB-214"])
    assert not scene.rest.heard


def test_a_file_that_is_unfit_is_refused_for_what_it_is(scene: BargeScene) -> None:
    scene.accept(barge())
    scene.conversation()
    scene.participant()
    scene.inspect("SB-114", "SB-117")
    assert why(scene.ended()) == ("refused", ["SB-114", "SB-117"])
    assert not scene.rest.heard


@pytest.mark.parametrize("route", [CONVERSATION, "participants/{participantId}"])
@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ({"status": 503}, ("failed", ["SB-209"])),
        ({"status": 403}, ("failed", ["SB-208"])),
        ({"failure": "circuit_open"}, ("failed", ["SB-207"])),
        ({"failure": "rate_limited"}, ("failed", ["SB-206"])),
        ({"body": b"junk"}, ("failed", ["SB-211"])),
    ],
)
def test_a_look_up_that_fails_ends_it_at_once_with_nothing_sent(
    scene: BargeScene, route: str, answer: dict[str, Any], expected: tuple[str, list[str]]
) -> None:
    scene.accept(barge())
    scene.answer(route, **answer)
    assert why(scene.ended()) == expected
    for _ in range(len(scene.rest.heard)):
        scene.answer("", body={"state": "active", "customAttributes": {"supervision_consent": "true"}})
    scene.inspect()
    assert not scene.journal.heard
    assert not scene.rest.heard
    assert scene.is_at_rest()


def test_what_genesys_does_not_know_is_refused(scene: BargeScene) -> None:
    scene.accept(barge())
    scene.answer(CONVERSATION, 404)
    scene.answer("participants", 404)
    scene.inspect()
    assert why(scene.ended()) == ("refused", ["SB-219", "SB-219"])


def test_objections_to_the_order_are_told_together_and_ask_nobody(scene: BargeScene) -> None:
    scene.submit(barge(conversation_id="..", audio_url="http://10.0.0.1/x.flac", max_duration_ms=30_001))
    outcome = scene.record().outcome
    assert outcome is not None
    assert why(outcome) == ("refused", ["SB-101", "SB-112", "SB-113", "SB-114"])
    assert not scene.rest.heard
    assert not scene.inspector.heard
    assert scene.is_at_rest()


def test_an_inspector_that_never_answers_is_a_warning(scene: BargeScene) -> None:
    scene.accept(barge())
    scene.conversation()
    scene.participant()
    scene.stage.advance(6.0)
    scene.put_on_record()
    scene.inspect("SB-116")  # too late to matter
    scene.inject()
    outcome = scene.ended()
    assert outcome.status == "succeeded"
    assert "SB-120" in str(outcome.extra["warnings"])
    assert scene.is_at_rest()


def test_without_inspectors_the_file_is_not_checked() -> None:
    scene = BargeScene(inspected=False)
    scene.accept(barge())
    scene.participant()
    scene.conversation()
    assert consents(scene)


# --- the consent -------------------------------------------------------------------------------------------------


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


# --- the audio ---------------------------------------------------------------------------------------------------


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


# --- dry runs ----------------------------------------------------------------------------------------------------


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


# --- time, crashes, news at the wrong moment -----------------------------------------------------------------------


def bring(scene: BargeScene, reach: str) -> None:
    order = barge(deadline_s=20.0)
    match reach:
        case "checking":
            scene.accept(order)
        case "inspecting":
            scene.accept(order)
            scene.conversation()
            scene.participant()
        case "recording":
            scene.checked(order)
        case "injecting":
            scene.injecting(order)


REACHES = ["checking", "recording", "injecting"]


@pytest.mark.parametrize(("reach", "code"), [("checking", "SB-301"), ("recording", "SB-301"), ("injecting", "SB-220")])
def test_the_deadline_says_whether_the_audio_may_have_been_heard(scene: BargeScene, reach: str, code: str) -> None:
    bring(scene, reach)
    scene.stage.advance(20.0)
    outcome = scene.ended()
    assert why(outcome) == ("failed", [code])
    assert outcome.latency_ms == 20_000.0
    assert scene.is_at_rest()


@pytest.mark.parametrize("reach", REACHES)
def test_a_drain_that_is_over_interrupts_it_wherever_it_is(scene: BargeScene, reach: str) -> None:
    bring(scene, reach)
    scene.tell(CancelOrders())
    assert why(scene.ended()) == ("interrupted", ["SB-504"])
    assert scene.is_at_rest()


@pytest.mark.parametrize("reach", [*REACHES, "inspecting"])
@pytest.mark.parametrize(
    "message",
    [
        CallAnswered(call_id="nobody", response=None, failure="timeout"),
        AudioInspected(inspection_id="nobody", facts=None, refusals=(remark("SB-116"),)),
        ProgressRecorded(request_id="nobody", step="consent"),
        DeadlinePassed(request_id="nobody"),
    ],
    ids=lambda message: type(message).__name__,
)
def test_news_of_nobody_changes_nothing(scene: BargeScene, reach: str, message: object) -> None:
    bring(scene, reach)
    before = scene.routes()
    scene.tell(message)
    assert scene.routes() == before
    assert not scene.journal.take_all(RecordEnded)
    scene.stage.advance(20.0)
    assert len(scene.journal.take_all(RecordEnded)) == 1
    assert scene.is_at_rest()


def on_record(*steps: str) -> OpenOrder:
    return OpenOrder(order=barge(), peer=PEER, effect_id=ID, age_s=1.0, steps=steps)


def test_what_may_have_been_injected_is_never_injected_again(scene: BargeScene) -> None:
    scene.injecting()
    scene.crash()
    scene.rest.heard.clear()
    scene.live(on_record("consent"))
    outcome = scene.ended()
    assert why(outcome) == ("interrupted", ["SB-501"])
    assert "look at the interaction" in outcome.reasons[0].remedy
    assert not scene.rest.heard


def test_what_was_not_is_checked_anew_the_consent_too(scene: BargeScene) -> None:
    scene.accept(barge())
    scene.conversation()
    scene.participant()
    scene.crash()
    scene.rest.heard.clear()
    scene.live(on_record())
    assert scene.routes() == [CONVERSATION, PARTICIPANT]
    scene.conversation()
    scene.inspect()
    scene.participant("false")
    assert why(scene.ended()) == ("refused", ["SB-215"])


def test_a_consent_recorded_for_the_incarnation_before_lets_nothing_out(scene: BargeScene) -> None:
    scene.checked()
    scene.crash()
    scene.live(claim=False)
    scene.tell(ProgressRecorded(request_id=ID, step="consent"))
    assert not scene.rest.heard
    scene.live(on_record("consent"))
    assert not scene.rest.heard
    assert scene.ended().status == "interrupted"


def test_the_same_barge_twice_is_one(scene: BargeScene) -> None:
    scene.injecting()
    scene.submit(barge())
    assert scene.routes() == [INJECTION]
    scene.inject()
    assert scene.ended().status == "succeeded"
