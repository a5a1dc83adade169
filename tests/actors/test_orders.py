"""The way of any order: intent before effect, one end, one effect, over duplicates and crashes."""

import pytest

from messages.journal import OpenOrders, OrderRecorded, RecordAccepted, RecordEnded
from messages.orders import CancelOrders, DeadlinePassed, OrderSettled, Outcome, Submit
from tests.actors.errands import EARLIER, ErrandDone, errand, idle_scene, on_record, ran
from tests.actors.scenes import ID, PEER, OrderScene
from tests.kit import Probe


@pytest.fixture
def scene() -> OrderScene:
    return idle_scene(live=True)


# --- the way of one order ------------------------------------------------------------------------------------


def test_nothing_is_begun_before_the_intent_is_on_record(scene: OrderScene) -> None:
    scene.submit(errand())
    assert not ran(scene)
    accepted = scene.record()
    assert (accepted.order, accepted.peer, accepted.effect_id, accepted.outcome) == (errand(), PEER, ID, None)
    assert ran(scene) == [(ID, ())]


def test_the_effect_has_an_id_of_its_own_where_the_callers_is_no_uuid(scene: OrderScene) -> None:
    scene.submit(errand(request_id="monday-7"))
    accepted = scene.record()
    ((effect_id, _steps),) = ran(scene)
    assert effect_id == accepted.effect_id != "monday-7"


def test_ends_once_with_its_latency(scene: OrderScene) -> None:
    scene.accept(errand())
    scene.stage.advance(0.25)
    scene.tell(ErrandDone(request_id=ID))
    outcome = scene.ended()
    assert (outcome.status, outcome.kind, outcome.latency_ms) == ("succeeded", "errand", 250.0)
    assert scene.is_at_rest()


def test_has_exactly_one_end_whatever_comes_later(scene: OrderScene) -> None:
    scene.accept(errand())
    scene.tell(ErrandDone(request_id=ID))
    for late in (
        ErrandDone(request_id=ID),
        DeadlinePassed(request_id=ID),
        OrderRecorded(request_id=ID),
        OrderRecorded(request_id=ID, earlier=EARLIER),
        OrderRecorded(request_id=ID, conflict=True),
        CancelOrders(),
        OpenOrders(kind="errand", orders=(on_record(errand()),)),
    ):
        scene.tell(late)
    scene.stage.advance(100.0)
    assert len(scene.journal.take_all(RecordEnded)) == 1
    assert ran(scene) == [(ID, ())]
    assert not scene.asker.heard


def test_an_acceptance_that_is_answered_twice_is_carried_out_once(scene: OrderScene) -> None:
    scene.accept(errand())
    scene.tell(OrderRecorded(request_id=ID))
    assert len(ran(scene)) == 1


def test_the_outcome_of_an_open_order_is_told_by_the_journal_alone(scene: OrderScene) -> None:
    scene.accept(errand())
    scene.tell(ErrandDone(request_id=ID))
    assert not scene.asker.heard


# --- refusals ------------------------------------------------------------------------------------------------


def test_a_refusal_names_every_objection_and_is_recorded_in_one_step(scene: OrderScene) -> None:
    scene.submit(errand(where="", deadline_s=0.5))
    outcome = scene.record().outcome
    assert outcome is not None
    assert [why.code for why in outcome.reasons] == ["SB-101", "SB-106"]
    assert outcome.status == "refused"
    assert outcome.detail == "nothing was sent: 2 objections"
    assert not ran(scene)
    assert not scene.journal.take_all(RecordEnded)
    assert scene.is_at_rest()


def test_a_refusal_is_not_ended_again_by_a_stop_or_by_its_deadline(scene: OrderScene) -> None:
    scene.submit(errand(where=""))
    scene.tell(CancelOrders())
    scene.stage.advance(31.0)
    assert not scene.journal.take_all(RecordEnded)
    assert scene.is_at_rest()


def test_a_full_journal_is_answered_busy_at_once(scene: OrderScene) -> None:
    scene.journal.full = True
    scene.submit(errand())
    outcome = scene.settled()
    assert (outcome.status, outcome.reasons[0].code) == ("refused", "SB-506")
    assert scene.is_at_rest()


def test_an_end_that_the_journal_had_no_room_for_is_told_again(scene: OrderScene) -> None:
    scene.accept(errand())
    scene.journal.full = True
    scene.tell(ErrandDone(request_id=ID))
    scene.stage.advance(2.5)
    scene.journal.full = False
    scene.stage.advance(1.0)
    assert scene.ended().status == "succeeded"
    assert scene.is_at_rest()


# --- the same request_id again -------------------------------------------------------------------------------


def test_the_same_order_again_while_it_is_open_has_no_second_effect(scene: OrderScene) -> None:
    scene.accept(errand())
    scene.submit(errand())
    assert not scene.journal.take_all(RecordAccepted)
    assert len(ran(scene)) == 1
    scene.tell(ErrandDone(request_id=ID))
    assert scene.ended().status == "succeeded"


def test_the_same_order_again_after_its_end_is_answered_with_that(scene: OrderScene) -> None:
    scene.submit(errand())
    scene.record(earlier=EARLIER)
    assert scene.settled() == EARLIER
    assert not ran(scene)
    assert scene.is_at_rest()


def test_everybody_who_gave_it_again_hears_the_earlier_outcome(scene: OrderScene) -> None:
    second = Probe("second")
    scene.submit(errand())
    scene.submit(errand(), second)
    scene.record(earlier=EARLIER)
    assert scene.settled() == EARLIER
    assert second.take(OrderSettled).outcome == EARLIER


def test_an_order_that_is_open_elsewhere_is_left_to_whoever_has_it(scene: OrderScene) -> None:
    scene.submit(errand())
    scene.record(earlier=Outcome(request_id=ID, kind="errand", status="accepted", detail="open"))
    assert not scene.asker.heard
    assert not ran(scene)
    assert scene.is_at_rest()


def test_a_different_order_under_an_open_request_id_is_refused(scene: OrderScene) -> None:
    other = Probe("other")
    scene.accept(errand())
    scene.submit(errand(where="theatre"), other)
    outcome = other.take(OrderSettled).outcome
    assert (outcome.status, outcome.reasons[0].code, outcome.request_id) == ("refused", "SB-108", ID)
    assert not scene.asker.heard
    assert not scene.journal.take_all(RecordAccepted)
    scene.tell(ErrandDone(request_id=ID))
    assert scene.ended().status == "succeeded"


@pytest.mark.parametrize("where", ["theatre", ""])
def test_a_request_id_that_is_on_record_for_a_different_order_is_refused(scene: OrderScene, where: str) -> None:
    scene.submit(errand(where=where))
    scene.record(earlier=EARLIER, conflict=True)
    assert scene.settled().reasons[0].code == "SB-108"
    assert not ran(scene)
    assert scene.is_at_rest()


# --- dry runs ------------------------------------------------------------------------------------------------


def test_a_dry_run_is_on_no_record_and_answered_to_its_asker(scene: OrderScene) -> None:
    scene.submit(errand(dry_run=True))
    scene.actor.progress(scene.cases()[0], "step")
    scene.tell(ErrandDone(request_id=ID))
    assert scene.settled().status == "succeeded"
    assert not scene.journal.heard
    assert scene.is_at_rest()


def test_a_dry_run_is_called_one_in_the_log(scene: OrderScene, log: list[str]) -> None:
    scene.submit(errand(dry_run=True))
    scene.tell(ErrandDone(request_id=ID))
    assert f"errand '{ID}' dry run: succeeded" in log[-1]


def test_a_dry_run_is_refused_without_a_record(scene: OrderScene) -> None:
    scene.submit(errand(dry_run=True, where=""))
    assert scene.settled().status == "refused"
    assert not scene.journal.heard
    assert scene.is_at_rest()


def test_everybody_who_gave_a_dry_run_hears_of_it(scene: OrderScene) -> None:
    second = Probe("second")
    scene.submit(errand(dry_run=True))
    scene.submit(errand(dry_run=True), second)
    scene.tell(ErrandDone(request_id=ID))
    assert scene.settled() == second.take(OrderSettled).outcome


def test_a_dry_run_is_bounded_by_its_deadline(scene: OrderScene) -> None:
    scene.submit(errand(dry_run=True, deadline_s=5.0))
    scene.stage.advance(5.0)
    assert (scene.settled().reasons[0].code, scene.is_at_rest()) == ("SB-301", True)


def test_nobody_needs_to_wait_for_a_dry_run(scene: OrderScene) -> None:
    scene.tell(Submit(order=errand(dry_run=True), peer=PEER))
    scene.tell(ErrandDone(request_id=ID))
    assert scene.is_at_rest()


# --- time ----------------------------------------------------------------------------------------------------


def test_the_deadline_bounds_what_is_under_way(scene: OrderScene) -> None:
    scene.accept(errand(deadline_s=5.0))
    scene.stage.advance(4.9)
    assert not scene.journal.take_all(RecordEnded)
    scene.stage.advance(0.1)
    outcome = scene.ended()
    assert (outcome.status, outcome.reasons[0].code, outcome.latency_ms) == ("failed", "SB-301", 5000.0)
    assert scene.is_at_rest()


def test_an_order_whose_record_is_late_fails_at_its_deadline_and_is_never_begun(scene: OrderScene) -> None:
    scene.submit(errand(deadline_s=5.0))
    scene.stage.advance(6.0)
    assert scene.ended().reasons[0].code == "SB-301"
    scene.record()
    assert not ran(scene)
    assert scene.is_at_rest()


def test_a_late_record_still_tells_who_gave_a_request_id_twice(scene: OrderScene) -> None:
    scene.submit(errand(deadline_s=5.0))
    scene.stage.advance(6.0)
    scene.record(earlier=EARLIER)
    assert scene.settled() == EARLIER


def test_a_record_that_never_comes_leaves_nothing_behind(scene: OrderScene) -> None:
    scene.submit(errand(deadline_s=5.0))
    scene.submit(errand(request_id="refused", where=""))
    scene.stage.advance(36.0)
    assert scene.is_at_rest()


def test_a_stop_interrupts_every_open_order(scene: OrderScene) -> None:
    scene.accept(errand())
    scene.accept(errand(request_id="second"))
    scene.submit(errand(request_id="unrecorded"))
    scene.tell(CancelOrders())
    ends = [end.outcome for end in scene.journal.take_all(RecordEnded)]
    assert {end.request_id: end.reasons[0].code for end in ends} == {
        ID: "SB-504",
        "second": "SB-504",
        "unrecorded": "SB-504",
    }
    assert {end.status for end in ends} == {"interrupted"}
    scene.record()
    assert scene.is_at_rest()
