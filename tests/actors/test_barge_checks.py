"""What is looked at before a barge, all at once, and what is refused."""

from typing import Any

import pytest

from messages.audio import InspectAudio
from messages.journal import RecordEnded
from tests.actors.audio_scenes import CONVERSATION, PARTICIPANT, BargeScene, barge, why


@pytest.fixture
def scene() -> BargeScene:
    return BargeScene()


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
    assert not scene.consents()
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
    assert scene.consents()
