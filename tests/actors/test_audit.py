"""AuditActor against the real store, by hand under a virtual clock."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from actors.audit import GROUP_MESSAGES, LINGER_S, PAGE_EVENTS, AuditActor, Desk, JournalDoor
from actors.base import ActorFailed
from actors.mailbox import CAPACITY
from messages.journal import (
    ClaimLasting,
    ClaimOpenOrders,
    DeliveriesWaiting,
    DueDeliveries,
    EventPublished,
    OpenOrders,
    OrderRecorded,
    ProgressRecorded,
    PublishEvent,
    RecordNote,
    RecordProgress,
    StillLasting,
    Subscribe,
    TakeDeliveries,
    Unsubscribe,
)
from messages.supervision import Describe, Shutdown
from messages.webhooks import (
    EndpointDisabled,
    EndpointEnabled,
    RedeliverWebhook,
    SwitchEndpoint,
    WebhookRedelivered,
    WebhookRefused,
)
from storage.archive import Archive
from storage.journal import Journal
from storage.store import Store
from tests.kit import EPOCH, Probe, Stage
from tests.storage.kit import (
    CRM,
    OPERATOR,
    accepted,
    attempt,
    delivery,
    ended,
    open_store,
    outcome,
    posted,
    tamper,
)

SENT = RecordProgress(request_id="r-1", step="sent")


class Broken:
    """A journal whose disk fails at `commit`: before the group is durable, or after."""

    def __init__(self, journal: Journal, *, durable: bool) -> None:
        self._journal = journal
        self._durable = durable

    def __getattr__(self, name: str) -> object:
        return getattr(self._journal, name)

    def commit(self) -> None:
        if self._durable:
            self._journal.commit()
        raise OSError(5, "Input/output error")


class Scene:
    """A stage with one journal, its archive, and whoever the journal talks to."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.stage = Stage()
        self.desk = Desk()
        self.webhooks = Probe("webhooks")
        self.caller = Probe("caller")
        self.archive: Archive = store.archive()
        self.seat = self.stage.seat("journal")
        self.actor = self._cast(store.journal)
        self.stage.play(self.actor)

    def enter(self, open_journal: Callable[[], JournalDoor]) -> None:
        """The next incarnation, at the same address; the one before it has left."""
        self.actor.actor_stopped.set()
        self.actor.release()
        self.actor = self._cast(open_journal)
        self.stage.play(self.actor)

    def tell(self, *messages: object) -> None:
        for message in messages:
            self.seat.address.tell(message)
        self.stage.run()

    def crash(self, *messages: object) -> None:
        with pytest.raises(ActorFailed):
            self.tell(*messages)
        self.actor._end()

    def recorded(self) -> list[OrderRecorded]:
        return self.caller.take_all(OrderRecorded)

    def subscriber(self, *kinds: str, since_seq: int | None = None) -> Probe:
        probe = Probe("subscriber")
        self.tell(Subscribe(subscriber=probe, kinds=kinds, since_seq=since_seq))
        return probe

    def records(self) -> object:
        return self.archive.verify()["records"]

    def _cast(self, open_journal: Callable[[], JournalDoor]) -> AuditActor:
        return AuditActor(self.seat, open_journal=open_journal, desk=self.desk, webhooks=self.webhooks)


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Scene]:
    store = open_store(tmp_path)
    scene = Scene(store)
    yield scene
    scene.actor.release()
    scene.archive.close()
    store.close()


def heard(probe: Probe) -> list[int]:
    return [event.seq for event in probe.take_all(EventPublished)]


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


# --- a disk that fails ---------------------------------------------------------------------------------------


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


def test_the_webhooks_actor_hears_of_work_and_takes_it(scene: Scene) -> None:
    scene.tell(accepted(), ended("r-1", "succeeded", "w-1", "w-2"))
    assert scene.webhooks.take(DeliveriesWaiting).count == 2
    asked = TakeDeliveries(
        reply_to=scene.webhooks,
        number=7,
        now_s=EPOCH.timestamp(),
        limit=10,
        per_endpoint=10,
        in_hand={CRM: frozenset({"w-2"})},
    )
    scene.tell(asked)
    due = scene.webhooks.take(DueDeliveries)
    assert (due.number, [one.delivery.webhook_id for one in due.deliveries]) == (7, ["w-1"])


def test_the_webhooks_actor_hears_nothing_of_what_waits_behind_another(scene: Scene) -> None:
    scene.tell(*posted(delivery("w-1")))
    scene.webhooks.take(DeliveriesWaiting)
    scene.tell(*posted(delivery("w-2"), request_id="r-2"), attempt("w-1", "pending", due_at_s=2.0**40))
    assert scene.webhooks.take_all(DeliveriesWaiting) == []
    scene.tell(attempt("w-1"))
    scene.stage.advance(LINGER_S)
    assert scene.webhooks.take(DeliveriesWaiting) == DeliveriesWaiting(count=1, urls=frozenset({CRM}))


def test_a_delivered_webhook_is_an_event_and_a_record_once(scene: Scene) -> None:
    probe = scene.subscriber("webhook.delivered")
    scene.tell(accepted(), ended("r-1", "succeeded", "w-1"))
    scene.tell(attempt("w-1", "pending", due_at_s=1.0, last_error="503"), attempt("w-1", attempts=2))
    scene.stage.advance(LINGER_S)
    (event,) = probe.take_all(EventPublished)
    assert event.data["attempts"] == 2
    assert scene.records() == 3


# --- what operators ask of the outbox ------------------------------------------------------------------------


def test_a_redelivery_is_durable_when_it_is_answered_and_told(scene: Scene) -> None:
    scene.tell(*posted(delivery("w-1")), attempt("w-1", "dead"))
    scene.webhooks.take_all(DeliveriesWaiting)
    answer = scene.seat.address.request(RedeliverWebhook(webhook_id="w-1", peer=OPERATOR))
    scene.stage.run()
    assert answer.get(timeout=0) == WebhookRedelivered(webhook_id="w-1", url="https://crm.example/hook")
    assert scene.webhooks.take(DeliveriesWaiting).count == 1
    found = scene.archive.webhook("w-1")
    assert found is not None
    assert found["state"] == "pending"


def test_each_hears_the_answer_to_what_it_asked(scene: Scene) -> None:
    scene.tell(*posted(delivery("w-1")))
    asked = [RedeliverWebhook(webhook_id=webhook_id, peer=OPERATOR) for webhook_id in ("w-9", "w-1")]
    answers = [scene.seat.address.request(message) for message in asked]
    scene.stage.run()
    assert [type(answer.get(timeout=0)) for answer in answers] == [WebhookRefused, WebhookRedelivered]


def test_the_webhooks_actor_hears_of_switches_in_their_order(scene: Scene) -> None:
    scene.tell(*posted(delivery("w-1")))
    for enabled in (False, True):
        scene.tell(SwitchEndpoint(url=CRM, enabled=enabled, peer=OPERATOR))
    assert scene.webhooks.take_all(EndpointDisabled) == [EndpointDisabled(url=CRM)]
    assert scene.webhooks.take_all(EndpointEnabled) == [EndpointEnabled(url=CRM)]


def test_a_switch_in_the_middle_of_a_crash_is_made_by_the_next_incarnation(scene: Scene) -> None:
    scene.tell(*posted(delivery("w-1")))
    broken = scene.store.journal()
    scene.enter(lambda: Broken(broken, durable=False))  # type: ignore[arg-type, return-value]
    scene.crash(SwitchEndpoint(url=CRM, enabled=False, peer=OPERATOR))
    scene.enter(scene.store.journal)
    assert scene.webhooks.take(EndpointDisabled).url == CRM
    shown: Any = scene.archive.webhooks(None, 1)
    assert shown["endpoints"][0]["state"] == "disabled"


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
