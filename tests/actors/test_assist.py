"""Actions: through the slots, over the socket, to one outcome."""

from typing import Any

import orjson
import pytest

from messages.assists import LimitAssists
from messages.journal import RecordEnded, RecordProgress
from rules.adaptive_limit import AdaptiveRules
from tests.actors.assists import CRM_URL, ONE, THREE, TWO, UUID4, AssistScene, action

IDS = [UUID4 % number for number in range(1, 100)]


@pytest.fixture
def scene() -> AssistScene:
    return AssistScene()


# --- success -------------------------------------------------------------------------------------------------


def test_an_action_is_carried_out_and_its_outcome_tells_what_happened(scene: AssistScene) -> None:
    scene.trigger()
    scene.stage.advance(0.2)
    scene.result()
    outcome = scene.ended()
    assert (outcome.status, outcome.latency_ms, outcome.retries) == ("succeeded", 200.0, 0)
    assert outcome.extra == {
        "correlation_id": ONE,
        "action_type": "knowledge_search",
        "agent_id": "ada",
        "session_id": "s-1",
        "slot_wait_ms": 0.0,
        "engine_status": "result",
        "engine_code": None,
    }
    assert scene.is_at_rest()


def test_the_frame_leaves_after_the_record_with_the_orders_own_correlation_id(scene: AssistScene) -> None:
    scene.submit(action(request_id="monday-7", correlation_id=TWO.upper()))
    assert not scene.frames()
    accepted = scene.record()
    assert accepted.effect_id == TWO
    (frame,) = scene.frames()
    assert frame.connection == 1
    payload = orjson.loads(frame.text)["payload"]
    assert (payload["correlationId"], payload["maxRetries"]) == (TWO, 2)
    assert scene.steps() == ["sent"]


def test_many_are_in_flight_and_answered_in_any_order(scene: AssistScene) -> None:
    scene.trigger(action(ONE), action(TWO), action(THREE))
    assert scene.sent() == [ONE, TWO, THREE]
    scene.result(THREE, ONE)
    assert set(scene.ends()) == {ONE, THREE}
    assert scene.in_flight() == 1


# --- refusals ------------------------------------------------------------------------------------------------


def test_a_bad_action_is_refused_with_every_objection_and_nothing_is_sent(scene: AssistScene) -> None:
    scene.submit(action(action_type="dance", max_retries=7, parameter_matrix={"a": None}))
    outcome = scene.record().outcome
    assert outcome is not None
    assert [why.code for why in outcome.reasons] == ["SB-130", "SB-131", "SB-134"]
    assert not scene.frames()
    assert scene.is_at_rest()


def test_a_correlation_id_in_use_is_refused_and_the_first_action_is_left_alone(scene: AssistScene) -> None:
    scene.trigger(action(ONE), action(TWO, correlation_id=ONE))
    assert scene.verdict() == ("refused", ["SB-135"])
    scene.result(ONE)
    assert scene.verdict() == ("succeeded", [])
    assert scene.is_at_rest()


def test_a_correlation_id_is_free_again_once_the_engine_is_done_with_it(scene: AssistScene) -> None:
    scene.trigger(action(ONE, deadline_s=1.0))
    scene.stage.advance(1.0)
    assert scene.verdict() == ("failed", ["SB-232"])
    scene.trigger(action(TWO, correlation_id=ONE))
    assert scene.verdict() == ("refused", ["SB-135"])
    scene.result(ONE)
    scene.trigger(action(THREE, correlation_id=ONE))
    scene.result(ONE)
    assert scene.verdict() == ("succeeded", [])


# --- slots ---------------------------------------------------------------------------------------------------


def test_no_more_are_sent_than_there_are_slots_and_the_next_goes_when_one_is_answered() -> None:
    scene = AssistScene(limit=2)
    scene.trigger(action(ONE), action(TWO), action(THREE))
    assert scene.sent() == [ONE, TWO]
    scene.stage.advance(1.5)
    scene.result(TWO)
    assert scene.sent() == [THREE]
    scene.ends()
    scene.result(THREE)
    assert scene.ended().extra["slot_wait_ms"] == 1500.0


def test_five_hundred_at_once_never_fill_more_than_fifty_slots_and_keep_each_sessions_order() -> None:
    scene = AssistScene()
    orders = [action(UUID4 % number, f"agent-{number % 7}", f"s-{number % 21}") for number in range(500)]
    scene.trigger(*orders)
    sent: list[str] = []
    while (now := scene.sent()) and scene.in_flight() <= 50:
        sent += now
        scene.result(*now)
    assert len(scene.ends()) == len(sent) == 500
    for rest in range(21):
        numbers = [int(correlation_id[-4:]) for correlation_id in sent]
        of_session = [number for number in numbers if number % 21 == rest]
        assert of_session == sorted(of_session)
    assert scene.is_at_rest()


def test_agents_take_turns() -> None:
    scene = AssistScene(limit=1)
    scene.trigger(*(action(request_id, "greedy") for request_id in IDS[:4]), action(IDS[4], "modest", "s-2"))
    order = []
    while now := scene.sent():
        order += now
        scene.result(*now)
    assert order == [IDS[0], IDS[1], IDS[4], IDS[2], IDS[3]]


def test_waiting_for_a_slot_has_its_deadline() -> None:
    scene = AssistScene(limit=1)
    scene.trigger(action(ONE), action(TWO))
    scene.stage.advance(5.0)
    outcome = scene.ended()
    assert (outcome.status, [why.code for why in outcome.reasons]) == ("refused", ["SB-230"])
    assert "slot_timeout" in outcome.detail
    assert outcome.extra["slot_wait_ms"] == 5000.0
    assert not scene.told_crm()[1:]  # it was never triggered: only the first was
    scene.result(ONE)
    assert scene.sent() == [ONE]
    assert scene.is_at_rest()


def test_a_full_queue_is_busy() -> None:
    scene = AssistScene(limit=1, queue=1)
    scene.trigger(action(ONE), action(TWO), action(THREE))
    outcome = scene.ended()
    assert (outcome.request_id, outcome.status, outcome.reasons[0].code) == (THREE, "refused", "SB-231")
    assert outcome.detail.startswith("busy")


def test_an_action_without_an_answer_times_out_and_frees_its_slot() -> None:
    scene = AssistScene(limit=1, slot_s=60.0)
    scene.trigger(action(ONE, deadline_s=60.0), action(TWO, deadline_s=60.0))
    scene.sent()
    scene.stage.advance(29.9)
    assert not scene.ends()
    scene.stage.advance(0.1)
    assert scene.verdict() == ("failed", ["SB-232"])
    assert scene.sent() == [TWO]


def test_a_slot_outlives_its_order_until_the_engine_answers() -> None:
    scene = AssistScene(limit=1)
    scene.trigger(action(ONE, deadline_s=1.0))
    scene.stage.advance(1.0)
    assert scene.verdict() == ("failed", ["SB-232"])
    scene.trigger(action(TWO))
    assert scene.sent() == [ONE]
    scene.result(ONE)
    assert scene.sent() == [TWO]
    assert scene.facts()["late_answers"] == 1


def test_a_slot_outlives_its_order_no_longer_than_the_engine_has_time() -> None:
    scene = AssistScene(limit=1)
    scene.trigger(action(ONE, deadline_s=1.0))
    scene.stage.advance(29.0)
    assert scene.in_flight() == 1
    scene.stage.advance(1.0)
    assert scene.is_at_rest()


def test_an_order_that_is_cancelled_in_the_queue_leaves_it() -> None:
    scene = AssistScene(limit=1)
    scene.trigger(action(ONE), action(TWO, deadline_s=2.0))
    scene.stage.advance(2.0)
    assert scene.verdict() == ("failed", ["SB-230"])
    scene.result(ONE)
    assert scene.sent() == [ONE]
    assert scene.is_at_rest()


# --- the limit at run time -----------------------------------------------------------------------------------


def limited(scene: AssistScene, max_in_flight: int) -> Any:
    reply = scene.actor.address.request(LimitAssists(max_in_flight=max_in_flight))
    scene.stage.run()
    return reply.get(timeout=0)


def test_a_higher_limit_lets_those_go_who_wait() -> None:
    scene = AssistScene(limit=1)
    scene.trigger(*map(action, IDS[:4]))
    assert limited(scene, 3) == {"max_in_flight": 3, "before": 1, "limit": 3, "in_flight": 1}
    assert scene.sent() == IDS[:3]


def test_a_lower_limit_lets_nobody_go_until_enough_have_ended() -> None:
    scene = AssistScene(limit=3)
    scene.trigger(*map(action, IDS[:4]))
    limited(scene, 1)
    scene.sent()
    for request_id in IDS[:2]:
        scene.result(request_id)
        assert not scene.sent()
    scene.result(IDS[2])
    assert scene.sent() == [IDS[3]]


def test_a_limit_set_by_an_operator_survives_a_crash(scene: AssistScene) -> None:
    limited(scene, 7)
    scene.crash()
    scene.live()
    assert scene.facts()["max_in_flight"] == 7


def test_an_adaptive_limit_falls_on_429_and_its_state_is_visible(log: list[str]) -> None:
    scene = AssistScene(limit=10, adaptive=AdaptiveRules())
    scene.trigger(*map(action, IDS[:10]))
    scene.error(429, IDS[0])
    facts = scene.facts()
    assert (facts["max_in_flight"], facts["tenant_limit"], facts["adaptive"]["decreases"]) == (7, 10, 1)
    assert [line for line in log if "7 actions at a time now" in line]
    scene.trigger(action(IDS[10]))
    scene.sent()
    scene.result(*IDS[1:4])
    assert scene.in_flight() == 6 + 1
    assert scene.sent() == [IDS[10]]


def test_an_adaptive_limit_falls_when_answers_are_late_or_missing() -> None:
    scene = AssistScene(limit=10, adaptive=AdaptiveRules())
    for number, latency_s in enumerate((0.1, 0.1, 1.0)):
        scene.trigger(action(IDS[number]))
        scene.stage.advance(latency_s)
        scene.result(IDS[number])
    assert scene.facts()["max_in_flight"] == 7
    scene.trigger(action(IDS[5], deadline_s=60.0))
    scene.stage.advance(30.0)
    assert scene.facts()["max_in_flight"] == 4


# --- fire and forget -----------------------------------------------------------------------------------------


def test_fire_and_forget_ends_with_the_send() -> None:
    scene = AssistScene(completion="fire_and_forget")
    scene.trigger()
    (frame,) = scene.frames()
    assert frame.confirm
    assert not scene.ends()
    scene.confirm(frame)
    (end,) = scene.journal.take_all(RecordEnded)
    assert end.outcome.status == "succeeded"
    assert [delivery.event for delivery in end.deliveries] == ["assist.completed"]
    assert scene.is_at_rest()
    scene.result(ONE)
    assert scene.facts()["late_answers"] == 1


def test_an_answer_ends_it_too_where_nobody_waits_for_one() -> None:
    scene = AssistScene(completion="fire_and_forget")
    scene.trigger()
    (frame,) = scene.frames()
    scene.result(ONE)
    scene.confirm(frame)
    assert scene.verdict() == ("succeeded", [])
    assert scene.is_at_rest()


def test_a_frame_is_not_confirmed_where_the_answer_is_waited_for(scene: AssistScene) -> None:
    scene.trigger()
    (frame,) = scene.frames()
    assert not frame.confirm
    scene.confirm(frame)
    assert not scene.ends()


# --- the CRM -------------------------------------------------------------------------------------------------


def test_the_crm_hears_of_the_trigger_at_once_and_of_the_end_later(scene: AssistScene) -> None:
    scene.trigger()
    (step,) = scene.journal.take_all(RecordProgress)
    (initiated,) = step.deliveries
    assert (step.step, initiated.url, initiated.subject) == ("sent", CRM_URL, "s-1")
    assert initiated.body["executionState"] == "initiated"
    scene.result()
    (end,) = scene.journal.take_all(RecordEnded)
    (completed,) = end.deliveries
    assert (completed.body["executionState"], completed.subject) == ("completed", "s-1")
    assert completed.webhook_id > initiated.webhook_id


@pytest.mark.parametrize("how", ["failed", "overdue", "cancelled"])
def test_the_crm_hears_of_every_bad_end(scene: AssistScene, how: str) -> None:
    scene.trigger(action(max_retries=0))
    if how == "failed":
        scene.error(500)
    elif how == "overdue":
        scene.stage.advance(30.0)
    else:
        scene.lose()
    assert scene.told_crm() == ["assist.initiated", "assist.failed"]


def test_the_crm_hears_of_one_trigger_however_often_it_is_sent(scene: AssistScene) -> None:
    scene.trigger()
    scene.error(503)
    scene.stage.advance(1.0)
    scene.result()
    assert scene.told_crm() == ["assist.initiated", "assist.completed"]


def test_the_crm_hears_nothing_of_what_was_never_triggered(scene: AssistScene) -> None:
    scene.submit(action(action_type="dance"))
    scene.record()
    scene.lose()
    scene.trigger(action(TWO))
    scene.stage.advance(5.0)
    assert not scene.told_crm()


def test_without_a_crm_nothing_is_delivered() -> None:
    scene = AssistScene(crm_url=None)
    scene.trigger()
    scene.result()
    assert not scene.told_crm()


# --- dry runs ------------------------------------------------------------------------------------------------


def test_a_dry_run_passes_every_gate_and_sends_nothing(scene: AssistScene) -> None:
    scene.submit(action(dry_run=True))
    assert scene.settled().detail == "dry run: every gate passed, nothing was sent"
    assert not scene.journal.heard
    assert not scene.frames()
    assert scene.is_at_rest()


def test_a_dry_run_finds_the_slots_taken() -> None:
    scene = AssistScene(limit=1)
    scene.trigger(action(ONE))
    scene.submit(action(TWO, dry_run=True))
    scene.stage.advance(5.0)
    outcome = scene.settled()
    assert (outcome.status, outcome.reasons[0].code) == ("refused", "SB-230")


# --- answers that nobody waits for -----------------------------------------------------------------------------


def test_late_repeated_and_unknown_answers_are_counted_and_change_nothing(scene: AssistScene) -> None:
    scene.trigger(action(ONE), action(TWO, deadline_s=1.0))
    scene.result(ONE, ONE, ONE)
    scene.stage.advance(1.0)
    scene.result(TWO, TWO, THREE)
    scene.hear({"type": "accepted", "correlationId": THREE}, {"hello": 1})
    facts = scene.facts()
    counted = ("late_answers", "repeated_answers", "unknown_answers", "unknown_frames")
    assert [facts[name] for name in counted] == [1, 3, 2, 1]
    assert set(scene.ends()) == {ONE, TWO}
    assert scene.is_at_rest()


def test_an_answer_to_what_waits_unsent_is_none() -> None:
    scene = AssistScene(limit=1)
    scene.trigger(action(ONE), action(TWO))
    scene.result(TWO)
    scene.error(500, TWO)
    assert not scene.ends()
    scene.result(ONE)
    assert scene.sent() == [ONE, TWO]
