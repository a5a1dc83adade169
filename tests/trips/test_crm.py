"""What the CRM hears of actions: in order, signed, at least once, and whatever state the CRM or the gateway is in."""

import base64
from typing import Any
from uuid import uuid4

from standardwebhooks.webhooks import Webhook

from tests.trips.house import House, Lodge, transfer
from tests.trips.wire import Wire

CRM = "crm"
SOON = {"webhooks__first_delay_s": 0.1, "webhooks__last_delay_s": 0.3, "webhooks__tries": 50}
SECRETS = tuple("whsec_" + base64.b64encode(letter * 32).decode() for letter in (b"n", b"o"))
ENDS = ["initiated", "completed"]


def with_crm(lodge: Lodge, **settings: object) -> House:
    """A house whose CRM is a sink of the simulator."""
    house = lodge(start=False, assist__slot_timeout_s=60, **settings)
    house.environment["CRM_WEBHOOK_URL"] = crm_url(house)
    return house.open()


def crm_url(house: House) -> str:
    """Where the CRM listens."""
    return f"{house.genesys.url}/sim/sink/{CRM}"


def trigger(wire: Wire, session_id: str, **more: Any) -> dict[str, Any]:
    """The outcome of an action in an agent's session, which succeeds."""
    outcome: dict[str, Any] = wire.call("assist.trigger", **action(session_id, **more))
    assert outcome["status"] == "succeeded", outcome
    return outcome


def action(session_id: str, **more: Any) -> dict[str, Any]:
    """The parameters of assist.trigger."""
    context = {"agentId": "agent-1", "sessionId": session_id, "interactionType": "chat"}
    return {"action_type": "sentiment_analysis", "parameter_matrix": {}, "execution_context": context, **more}


def taken(house: House, session_id: str) -> list[dict[str, Any]]:
    """What the CRM accepted of an agent's session, oldest first."""
    return [sent for sent in heard(house, session_id) if sent.get("status") == 200]


def heard(house: House, session_id: str) -> list[dict[str, Any]]:
    """Every delivery of an agent's session that reached the CRM, oldest first."""
    return [sent for sent in house.genesys.sink(CRM) if sent["body"]["sessionId"] == session_id]


def states(sent: list[dict[str, Any]]) -> list[str]:
    """What they told."""
    return [one["body"]["executionState"] for one in sent]


def ids(sent: list[dict[str, Any]]) -> list[str]:
    """The webhook-id of each."""
    return [one["headers"]["webhook-id"] for one in sent]


def await_crm(house: House, status: int, number: int) -> None:
    """Until the CRM has answered `number` deliveries with `status`."""
    house.await_genesys(f"sink.{CRM}.{status}", number)


def endpoint(wire: Wire, url: str) -> dict[str, Any]:
    """How an endpoint stands."""
    (found,) = [one for one in wire.call("webhook.list")["endpoints"] if one["url"] == url]
    standing: dict[str, Any] = found
    return standing


def test_the_crm_hears_that_an_action_began_and_how_it_ended(lodge: Lodge) -> None:
    house = with_crm(lodge)
    wire = house.wire()
    outcome = trigger(wire, "s-1", correlation_id=str(uuid4()))
    accepted_at = wire.call("command.show", request_id=outcome["request_id"])["accepted_at"]
    await_crm(house, 200, 2)
    sent = taken(house, "s-1")
    assert states(sent) == ENDS
    assert len(set(ids(sent))) == 2
    for one in sent:
        assert one["body"].pop("timestamp") >= accepted_at
        assert one["body"] == {
            "correlationId": outcome["correlation_id"],
            "actionType": "sentiment_analysis",
            "agentId": "agent-1",
            "sessionId": "s-1",
            "executionState": one["body"]["executionState"],
        }


def test_a_failure_is_told_as_one_and_a_refusal_not_at_all(lodge: Lodge) -> None:
    house = with_crm(lodge)
    house.genesys.add_fault("error", code=422, route="assist", session_id="s-1")
    wire = house.wire()
    assert wire.call("assist.trigger", **action("s-2", max_retries=9))["status"] == "refused"
    assert wire.call("assist.trigger", **action("s-1"))["status"] == "failed"
    await_crm(house, 200, 2)
    assert states(taken(house, "s-1")) == ["initiated", "failed"]
    assert heard(house, "s-2") == []


def test_each_session_is_told_in_order(lodge: Lodge) -> None:
    house = with_crm(lodge, **SOON)
    house.genesys.script_sink(CRM, 500, 503, 200, 500)
    wire = house.wire()
    sessions = [f"s-{number}" for number in range(5)]
    outcomes: dict[str, list[str]] = {one: [] for one in sessions}
    for _ in range(4):
        for one in sessions:
            outcomes[one].append(trigger(wire, one)["correlation_id"])
    await_crm(house, 200, 5 * 4 * 2)
    for one in sessions:
        sent = taken(house, one)
        assert states(sent) == ENDS * 4
        assert [each["body"]["correlationId"] for each in sent[::2]] == outcomes[one]


def test_what_is_sent_is_signed_with_the_new_secret_and_the_old_one(lodge: Lodge) -> None:
    house = with_crm(lodge, webhooks__secret=",".join(SECRETS))
    trigger(house.wire(), "s-1")
    await_crm(house, 200, 2)
    for one in taken(house, "s-1"):
        for secret in SECRETS:
            assert Webhook(secret).verify(one["raw"], one["headers"]) == one["body"]


def test_a_crm_that_is_down_for_a_while_hears_it_all_afterwards(lodge: Lodge) -> None:
    house = with_crm(lodge, **SOON)
    house.genesys.script_sink(CRM, then=500)
    wire = house.wire()
    trigger(wire, "s-1")
    await_crm(house, 500, 3)
    assert wire.call("webhook.list", status="pending")["webhooks"][-1]["last_error"] == "the endpoint answered 500"
    house.genesys.script_sink(CRM, {"status": 503}, then=200)
    await_crm(house, 200, 2)
    *tries, end = heard(house, "s-1")
    assert states(tries) == ["initiated"] * len(tries)
    assert len(set(ids(tries))) == 1
    assert [one["status"] for one in tries[-2:]] == [503, 200]
    assert (states([end]), end["status"]) == (["completed"], 200)


def test_a_crm_that_is_gone_is_switched_off_and_nobody_else(lodge: Lodge) -> None:
    house = with_crm(lodge, **SOON)
    house.genesys.script_sink(CRM, then=410)
    wire = house.wire()
    wire.call("events.subscribe", kinds=["webhook.disabled", "webhook.delivered"])
    first = trigger(wire, "s-1")
    assert wire.event("webhook.disabled")["data"]["cause"] == "410"
    trigger(wire, "s-2")
    assert wire.call("transfer.start", **transfer("i-1"))["status"] == "succeeded"
    assert wire.event("webhook.delivered")["data"]["event"].startswith("transfer")
    assert len(house.callbacks("i-1")) == 1
    standing = endpoint(wire, crm_url(house))
    assert (standing["state"], standing["cause"]) == ("disabled", "410")
    (dead,) = wire.call("webhook.list", status="dead")["webhooks"]
    assert (dead["request_id"], dead["event"]) == (first["request_id"], "assist.initiated")
    pending = wire.call("webhook.list", status="pending")["webhooks"]
    assert [one["event"] for one in pending] == ["assist.completed", "assist.initiated", "assist.completed"]
    assert len(house.genesys.sink(CRM)) == 1

    house.genesys.script_sink(CRM)
    answer = wire.call("webhook.redeliver", id=dead["webhook_id"])
    assert answer["endpoint"]["enabled_again"]
    await_crm(house, 200, 4)
    assert states(taken(house, "s-2")) == ENDS
    assert sorted(ids(taken(house, "s-1"))) == sorted([dead["webhook_id"], pending[-1]["webhook_id"]])


def test_what_waited_when_the_gateway_was_killed_is_delivered_after_the_restart(lodge: Lodge) -> None:
    house = with_crm(lodge, **SOON)
    house.genesys.add_fault("status", status=503, route="sink", sink=CRM, times="always")
    wire = house.wire()
    sessions = [f"s-{number}" for number in range(10)]
    for one in sessions:
        trigger(wire, one)
    house.await_genesys(f"sink.{CRM}", 1)
    waiting = {one["webhook_id"] for one in wire.call("webhook.list", status="pending")["webhooks"]}
    assert len(waiting) == 20
    house.kill()
    house.genesys.remove_faults()
    house.open()
    await_crm(house, 200, 20)
    sent = [taken(house, one) for one in sessions]
    assert [states(each) for each in sent] == [ENDS] * 10
    assert {webhook_id for each in sent for webhook_id in ids(each)} == waiting
