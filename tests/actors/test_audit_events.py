"""Who subscribes hears of what is durable, without gap or double; what is fleeting is for those who listen now."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from actors.audit import PAGE_EVENTS
from messages.journal import EventPublished, PublishEvent, RecordNote, Subscribe, Subscribed, Unsubscribe
from tests.actors.audit_scene import Scene, heard, journal_at
from tests.kit import Probe
from tests.storage.kit import accepted, ended, outcome, tamper


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Scene]:
    with journal_at(tmp_path) as scene:
        yield scene


# --- events --------------------------------------------------------------------------------------------------


def test_subscribers_hear_of_orders_once_they_are_durable(scene: Scene) -> None:
    probe = scene.subscriber("order.ended")
    scene.tell(accepted(), ended("r-1", "succeeded", extra={"codec": "opus"}))
    event = probe.take(EventPublished)
    assert (event.seq, event.at) == (2, "2026-01-01T00:00:00.000Z")
    assert event.data["codec"] == "opus"
    assert scene.archive.find("r-1") is not None


def test_who_subscribes_in_the_group_of_an_event_hears_it(scene: Scene) -> None:
    probe = Probe("subscriber")
    scene.tell(Subscribe(subscriber=probe), accepted(), ended())
    assert heard(probe) == [1, 2]


def test_who_subscribes_is_answered_after_which_event_everything_is_told(scene: Scene) -> None:
    scene.tell(PublishEvent(kind="stream.opened"))
    scene.seat.address.tell(PublishEvent(kind="stream.gap"))
    probe = Probe("subscriber")
    asked = [scene.seat.address.request(Subscribe(subscriber=probe, since_seq=since)) for since in (None, 0, 99)]
    scene.stage.run()
    assert [reply.get(timeout=0) for reply in asked] == [Subscribed(since_seq=since) for since in (1, 0, 1)]
    assert heard(probe) == [2], "it was not durable yet when the subscription was held"


def test_who_asks_for_events_that_are_forgotten_is_told_so(scene: Scene, tmp_path: Path) -> None:
    scene.tell(*[PublishEvent(kind="stream.gap")] * 5)
    tamper(tmp_path, "DELETE FROM events WHERE seq <= 3")
    probe = Probe("subscriber")
    asked = scene.seat.address.request(Subscribe(subscriber=probe, since_seq=1))
    scene.stage.advance(0.0)
    assert asked.get(timeout=0) == Subscribed(since_seq=3)
    assert heard(probe) == [4, 5]


def test_a_dry_run_is_told_to_who_waits_for_it_and_nowhere_recorded(scene: Scene) -> None:
    probe = scene.subscriber("order.ended")
    scene.tell(replace(accepted(reply_to=scene.caller, dry_run=True), outcome=outcome()))
    assert probe.take(EventPublished).data["request_id"] == "r-1"
    assert len(scene.recorded()) == 1
    assert scene.records() == 0


def test_events_since_a_moment_come_without_gap_or_double(scene: Scene) -> None:
    scene.tell(*[PublishEvent(kind="stream.gap")] * 2_000)
    probe = scene.subscriber(since_seq=5)
    scene.tell(*[PublishEvent(kind="stream.gap")] * 3)
    scene.stage.advance(0.0)
    scene.tell(PublishEvent(kind="stream.gap"))
    assert heard(probe) == list(range(6, 2_005))


def test_a_lagging_subscriber_keeps_nobody_waiting_longer_than_a_page(scene: Scene) -> None:
    scene.tell(*[PublishEvent(kind="stream.gap")] * (2 * PAGE_EVENTS))
    probe = scene.subscriber(since_seq=0)
    scene.stage.timers.ring_next()
    scene.tell(accepted(reply_to=scene.caller))
    assert len(scene.recorded()) == 1
    assert len(heard(probe)) == PAGE_EVENTS


def test_subscribers_outlive_the_incarnation_they_told(scene: Scene) -> None:
    probe, lagging = scene.subscriber(), Probe("lagging")
    scene.tell(PublishEvent(kind="stream.gap"))
    scene.seat.address.tell(Subscribe(subscriber=lagging, since_seq=0))
    scene.crash(RecordNote(kind="broken", data={"a": 2**70}))
    scene.enter(scene.store.journal)
    scene.tell(PublishEvent(kind="stream.gap"))
    scene.stage.advance(0.0)
    assert heard(probe) == heard(lagging) == [1, 2]


def test_who_unsubscribed_is_told_nothing(scene: Scene) -> None:
    probe = scene.subscriber()
    scene.tell(Unsubscribe(subscriber=probe), PublishEvent(kind="stream.gap"))
    assert heard(probe) == []


# --- what is fleeting ----------------------------------------------------------------------------------------


def test_what_is_fleeting_is_for_those_who_listen_now(scene: Scene) -> None:
    live = scene.subscriber()
    scene.tell(PublishEvent(kind="stream.transcript", data={"stream_id": "s-1"}, fleeting={"text": "hello"}))
    assert live.take(EventPublished).data == {"stream_id": "s-1", "text": "hello"}
    scene.tell(PublishEvent(kind="stream.closed"))
    assert live.take(EventPublished).kind == "stream.closed"
    late = scene.subscriber(since_seq=0)
    scene.stage.advance(0.0)
    assert [event.kind for event in late.take_all(EventPublished)] == ["stream.closed"]


def test_what_is_fleeting_makes_nobody_lag(scene: Scene) -> None:
    live = scene.subscriber()
    passing = PublishEvent(kind="stream.transcript", fleeting={"text": "hello"})
    for event in (PublishEvent(kind="stream.opened"), passing, passing, PublishEvent(kind="stream.closed"), passing):
        scene.tell(event)
    assert [event.seq for event in live.take_all(EventPublished)] == [1, 1, 1, 2, 2]
    scene.stage.advance(0.0)
    assert live.take_all(EventPublished) == []


def test_who_still_catches_up_is_not_told_what_is_fleeting(scene: Scene) -> None:
    scene.tell(PublishEvent(kind="stream.opened"))
    late = scene.subscriber(since_seq=0)
    scene.tell(PublishEvent(kind="stream.transcript", fleeting={"text": "hello"}))
    scene.stage.advance(0.0)
    scene.tell(PublishEvent(kind="stream.transcript", fleeting={"text": "again"}))
    heard = late.take_all(EventPublished)
    assert [(event.seq, event.data) for event in heard] == [(1, {}), (1, {"text": "again"})]
