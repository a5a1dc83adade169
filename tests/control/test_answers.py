"""What becomes of an actor's answer before it goes out."""

from datetime import UTC, datetime
from typing import Any

import pytest

from control.answers import in_utc, silent_session
from control.wire import INVALID_PARAMS
from messages.archive import ArchiveRefused, ExportAudit, FindCommand
from messages.sessions import ShowSession
from messages.supervision import ChildRefused, ChildStarted, Describe, Description, RestartChild
from messages.webhooks import (
    EndpointSwitched,
    FindWebhook,
    RedeliverWebhook,
    SwitchEndpoint,
    WebhookRedelivered,
    WebhookRefused,
)
from tests.control.house import Client, FakeHouse, fields_of


def test_a_moment_is_told_in_utc() -> None:
    assert in_utc(None) is None
    assert in_utc(datetime(2026, 1, 1, tzinfo=UTC)) == "2026-01-01T00:00:00.000Z"


def test_a_silent_session_has_every_column_of_the_list() -> None:
    row = silent_session("session.transfer", "did not answer")
    assert isinstance(row, dict)
    assert (row["name"], row["state"], row["last_error"]) == ("transfer", "unresponsive", "did not answer")
    assert set(row) == {"name", "kind", "state", "url", "tls", "connected_since", "reconnects", "last_error"}


def test_an_actor_is_shown_with_its_backlog(house: FakeHouse, client: Client) -> None:
    house.actors["token"].answers[Describe] = Description(
        name="token", kind="TokenActor", incarnation=2, facts={"state": "valid"}
    )
    assert client.call("actor.show", name="token") == {
        "name": "token",
        "kind": "TokenActor",
        "incarnation": 2,
        "backlog": 3,
        "facts": {"state": "valid"},
    }


def test_nobody_of_that_name_is_a_bad_parameter(client: Client) -> None:
    error = client.fails("actor.show", name="nobody")
    assert error["code"] == INVALID_PARAMS
    assert fields_of(error) == {"name": "nobody here is called 'nobody'; see `gateway tree`"}


@pytest.mark.parametrize(
    ("method", "given", "told"),
    [
        ("gateway.drain", {"timeout_s": 5.0, "cancel": True}, {"timeout_s": 5.0, "cancel": True}),
        ("gateway.log_level", {"level": "DEBUG", "for_s": 60.0}, {"level": "DEBUG", "module": None, "for_s": 60.0}),
        ("assist.limit", {"max_in_flight": 25}, {"max_in_flight": 25}),
        ("webhook.redeliver", {"id": "w-1"}, {"id": "w-1"}),
        ("audit.export", {"path": "/var/tmp/a.jsonl"}, {"path": "/var/tmp/a.jsonl"}),
        ("stream.disconnect", {"stream_id": "s", "output_variables": {"pin": "1"}}, {"disconnect_reason": "completed"}),
    ],
)
def test_the_record_tells_what_was_asked_for(
    house: FakeHouse, client: Client, method: str, given: dict[str, Any], told: dict[str, Any]
) -> None:
    client.ask(method, **given)
    note = house.journal.hears()
    assert (note.kind, note.data) == (method, {"reason": "", **told})


def test_a_restart_by_hand_tells_the_new_incarnation_and_goes_on_record(house: FakeHouse, client: Client) -> None:
    house.actors["root"].answers[RestartChild] = ChildStarted(name="token", incarnation=3)
    answer = client.call("actor.restart", name="token", reason="stuck")
    assert answer == {"restarted": True, "name": "token", "incarnation": 3}
    note = house.journal.hears()
    assert (note.kind, note.subject, note.data) == ("actor.restart", "token", {"reason": "stuck"})
    assert note.peer.uid == 1000


def test_a_restart_that_did_not_come_about_says_why(house: FakeHouse, client: Client) -> None:
    house.actors["root"].answers[RestartChild] = ChildRefused(name="x", why="there is no x")
    assert client.call("actor.restart", name="x") == {"restarted": False, "name": "x", "why": "there is no x"}


def test_lists_the_sessions_that_answer_and_those_that_do_not(house: FakeHouse, client: Client) -> None:
    house.add("session.good").answers[ShowSession] = {"name": "good", "state": "open"}
    house.add("session.mute")
    sessions = client.call("session.list")["sessions"]
    assert [(row["name"], row["state"]) for row in sessions] == [("good", "open"), ("mute", "unresponsive")]
    assert "did not answer" in sessions[1]["last_error"]


def test_an_order_that_is_not_on_record_is_a_bad_parameter(house: FakeHouse, client: Client) -> None:
    house.actors["archive"].answers[FindCommand] = lambda _message: None
    error = client.fails("command.show", request_id="r")
    assert error["code"] == INVALID_PARAMS
    assert "command list" in error["data"]["remedy"]


def test_what_the_archive_refuses_is_passed_on_with_its_remedy(house: FakeHouse, client: Client) -> None:
    house.actors["archive"].answers[ExportAudit] = ArchiveRefused(message="it exists", remedy="choose another")
    error = client.fails("audit.export", path="/tmp/x")
    assert (error["code"], error["message"], error["data"]) == (
        INVALID_PARAMS,
        "it exists",
        {"remedy": "choose another"},
    )


def test_an_export_without_a_path_gets_one(house: FakeHouse, client: Client) -> None:
    house.actors["archive"].answers[ExportAudit] = lambda asked: {"path": asked.path}
    assert client.call("audit.export") == {"path": "/data/audit-now.jsonl"}


W1 = "https://crm.example/hook"


def test_a_redelivery_tells_how_its_endpoint_stands(house: FakeHouse, client: Client) -> None:
    house.journal.answers[RedeliverWebhook] = WebhookRedelivered(webhook_id="w-1", url=W1, enabled_again=True)
    assert client.call("webhook.redeliver", id="w-1") == {
        "webhook_id": "w-1",
        "state": "pending",
        "endpoint": {"url": W1, "state": "enabled", "cause": None, "enabled_again": True},
    }
    assert house.journal.hears().kind == "webhook.redeliver"
    asked = house.journal.hears()
    assert (asked.webhook_id, asked.peer.role, asked.peer.uid) == ("w-1", "admin", 1000)
    house.journal.answers[RedeliverWebhook] = WebhookRedelivered(webhook_id="w-1", url=W1, cause="operator")
    endpoint = client.call("webhook.redeliver", id="w-1")["endpoint"]
    assert (endpoint["state"], endpoint["cause"]) == ("disabled", "operator")


def test_a_switch_tells_whether_it_changed_anything(house: FakeHouse, client: Client) -> None:
    house.journal.answers[SwitchEndpoint] = lambda asked: EndpointSwitched(url=W1, enabled=asked.enabled, changed=False)
    assert client.call("webhook.disable", url=W1) == {"url": W1, "state": "disabled", "changed": False}
    assert client.call("webhook.enable", url=W1) == {"url": W1, "state": "enabled", "changed": False}


def test_what_the_outbox_refuses_is_a_bad_parameter_with_its_remedy(house: FakeHouse, client: Client) -> None:
    refused = WebhookRefused(message="there is none", remedy="look at the list")
    house.journal.answers |= {RedeliverWebhook: refused, SwitchEndpoint: refused}
    house.actors["archive"].answers[FindWebhook] = lambda _message: None
    asked = [("redeliver", {"id": "w"}), ("disable", {"url": "w"}), ("enable", {"url": "w"}), ("show", {"id": "w"})]
    for verb, params in asked:
        error = client.fails(f"webhook.{verb}", **params)
        assert error["code"] == INVALID_PARAMS
        assert "list" in error["data"]["remedy"]
