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
    RedeliverWebhook,
    SwitchEndpoint,
    WebhookRedelivered,
    WebhookRefused,
)
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


def test_a_switch_in_the_middle_of_a_crash_is_made_by_the_next_incarnation(scene: Scene) -> None:
    scene.tell(*posted(delivery("w-1")))
    broken = scene.store.journal()
    scene.enter(lambda: Broken(broken, durable=False))  # type: ignore[arg-type, return-value]
    scene.crash(SwitchEndpoint(url=CRM, enabled=False, peer=OPERATOR))
    scene.enter(scene.store.journal)
    assert scene.webhooks.take(EndpointDisabled).url == CRM
    shown: Any = scene.archive.webhooks(None, 1)
    assert shown["endpoints"][0]["state"] == "disabled"
