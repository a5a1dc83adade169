"""switchboardctl webhook …: what is asked, what is shown, and what is completed."""

from types import SimpleNamespace
from typing import Any

import pytest

from control.cli import webhooks
from control.server import ControlServer
from messages.webhooks import (
    EndpointSwitched,
    FindWebhook,
    ListWebhooks,
    RedeliverWebhook,
    SwitchEndpoint,
    WebhookRedelivered,
    WebhookRefused,
)
from tests.control.cli.conftest import Ctl
from tests.control.house import FakeHouse

URL = "https://crm.example/hook"
ROW = {
    "webhook_id": "w-1",
    "request_id": "r-1",
    "event": "transfer.transferred",
    "subject": "i-1",
    "url": URL,
    "state": "dead",
    "attempts": 8,
    "due_at": None,
    "last_error": "the endpoint answered 500",
    "created_at": "2026-01-01T00:00:00.000Z",
}
ENDPOINT: dict[str, Any] = {"url": URL, "state": "enabled", "cause": None, "since": ROW["created_at"], "pending": 0}
BEHIND = ENDPOINT | {"pending": 3}
DISABLED = BEHIND | {"state": "disabled", "cause": "410"}


def test_lists_webhooks(house: FakeHouse, ctl: Ctl) -> None:
    house.actors["archive"].answers[ListWebhooks] = {"webhooks": [ROW], "endpoints": [ENDPOINT]}
    ran = ctl("webhook", "list", "--status", "dead", "--limit", "5")
    assert ran.lines[0].split("\t")[:4] == ["CREATED AT", "STATE", "EVENT", "WEBHOOK ID"]
    assert ran.lines[1].split("\t")[1:4] == ["dead", "transfer.transferred", "w-1"]
    assert len(ran.lines) == 2
    assert house.actors["archive"].hears() == ListWebhooks(status="dead", limit=5)


def test_one_that_waits_behind_an_older_one_says_so(house: FakeHouse, ctl: Ctl) -> None:
    waits = ROW | {"state": "pending", "attempts": 0, "last_error": ""}
    house.actors["archive"].answers[ListWebhooks] = {"webhooks": [waits], "endpoints": []}
    house.actors["archive"].answers[FindWebhook] = waits
    assert ctl("webhook", "list").lines[1].split("\t")[6] == "after those before it for i-1"
    assert "due_at      after those before it for i-1" in ctl("webhook", "show", "w-1").lines
    assert ctl("webhook", "show", "w-1", "--json").json["due_at"] is None


def test_a_list_names_the_endpoints_that_are_disabled_or_behind(house: FakeHouse, ctl: Ctl) -> None:
    house.actors["archive"].answers[ListWebhooks] = {"webhooks": [], "endpoints": [ENDPOINT, BEHIND, DISABLED]}
    ran = ctl("webhook", "list")
    assert ran.lines[0] == "no webhooks on record"
    assert ctl("webhook", "list", "--status", "dead").lines[0] == "no dead webhooks on record"
    assert ran.lines[-2].split("\t") == [URL, "enabled", "", "2026-01-01T00:00:00.000Z", "3"]
    assert ran.lines[-1].split("\t") == [URL, "disabled", "410", "2026-01-01T00:00:00.000Z", "3"]


def test_shows_one_with_its_body(house: FakeHouse, ctl: Ctl) -> None:
    house.actors["archive"].answers[FindWebhook] = ROW | {"body": {"status": "transferred"}}
    ran = ctl("webhook", "show", "w-1")
    assert 'body        {"status": "transferred"}' in ran.lines
    assert ctl("webhook", "show", "w-1", "--json").json["body"] == {"status": "transferred"}


def test_an_unknown_one_is_a_usage_error_with_a_remedy(house: FakeHouse, ctl: Ctl) -> None:
    house.actors["archive"].answers[FindWebhook] = lambda _message: None
    ran = ctl("webhook", "show", "nope")
    assert ran.code == 2
    assert "webhook list" in ran.err


@pytest.mark.parametrize(
    ("answer", "line"),
    [
        ({}, "✔ w-1 is on its way again"),
        ({"enabled_again": True}, f"✔ w-1 is on its way again; {URL} was disabled by its 410 and is enabled again"),
        ({"cause": "operator"}, f"✘ w-1 waits: {URL} is disabled; switchboardctl webhook enable {URL}"),
    ],
)
def test_redelivers_and_says_whether_it_goes(house: FakeHouse, ctl: Ctl, answer: dict[str, Any], line: str) -> None:
    house.journal.answers[RedeliverWebhook] = WebhookRedelivered(webhook_id="w-1", url=URL, **answer)
    ran = ctl("webhook", "redeliver", "w-1")
    assert (ran.code, ran.lines) == (0, [line])


@pytest.mark.parametrize(
    ("verb", "changed", "line"),
    [
        ("disable", True, f"✔ {URL} is disabled; what is for it waits"),
        ("disable", False, f"✔ {URL} already was disabled; what is for it waits"),
        ("enable", True, f"✔ {URL} is enabled; what waits for it goes now"),
        ("enable", False, f"✔ {URL} already was enabled; what waits for it goes now"),
    ],
)
def test_switches_an_endpoint(house: FakeHouse, ctl: Ctl, verb: str, changed: bool, line: str) -> None:
    enabled = verb == "enable"
    house.journal.answers[SwitchEndpoint] = EndpointSwitched(url=URL, enabled=enabled, changed=changed)
    ran = ctl("webhook", verb, URL, "--reason", "it is moved")
    assert (ran.code, ran.lines) == (0, [line])
    note, asked = house.journal.hears(), house.journal.hears()
    assert (note.kind, note.data) == (f"webhook.{verb}", {"reason": "it is moved"})
    assert (asked.enabled, asked.reason, asked.peer.role) == (enabled, "it is moved", "admin")


def test_an_endpoint_that_is_none_is_a_usage_error(house: FakeHouse, ctl: Ctl) -> None:
    house.journal.answers[SwitchEndpoint] = WebhookRefused(message="no delivery was ever for this URL", remedy="look")
    ran = ctl("webhook", "disable", "https://typo.example/")
    assert ran.code == 2
    assert "no delivery was ever for this URL" in ran.err


def test_completes_live_ids_and_urls(house: FakeHouse, door: ControlServer) -> None:
    house.actors["archive"].answers[ListWebhooks] = {"webhooks": [ROW], "endpoints": [ENDPOINT]}
    typed: Any = SimpleNamespace(params={"socket": house.claim.path})
    assert webhooks._ids(typed, "w") == ["w-1"]
    assert webhooks._urls(typed, "https://crm") == [URL]
    assert webhooks._states("d") == ["delivered", "dead"]
