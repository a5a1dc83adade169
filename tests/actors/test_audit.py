"""AuditActor against the real store, by hand under a virtual clock."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import cast

import pytest

from actors.audit import GROUP_MESSAGES, LINGER_S, LONGEST_REST_S, RESTS, SEVERAL, AuditActor, Desk, JournalDoor
from actors.base import ActorFailed
from actors.mailbox import CAPACITY
from messages.journal import (
    ClaimLasting,
    ClaimOpenOrders,
    EventPublished,
    OpenOrders,
    OrderRecorded,
    ProgressRecorded,
    RecordNote,
    RecordProgress,
    StillLasting,
)
from messages.supervision import Describe, Shutdown
from tests.actors.audit_scene import Scene, Slow, journal_at
from tests.storage.kit import accepted, ended, tamper


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Scene]:
    with journal_at(tmp_path) as scene:
        yield scene


def slow(scene: Scene, took_s: float) -> JournalDoor:
    return cast(JournalDoor, Slow(scene.store.journal(), scene.stage.world, took_s))


SENT = RecordProgress(request_id="r-1", step="sent")


# --- groups --------------------------------------------------------------------------------------------------


def test_an_order_is_durable_before_its_caller_hears_of_it(scene: Scene) -> None:
    scene.tell(accepted(reply_to=scene.caller))
    assert scene.recorded() == [OrderRecorded(request_id="r-1")]
    assert scene.archive.find("r-1") is not None


def test_all_that_waits_becomes_one_group(scene: Scene) -> None:
    scene.tell(*[accepted(f"r-{number}", scene.caller) for number in range(100)])
    assert len(scene.recorded()) == 100
    assert scene.actor.facts()["groups"] == 1


def test_a_step_that_nobody_waits_for_goes_with_the_next_group(scene: Scene) -> None:
    scene.tell(accepted(reply_to=scene.caller))
    scene.tell(SENT)
    assert (scene.actor.facts()["groups"], scene.records()) == (1, 1)
    scene.tell(ended())
    assert (scene.actor.facts()["groups"], scene.records()) == (2, 3)


def test_a_step_that_no_group_comes_for_makes_one_of_its_own_soon(scene: Scene) -> None:
    scene.tell(accepted(reply_to=scene.caller))
    scene.tell(SENT)
    scene.tell(SENT)
    assert scene.records() == 1
    scene.stage.advance(LINGER_S)
    assert scene.records() == 3


def test_a_step_that_somebody_waits_for_is_durable_as_soon_as_can_be(scene: Scene) -> None:
    scene.tell(accepted(reply_to=scene.caller))
    scene.tell(replace(SENT, reply_to=scene.caller))
    assert scene.records() == 2
    scene.caller.take(ProgressRecorded)


@pytest.mark.parametrize(
    ("took_s", "rest_s"), [(0.002, 0.002 * RESTS), (1.0, LONGEST_REST_S)], ids=["a quick disk", "a slow one"]
)
def test_after_a_group_of_several_more_may_join_the_next(scene: Scene, took_s: float, rest_s: float) -> None:
    scene.enter(lambda: slow(scene, took_s))
    scene.tell(*[accepted(f"r-{number}", scene.caller) for number in range(SEVERAL)])
    assert len(scene.recorded()) == SEVERAL
    scene.tell(accepted("r-4", scene.caller))
    scene.stage.advance(rest_s * 0.9)
    scene.tell(accepted("r-5", scene.caller))
    assert scene.recorded() == []
    scene.stage.advance(rest_s * 0.11)
    assert [one.request_id for one in scene.recorded()] == ["r-4", "r-5"]
    assert scene.actor.facts()["groups"] == 2


def test_a_caller_alone_waits_for_nobody(scene: Scene) -> None:
    scene.enter(lambda: slow(scene, 0.002))
    for number in range(SEVERAL):
        scene.tell(accepted(f"r-{number}", scene.caller))
        assert len(scene.recorded()) == 1


def test_whoever_asks_does_not_wait_for_more_to_join(scene: Scene) -> None:
    scene.enter(lambda: slow(scene, 0.002))
    scene.tell(*[accepted(f"r-{number}", scene.caller) for number in range(SEVERAL)])
    scene.tell(accepted("r-4", scene.caller), ClaimOpenOrders(kind="transfer", reply_to=scene.caller))
    assert len(scene.caller.take(OpenOrders).orders) == SEVERAL + 1


def test_a_group_has_a_bound(scene: Scene) -> None:
    scene.tell(*[RecordNote(kind="note")] * (GROUP_MESSAGES + 1))
    assert scene.actor.facts()["groups"] == 2
    assert scene.records() == GROUP_MESSAGES + 1


def test_a_wake_up_left_in_the_mailbox_does_not_hold_a_group_back(scene: Scene) -> None:
    address = scene.seat.address
    address.tell(accepted(reply_to=scene.caller))
    described = address.request(Describe(), urgent=True)
    scene.stage.run()
    assert described.get(timeout=0).facts["groups"] == 0
    assert len(scene.recorded()) == 1


def test_a_full_mailbox_does_not_keep_a_group_from_being_committed(scene: Scene) -> None:
    scene.tell(*[RecordNote(kind="note")] * CAPACITY)
    assert scene.records() == CAPACITY
    assert scene.stage.dead == []


def test_the_same_order_again_hears_how_the_first_stands(scene: Scene) -> None:
    order = accepted(reply_to=scene.caller)
    scene.tell(order, order)
    scene.tell(order, ended())
    scene.tell(order)
    standings = [recorded.earlier.status if recorded.earlier else None for recorded in scene.recorded()]
    assert standings == [None, "accepted", "accepted", "succeeded"]
    assert scene.records() == 2


def test_another_order_of_the_same_id_is_a_conflict(scene: Scene) -> None:
    scene.tell(accepted(reply_to=scene.caller))
    scene.tell(accepted(reply_to=scene.caller, destination_uri="genesys://user/8"))
    assert [recorded.conflict for recorded in scene.recorded()] == [False, True]


def test_a_second_end_is_refused_and_counted(scene: Scene) -> None:
    scene.tell(accepted(), ended(), ended("r-1", "failed"))
    assert scene.actor.facts()["misfits"] == 1
    found = scene.archive.find("r-1")
    assert found is not None
    assert found["status"] == "succeeded"


def test_an_unwritable_message_falls_alone(scene: Scene) -> None:
    scene.seat.address.tell(accepted(reply_to=scene.caller))
    scene.crash(RecordNote(kind="broken", data={"a": 2**70}))
    scene.enter(scene.store.journal)
    assert len(scene.recorded()) == 1
    ((_receiver, buried, _why),) = scene.stage.dead
    assert isinstance(buried, RecordNote)


# --- what other actors ask -----------------------------------------------------------------------------------


def test_open_orders_are_those_before_the_question(scene: Scene) -> None:
    question = ClaimOpenOrders(kind="transfer", reply_to=scene.caller)
    scene.tell(accepted("r-1"), accepted("r-2"), ended("r-2"), question, accepted("r-3"))
    (order,) = scene.caller.take(OpenOrders).orders
    assert order.order.request_id == "r-1"


def test_the_age_of_an_open_order_is_by_the_wall_clock(scene: Scene) -> None:
    scene.tell(accepted())
    scene.stage.advance(7.5)
    scene.tell(ClaimOpenOrders(kind="transfer", reply_to=scene.caller))
    (order,) = scene.caller.take(OpenOrders).orders
    assert order.age_s == 7.5


def test_an_order_that_cannot_be_read_any_more_is_ended(scene: Scene, tmp_path: Path) -> None:
    probe = scene.subscriber("order.ended")
    scene.tell(accepted())
    tamper(tmp_path, "UPDATE commands SET body = '{}'")
    scene.tell(ClaimOpenOrders(kind="transfer", reply_to=scene.caller))
    assert scene.caller.take(OpenOrders).orders == ()
    assert probe.take(EventPublished).data["status"] == "interrupted"


# --- the end -------------------------------------------------------------------------------------------------


def test_what_still_waits_is_written_before_it_stops(scene: Scene) -> None:
    for number in range(10):
        scene.seat.address.tell(accepted(f"r-{number}", scene.caller))
    described = scene.seat.address.request(Describe())
    scene.seat.address.urge(Shutdown())
    scene.stage.run()
    assert len(scene.recorded()) == 10
    assert described.get(timeout=0).kind == "AuditActor"
    assert scene.records() == 10


def test_an_incarnation_that_never_got_its_journal_stops_quietly(scene: Scene) -> None:
    def refuses() -> JournalDoor:
        raise OSError(30, "Read-only file system")

    actor = AuditActor(scene.stage.seat("other"), open_journal=refuses, desk=Desk(), webhooks=scene.webhooks)
    with pytest.raises(ActorFailed, match="Read-only"):
        actor.on_start()
    actor.release()
    assert actor.facts()["last_event"] is None


# --- what lasts ----------------------------------------------------------------------------------------------


def test_who_asks_what_lasts_hears_of_all_that_was_told_before(scene: Scene) -> None:
    opened = RecordNote(kind="stream.opened", subject="c-1", data={"codec": "PCMU"}, begins="s-1")
    scene.tell(opened, ClaimLasting(kind="stream.opened", reply_to=scene.caller))
    (stream,) = scene.caller.take(StillLasting).lasting
    assert (stream.lasting_id, stream.subject, stream.data) == ("s-1", "c-1", {"codec": "PCMU"})
    scene.tell(RecordNote(kind="stream.closed", ends="s-1"), ClaimLasting(kind="stream.opened", reply_to=scene.caller))
    assert scene.caller.take(StillLasting).lasting == ()
