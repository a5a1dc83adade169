"""What AuditActor tells the webhooks actor and operators of the outbox."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from actors.audit import LINGER_S
from messages.journal import DeliveriesWaiting, DueDeliveries, EventPublished, TakeDeliveries
from messages.webhooks import (
    EndpointDisabled,
    EndpointEnabled,
    OutboxCounted,
    RedeliverWebhook,
    SwitchEndpoint,
    WebhookRedelivered,
    WebhookRefused,
)
from storage.statements import HURRY_AT_ONCE
from tests.actors.audit_scene import Broken, Scene, journal_at
from tests.kit import EPOCH
from tests.storage.kit import CRM, OPERATOR, accepted, attempt, delivery, ended, posted


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Scene]:
    with journal_at(tmp_path) as scene:
        yield scene


# --- what other actors ask -----------------------------------------------------------------------------------


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
    assert (due.number, [one.webhook_id for one in due.deliveries]) == (7, ["w-1"])


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


def test_an_endpoint_that_is_enabled_gets_all_that_waits_however_much_it_is(scene: Scene) -> None:
    waiting = [f"w-{number}" for number in range(2 * HURRY_AT_ONCE + 1)]
    later_s = EPOCH.timestamp() + 36_000
    scene.tell(*posted(*(delivery(name, subject=name) for name in waiting)))
    scene.tell(*(attempt(name, "pending", due_at_s=later_s) for name in waiting))
    scene.webhooks.heard.clear()
    scene.tell(SwitchEndpoint(url=CRM, enabled=True, peer=OPERATOR))
    told = scene.webhooks.take_all(DeliveriesWaiting)
    assert [one.count for one in told] == [HURRY_AT_ONCE, HURRY_AT_ONCE, 1]
    assert {url for one in told for url in one.urls} == {CRM}


def test_how_the_outbox_stands_is_left_for_all_to_read_and_durable(scene: Scene) -> None:
    def counted() -> OutboxCounted:
        notice = scene.seat.address.notice
        assert notice is not None
        found: OutboxCounted = notice()
        return found

    assert counted() == OutboxCounted(waiting=0, dead=0, endpoints_disabled=0)
    scene.tell(*posted(delivery("w-1"), delivery("w-2")))
    assert counted() == OutboxCounted(waiting=2, dead=0, endpoints_disabled=0)
    scene.tell(attempt("w-1", "dead", disables=True))
    assert counted().waiting == 2, "nobody waits for a try's record: it goes with the next group"
    scene.stage.advance(LINGER_S)
    assert counted() == OutboxCounted(waiting=1, dead=1, endpoints_disabled=1)


def test_a_switch_in_the_middle_of_a_crash_is_made_by_the_next_incarnation(scene: Scene) -> None:
    scene.tell(*posted(delivery("w-1")))
    broken = scene.store.journal()
    scene.enter(lambda: Broken(broken, durable=False))  # type: ignore[arg-type, return-value]
    scene.crash(SwitchEndpoint(url=CRM, enabled=False, peer=OPERATOR))
    scene.enter(scene.store.journal)
    assert scene.webhooks.take(EndpointDisabled).url == CRM
    shown: Any = scene.archive.webhooks(None, 1)
    assert shown["endpoints"][0]["state"] == "disabled"
