"""A disk that fails under AuditActor: nothing is acknowledged that is not durable, nothing is written twice."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from actors.audit import JournalDoor
from actors.base import ActorFailed
from messages.journal import ClaimOpenOrders, OpenOrders, OrderRecorded, PublishEvent
from storage.store import Store
from tests.actors.audit_scene import Broken, Scene, heard, journal_at
from tests.storage.kit import accepted


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Scene]:
    with journal_at(tmp_path) as scene:
        yield scene


def broken(store: Store, *, durable: bool) -> Callable[[], JournalDoor]:
    return lambda: Broken(store.journal(), durable=durable)  # type: ignore[return-value] # the rest is delegated


def test_what_could_not_be_committed_is_not_acknowledged_but_by_the_next_incarnation(scene: Scene) -> None:
    scene.enter(broken(scene.store, durable=False))
    probe = scene.subscriber()
    scene.crash(accepted(reply_to=scene.caller))
    assert scene.recorded() == []
    assert scene.records() == 0
    scene.enter(scene.store.journal)
    assert scene.recorded() == [OrderRecorded(request_id="r-1")]
    assert heard(probe) == [1]
    assert scene.records() == 1


def test_what_became_durable_after_all_is_not_written_again(scene: Scene) -> None:
    scene.enter(broken(scene.store, durable=True))
    probe = scene.subscriber()
    scene.crash(accepted(reply_to=scene.caller), PublishEvent(kind="token.refreshed"))
    assert scene.recorded() == []
    scene.enter(scene.store.journal)
    assert scene.recorded() == [OrderRecorded(request_id="r-1")]
    assert heard(probe) == [1, 2]
    assert scene.records() == 1


def test_a_journal_that_stays_broken_loses_nothing_however_often_it_is_restarted(scene: Scene) -> None:
    scene.enter(broken(scene.store, durable=False))
    scene.crash(accepted(reply_to=scene.caller))
    for _ in range(3):
        with pytest.raises(ActorFailed, match="Input/output"):
            scene.enter(broken(scene.store, durable=False))
        scene.actor._end()
    scene.enter(scene.store.journal)
    assert len(scene.recorded()) == 1
    assert scene.records() == 1


def test_what_waits_behind_the_crash_is_answered_too(scene: Scene) -> None:
    scene.enter(broken(scene.store, durable=False))
    question = ClaimOpenOrders(kind="transfer", reply_to=scene.caller)
    scene.crash(accepted(reply_to=scene.caller), question, accepted("r-2", scene.caller))
    scene.enter(scene.store.journal)
    scene.stage.run()
    assert [recorded.request_id for recorded in scene.recorded()] == ["r-1", "r-2"]
    (order,) = scene.caller.take(OpenOrders).orders
    assert order.order.request_id == "r-1"


def test_an_abandoned_incarnation_acknowledges_nothing(scene: Scene) -> None:
    scene.seat.address.tell(accepted(reply_to=scene.caller))
    scene.actor.release()
    scene.crash()
    assert scene.recorded() == []
    assert scene.records() == 0
