"""A barge whose time runs out, whose actor crashes, or that hears of what it did not ask for."""

import pytest

from messages.audio import AudioInspected
from messages.journal import OpenOrder, ProgressRecorded, RecordEnded
from messages.orders import CancelOrders, DeadlinePassed
from messages.rest import CallAnswered
from tests.actors.audio_scenes import CONVERSATION, INJECTION, PARTICIPANT, BargeScene, barge, remark, why
from tests.actors.scenes import ID, PEER


@pytest.fixture
def scene() -> BargeScene:
    return BargeScene()


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
