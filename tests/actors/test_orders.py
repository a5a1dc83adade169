"""The way of any order: intent before effect, one end, one effect, over duplicates and crashes."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, ClassVar

import pytest

from actors.orders import Case, OrderActor
from messages.journal import (
    ClaimOpenOrders,
    OpenOrder,
    OpenOrders,
    OrderRecorded,
    RecordAccepted,
    RecordEnded,
    RecordProgress,
)
from messages.orders import CancelOrders, DeadlinePassed, Order, OrderSettled, Outcome, Peer, Reason, Submit
from rules.catalogue import reason
from tests.actors.scenes import ID, PEER, OrderScene
from tests.kit import Probe


@dataclass(frozen=True, slots=True, kw_only=True)
class RunErrand(Order):
    """A simple kind of order."""

    kind: ClassVar[str] = "errand"
    where: str = "market"


@dataclass(frozen=True, slots=True, kw_only=True)
class ErrandDone:
    """Its effect has happened."""

    request_id: str


class ErrandActor(OrderActor[Any, Case]):
    """Tells a runner, and ends when he is back; `poison` is an errand that crashes whoever begins it."""

    kind = "errand"
    case_type = Case

    def __init__(self, seat: Any, *, journal: Any, runner: Probe) -> None:
        super().__init__(seat, journal=journal)
        self._runner = runner

    def objections(self, order: RunErrand) -> tuple[Reason, ...]:
        return tuple(self._objections(order))

    def _objections(self, order: RunErrand) -> Iterator[Reason]:
        if not order.where:
            yield reason("SB-101", "nowhere is no place")
        if order.deadline_s < 1:
            yield reason("SB-106")

    def carry_out(self, case: Case, steps: tuple[str, ...] = ()) -> None:
        if case.order == RunErrand(request_id="poison"):
            raise ValueError("poison")
        self._runner.tell((case.effect_id, steps))

    def work(self, message: ErrandDone) -> None:
        case = self.cases.get(message.request_id)
        if case is not None:
            self.end(case, "succeeded", "back home")


@pytest.fixture
def scene() -> OrderScene:
    return idle_scene(live=True)


def idle_scene(*, live: bool = False) -> OrderScene:
    runner = Probe("runner")
    scene = OrderScene(ErrandActor, runner=runner)
    scene.runner = runner  # type: ignore[attr-defined]
    if live:
        scene.live()
    return scene


def errand(**fields: Any) -> RunErrand:
    return RunErrand(**{"request_id": ID, **fields})


def ran(scene: OrderScene) -> list[tuple[str, tuple[str, ...]]]:
    """What the runner was told since the last look."""
    return scene.runner.take_all(tuple)  # type: ignore[attr-defined, no-any-return]


def on_record(order: RunErrand, *, age_s: float = 1.0, steps: tuple[str, ...] = (), effect_id: str = ID) -> OpenOrder:
    return OpenOrder(order=order, peer=PEER, effect_id=effect_id, age_s=age_s, steps=steps)


EARLIER = Outcome(request_id=ID, kind="errand", status="succeeded", detail="long ago")


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
    assert "nowhere is no place" in outcome.detail
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


# --- after a restart -----------------------------------------------------------------------------------------


def test_asks_first_of_all_which_orders_are_open() -> None:
    scene = idle_scene()
    scene.live(claim=False)
    claim = scene.journal.take(ClaimOpenOrders)
    assert (claim.kind, claim.reply_to) == ("errand", scene.actor.address)


def test_asks_again_when_the_journal_had_no_room_for_the_question() -> None:
    scene = idle_scene()
    scene.journal.full = True
    scene.live(claim=False)
    scene.journal.full = False
    scene.stage.advance(1.0)
    scene.journal.take(ClaimOpenOrders)


def test_resumes_with_the_same_effect_id_and_what_is_left_of_the_deadline() -> None:
    scene = idle_scene()
    scene.live(on_record(errand(), age_s=20.0, steps=("sent",), effect_id="effect-1"))
    assert ran(scene) == [("effect-1", ("sent", "resumed"))]
    assert scene.journal.take(RecordProgress).step == "resumed"
    scene.stage.advance(10.0)
    assert scene.ended().latency_ms == 30_000.0
    assert scene.is_at_rest()


def test_a_clock_that_was_set_back_gives_no_more_than_the_deadline() -> None:
    scene = idle_scene()
    scene.live(on_record(errand(), age_s=-3600.0))
    scene.stage.advance(30.0)
    assert scene.ended().reasons[0].code == "SB-301"


@pytest.mark.parametrize(
    ("age_s", "steps", "code"), [(30.0, (), "SB-501"), (5.0, ("sent", "resumed", "resumed", "resumed"), "SB-502")]
)
def test_an_order_too_old_or_resumed_too_often_is_interrupted(age_s: float, steps: tuple[str, ...], code: str) -> None:
    scene = idle_scene()
    scene.live(on_record(errand(), age_s=age_s, steps=steps))
    outcome = scene.ended()
    assert (outcome.status, outcome.reasons[0].code) == ("interrupted", code)
    assert not ran(scene)
    assert scene.is_at_rest()


def test_an_order_given_before_the_open_ones_are_known_waits_for_them() -> None:
    scene = idle_scene()
    scene.live(claim=False)
    scene.submit(errand(request_id="monday-7"))
    scene.submit(errand(request_id="new"))
    assert not scene.journal.take_all(RecordAccepted)
    scene.tell(OpenOrders(kind="errand", orders=(on_record(errand(request_id="monday-7"), effect_id="effect-1"),)))
    assert [effect_id for effect_id, _steps in ran(scene)] == ["effect-1"]
    assert [accepted.order.request_id for accepted in scene.journal.take_all(RecordAccepted)] == ["new"]


def test_a_crash_loses_no_order_and_ends_each_once(scene: OrderScene) -> None:
    scene.accept(errand())
    scene.submit(errand(request_id="unrecorded"))
    scene.crash()
    scene.actor.address.tell(Submit(order=errand(request_id="queued"), peer=PEER))
    scene.actor.address.tell(OrderRecorded(request_id="unrecorded"))
    scene.live(claim=False)
    scene.stage.run()
    scene.tell(
        OpenOrders(kind="errand", orders=(on_record(errand()), on_record(errand(request_id="unrecorded"))))
    )
    scene.journal.take(RecordAccepted)
    scene.record()
    names = (ID, "unrecorded", "queued")
    for name in names:
        scene.tell(ErrandDone(request_id=name))
    scene.stage.advance(100.0)
    assert sorted(end.outcome.request_id for end in scene.journal.take_all(RecordEnded)) == sorted(names)
    assert scene.is_at_rest()


def test_a_crash_before_the_open_orders_were_known_buries_what_was_held() -> None:
    scene = idle_scene()
    scene.live(claim=False)
    scene.submit(errand())
    scene.crash()
    (receiver, buried, _why) = scene.stage.dead[0]
    assert (receiver, type(buried)) == ("orders", Submit)


def test_a_crash_tells_who_waits_for_a_dry_run(scene: OrderScene) -> None:
    scene.submit(errand(dry_run=True))
    scene.crash()
    assert scene.settled().status == "interrupted"
    scene.actor.release()
    assert not scene.asker.heard


def test_an_order_that_crashes_its_actor_is_not_resumed_for_ever() -> None:
    scene = idle_scene()
    poison, crashes = errand(request_id="poison"), 0
    steps: tuple[str, ...] = ()
    while True:
        scene.live(claim=False)
        try:
            scene.tell(OpenOrders(kind="errand", orders=(on_record(poison, steps=steps),)))
        except RuntimeError:
            crashes += 1
            steps = (*steps, scene.journal.take(RecordProgress).step)
        else:
            break
    assert crashes == 3
    assert scene.ended().reasons[0].code == "SB-502"


def test_shows_how_many_orders_are_open(scene: OrderScene) -> None:
    scene.accept(errand())
    assert scene.actor.facts() == {"open_orders": 1}


def test_peers_may_differ_where_the_order_is_the_same(scene: OrderScene) -> None:
    scene.accept(errand())
    scene.tell(Submit(order=errand(), peer=Peer(role="admin"), reply_to=scene.asker))
    assert not scene.asker.heard
