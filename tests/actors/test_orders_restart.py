"""Orders over crashes and restarts: none is lost, none ends twice, none is resumed for ever."""

import pytest

from actors.orders import MOST_HELD
from messages.journal import ClaimOpenOrders, OpenOrders, OrderRecorded, RecordAccepted, RecordEnded, RecordProgress
from messages.orders import Peer, Submit
from tests.actors.errands import ErrandDone, errand, idle_scene, on_record, ran
from tests.actors.scenes import ID, PEER, OrderScene


@pytest.fixture
def scene() -> OrderScene:
    return idle_scene(live=True)


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


def test_the_deadline_of_an_order_runs_while_it_waits_for_them() -> None:
    scene = idle_scene()
    scene.live(claim=False)
    for request_id, deadline_s in (("late", 30.0), ("in time", 50.0)):
        scene.submit(errand(request_id=request_id, deadline_s=deadline_s))
    scene.stage.advance(40.0)
    scene.tell(OpenOrders(kind="errand", orders=()))
    scene.stage.advance(0.0)
    late = scene.ended()
    assert (late.request_id, late.status, late.reasons[0].code) == ("late", "failed", "SB-301")
    scene.record()
    scene.record()
    assert len(ran(scene)) == 1
    scene.stage.advance(10.0)
    assert scene.ended().latency_ms == 50_000.0


def test_as_many_orders_wait_for_them_as_a_mailbox_holds() -> None:
    scene = idle_scene()
    scene.live(claim=False)
    for number in range(MOST_HELD):
        scene.submit(errand(request_id=f"r-{number}"))
    scene.submit(errand(request_id="one-too-many"))
    outcome = scene.settled()
    assert (outcome.request_id, outcome.status, outcome.reasons[0].code) == ("one-too-many", "refused", "SB-506")


def test_a_crash_loses_no_order_and_ends_each_once(scene: OrderScene) -> None:
    scene.accept(errand())
    scene.submit(errand(request_id="unrecorded"))
    scene.crash()
    scene.actor.address.tell(Submit(order=errand(request_id="queued"), peer=PEER))
    scene.actor.address.tell(OrderRecorded(request_id="unrecorded"))
    scene.live(claim=False)
    scene.stage.run()
    scene.tell(OpenOrders(kind="errand", orders=(on_record(errand()), on_record(errand(request_id="unrecorded")))))
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
