"""The QA system's webhook: registered once, looked at at every start, never doubled."""

from collections.abc import Iterator
from typing import Any

import orjson
import pytest
from loguru import logger

from messages.journal import RecordNote
from messages.rest import Call
from tests.actors.audio_scenes import QA, BargeScene

LIST, REGISTER = "GET /api/v2/webhooks", "POST /api/v2/webhooks"
OURS = {
    "name": "qa-sync-injection",
    "address": QA,
    "event": "conversation:voice:interaction:completed",
    "enabled": True,
}


@pytest.fixture
def scene() -> BargeScene:
    return BargeScene(qa_webhook=QA)


@pytest.fixture
def warnings() -> Iterator[list[str]]:
    heard: list[str] = []
    number = logger.add(lambda message: heard.append(message.record["message"]), level="WARNING")
    yield heard
    logger.remove(number)


def listed(scene: BargeScene, *webhooks: dict[str, Any]) -> None:
    scene.answer(LIST, body=list(webhooks))


def standing(scene: BargeScene) -> str:
    return str(scene.actor.facts()["qa_webhook"])


def test_where_none_is_wanted_nobody_is_asked() -> None:
    scene = BargeScene()
    scene.stage.advance(3600.0)
    assert not scene.rest.heard
    assert standing(scene) == "not wanted"


def test_it_is_looked_for_first_behind_everything_else(scene: BargeScene) -> None:
    (call,) = scene.rest.heard
    assert isinstance(call, Call)
    assert (call.request.route, call.priority, call.deadline_s) == (LIST, "background", 60.0)
    assert standing(scene) == "unknown"


def test_a_missing_one_is_registered_once_and_noted(scene: BargeScene) -> None:
    listed(scene)
    call = scene.answer(REGISTER, 201)
    assert not call.request.idempotent
    assert orjson.loads(call.request.body or b"") == {
        **OURS,
        "filter": {"field": "conversationId", "operator": "eq", "values": ["*"]},
    }
    assert standing(scene) == "registered"
    note = scene.journal.take(RecordNote)
    assert (note.kind, note.data) == ("qa_webhook.registered", {"address": "https://qa.example/hook"})
    scene.stage.advance(3600.0)
    assert not scene.rest.heard


def test_a_registered_one_is_left_alone(scene: BargeScene, warnings: list[str]) -> None:
    listed(scene, OURS)
    assert standing(scene) == "registered"
    scene.stage.advance(3600.0)
    assert not scene.rest.heard
    assert not scene.journal.take_all(RecordNote)
    assert not warnings


def test_one_that_was_switched_off_stays_so_with_a_warning(scene: BargeScene, warnings: list[str]) -> None:
    listed(scene, {**OURS, "enabled": False})
    assert standing(scene) == "disabled"
    assert not scene.rest.heard
    assert warnings == ["the QA webhook is disabled in Genesys"]


def test_one_that_tells_somebody_else_stays_beside_ours_with_a_warning(scene: BargeScene, warnings: list[str]) -> None:
    listed(scene, {**OURS, "address": "https://old.example/hook?key=hush"})
    scene.answer(REGISTER, 201)
    assert standing(scene) == "registered"
    (warning,) = warnings
    assert "another address" in warning
    assert "hush" not in warning


def test_that_it_is_there_already_is_as_good(scene: BargeScene) -> None:
    listed(scene)
    scene.answer(REGISTER, 409)
    assert standing(scene) == "registered"


@pytest.mark.parametrize(
    "answer",
    [
        {"status": 500},
        {"status": 403},
        {"status": 404},
        {"body": b"junk"},
        {"failure": "timeout"},
        {"failure": "circuit_open"},
    ],
)
def test_where_it_cannot_be_looked_for_nothing_is_registered_and_it_is_tried_again(
    scene: BargeScene, warnings: list[str], answer: dict[str, Any]
) -> None:
    scene.answer(LIST, **answer)
    assert not scene.rest.heard
    assert standing(scene).startswith("not registered: ")
    assert len(warnings) == 1
    scene.stage.advance(10.0)
    assert scene.routes() == [LIST]
    listed(scene, OURS)
    assert standing(scene) == "registered"


@pytest.mark.parametrize("answer", [{"status": 500}, {"failure": "timeout", "maybe_sent": True}, {"status": 429}])
def test_on_doubt_it_is_looked_for_before_it_is_registered_again(scene: BargeScene, answer: dict[str, Any]) -> None:
    listed(scene)
    scene.answer(REGISTER, **answer)
    scene.stage.advance(10.0)
    assert scene.routes() == [LIST]
    listed(scene, OURS)
    assert not scene.rest.heard
    assert standing(scene) == "registered"


def test_failure_after_failure_it_is_tried_ever_more_rarely(scene: BargeScene) -> None:
    def wait_s() -> float:
        scene.answer(LIST, 500)
        before_s = scene.stage.world.now_s
        due_s = scene.stage.timers.next_due()
        assert due_s is not None
        scene.stage.advance(due_s - before_s)
        return due_s - before_s

    waits = [wait_s() for _ in range(30)]
    assert all(5.0 <= wait <= 5.0 + min(600.0, 5.0 * 2**number) for number, wait in enumerate(waits))
    assert max(waits) > 60.0


def test_the_next_incarnation_waits_until_the_call_of_the_one_before_is_over(scene: BargeScene) -> None:
    listed(scene)
    scene.rest.take(Call)
    scene.crash()
    scene.live()
    scene.stage.advance(59.9)
    assert not scene.rest.heard, "the registration may still be on its way"
    scene.stage.advance(0.1)
    assert scene.routes() == [LIST]
    listed(scene, OURS)
    assert standing(scene) == "registered"
    assert not scene.rest.heard


def test_an_answer_to_the_one_before_registers_nothing(scene: BargeScene) -> None:
    before = scene.rest.take(Call)
    scene.crash()
    scene.live()
    scene.rest.heard.append(before)
    listed(scene)
    assert not scene.rest.heard
