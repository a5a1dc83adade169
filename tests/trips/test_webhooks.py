"""Webhooks on their way out of a whole gateway: signed, at least once, in order; what operators do about the rest."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from queue import SimpleQueue
from typing import Any

import pytest

from examples.webhook_receiver import Receiver
from tests.trips.house import ALL, SINK, House, Lodge, transfer
from tests.trips.wire import PATIENCE_S, Wire

OLD, NEW = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"
BOTH = f"{NEW},{OLD}"


@contextmanager
def receiving(*secrets: str) -> Iterator[tuple[Receiver, "SimpleQueue[tuple[str, Any]]"]]:
    """The example receiver; what it takes for genuine is in the queue."""
    heard: SimpleQueue[tuple[str, Any]] = SimpleQueue()
    with Receiver(0, secrets, lambda webhook_id, body: heard.put((webhook_id, body))) as receiver:
        thread = threading.Thread(target=receiver.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        yield receiver, heard
        receiver.shutdown()
        thread.join(PATIENCE_S)


def rows(wire: Wire, **params: Any) -> dict[str, dict[str, Any]]:
    """The webhooks on record by their interaction."""
    listed = wire.call("webhook.list", limit=ALL, **params)["webhooks"]
    return {row["subject"]: row for row in listed}


def endpoint(wire: Wire) -> dict[str, Any]:
    (only,) = wire.call("webhook.list", limit=1)["endpoints"]
    found: dict[str, Any] = only
    return found


def sink_url(house: House) -> str:
    return f"{house.genesys.url}/sim/sink/{SINK}"


def listening(house: House, *kinds: str) -> Wire:
    """A connection that hears of these kinds of events from now on."""
    wire = house.wire()
    wire.call("events.subscribe", kinds=list(kinds))
    return wire


def test_a_receiver_verifies_what_a_gateway_signs_before_and_after_its_keys_are_rotated(lodge: Lodge) -> None:
    house = lodge(start=False)
    for secrets, keys in [(OLD, [OLD]), (BOTH, [OLD]), (BOTH, [NEW]), (NEW, [NEW])]:
        with receiving(*keys) as (receiver, heard):
            settings = {"MEDIA_SERVER_WEBHOOK": receiver.url, "SWITCHBOARD_WEBHOOKS__SECRET": secrets}
            house.environment.update(settings)
            wire = house.open().wire()
            outcome = wire.call("transfer.start", **transfer("one"))
            webhook_id, body = heard.get(timeout=PATIENCE_S)
            assert (body["transfer_id"], body["status"]) == (outcome["transfer_id"], "transferred")
            assert wire.call("webhook.show", id=webhook_id)["body"] == body
            house.kill()


def test_a_receiver_with_another_key_gets_nothing_and_the_webhook_is_dead(lodge: Lodge) -> None:
    house = lodge(start=False, webhooks__secret=OLD)
    with receiving(NEW) as (receiver, heard):
        house.environment["MEDIA_SERVER_WEBHOOK"] = receiver.url
        house.open()
        events = listening(house, "webhook.dead")
        events.call("transfer.start", **transfer("one"))
        event = events.event("webhook.dead")["data"]
        assert "401" in event["last_error"]
        assert heard.empty()
    dead = rows(events, status="dead")["one"]
    assert (dead["webhook_id"], dead["attempts"], dead["due_at"]) == (event["webhook_id"], 1, None)


def test_a_receiver_that_is_down_gets_it_when_it_is_up_again_under_the_same_id(lodge: Lodge) -> None:
    house = lodge(webhooks__first_delay_s=0.1, webhooks__last_delay_s=0.2)
    house.genesys.script_sink(SINK, 500, 503, {"status": 502})
    events = listening(house, "webhook.delivered")
    events.call("transfer.start", **transfer("one"))
    event = events.event("webhook.delivered")["data"]
    tries = house.callbacks("one")
    assert (event["attempts"], [one["status"] for one in tries]) == (4, [500, 503, 502, 200])
    assert {one["headers"]["webhook-id"] for one in tries} == {event["webhook_id"]}


def test_410_disables_over_a_kill_and_a_redelivery_brings_everything(lodge: Lodge) -> None:
    house = lodge()
    house.genesys.script_sink(SINK, 410)
    events = listening(house, "webhook.disabled")
    events.call("transfer.start", **transfer("one"))
    events.event("webhook.disabled")
    house.kill()

    wire = house.open().wire()
    wire.call("transfer.start", **transfer("two"))
    assert {subject: row["state"] for subject, row in rows(wire).items()} == {"one": "dead", "two": "pending"}
    assert endpoint(wire) | {"since": ""} == {
        "url": sink_url(house),
        "state": "disabled",
        "cause": "410",
        "since": "",
        "pending": 1,
    }
    assert house.callbacks("two") == []

    events = listening(house, "webhook.delivered")
    answer = wire.call("webhook.redeliver", id=rows(wire)["one"]["webhook_id"])
    assert answer["endpoint"]["enabled_again"]
    assert {events.event("webhook.delivered")["data"]["attempts"] for _ in range(2)} == {1}
    assert len({one["headers"]["webhook-id"] for one in house.callbacks("one")}) == 1
    records = wire.call("audit.query", kind="webhook")["records"]
    kinds = {record["kind"]: record["peer"] for record in records}
    assert kinds["webhook.disabled"] is None
    assert kinds["webhook.redelivered"]["role"] == kinds["webhook.enabled"]["role"] == "admin"


def test_what_an_operator_disabled_waits_over_a_kill_until_it_is_enabled(lodge: Lodge) -> None:
    house = lodge()
    events = listening(house, "webhook.delivered")
    events.call("transfer.start", **transfer("one"))
    events.event("webhook.delivered")
    assert events.call("webhook.disable", url=sink_url(house), reason="it is moved")["changed"]
    events.call("transfer.start", **transfer("two"))
    assert rows(events)["two"]["state"] == "pending"
    house.kill()

    events = listening(house.open(), "webhook.delivered")
    events.call("transfer.start", **transfer("three"))
    assert events.call("webhook.enable", url=sink_url(house)) == {
        "url": sink_url(house),
        "state": "enabled",
        "changed": True,
    }
    for _ in range(2):
        events.event("webhook.delivered")
    assert [len(house.callbacks(name)) for name in ("one", "two", "three")] == [1, 1, 1]


@pytest.mark.parametrize("way", ["redeliver", "enable"])
def test_one_that_waits_for_hours_goes_when_it_is_redelivered_or_its_endpoint_enabled(lodge: Lodge, way: str) -> None:
    house = lodge(webhooks__first_delay_s=3600)
    house.genesys.script_sink(SINK, 503)
    house.wire().call("transfer.start", **transfer("one"))
    house.await_genesys(f"sink.{SINK}.503", 1)
    events = listening(house, "webhook.delivered")
    while not (waiting := rows(events)["one"])["attempts"]:
        pass
    assert (waiting["state"], "503" in waiting["last_error"]) == ("pending", True)
    assert events.call("gateway.status")["counts"]["webhooks"] == {"waiting": 1, "dead": 0, "endpoints_disabled": 0}
    asked = {"redeliver": {"id": waiting["webhook_id"]}, "enable": {"url": sink_url(house)}}
    events.call(f"webhook.{way}", **asked[way])
    assert events.event("webhook.delivered")["data"]["attempts"] == 2
    assert events.call("gateway.status")["counts"]["webhooks"]["waiting"] == 0
