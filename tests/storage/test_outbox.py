"""What a group does to the outbox, decided without a database."""

from collections import Counter
from collections.abc import Mapping
from typing import Any

import pytest

from messages.base import Json
from messages.orders import Peer
from messages.webhooks import (
    EndpointDisabled,
    EndpointEnabled,
    EndpointSwitched,
    RedeliverWebhook,
    SwitchEndpoint,
    WebhookRedelivered,
    WebhookRefused,
    WebhookState,
)
from storage.outbox import OutboxWriter
from storage.standing import Endpoint, Posted
from tests.storage.kit import CRM, OPERATOR, attempt, delivery

AT = "2026-01-01T12:00:00.000Z"
SHOWN = "https://crm.example/hook"
DISABLE = SwitchEndpoint(url=CRM, enabled=False, peer=OPERATOR, reason="it is moved")
ENABLE = SwitchEndpoint(url=CRM, enabled=True, peer=OPERATOR)
REDELIVER = RedeliverWebhook(webhook_id="w-1", peer=OPERATOR)


class Told:
    """Stands for the record: keeps what it was told."""

    def __init__(self) -> None:
        self.kinds: list[str] = []
        self.last: dict[str, Any] = {}

    def __call__(
        self, kind: str, data: Mapping[str, Json], *, request_id: str, subject: str, peer: Peer | None
    ) -> None:
        self.kinds.append(kind)
        self.last = {**data, "of": request_id, "about": subject, "by": peer}


def outbox(*states: WebhookState, endpoint: Endpoint | None = None) -> tuple[OutboxWriter, Told]:
    """An outbox in which w-1, w-2 … stand so, all for one URL."""
    told = Told()
    posted = {
        f"w-{number}": Posted("r-1", CRM, "transfer.done", "i-1", state) for number, state in enumerate(states, 1)
    }
    endpoints = {CRM: endpoint or Endpoint()}
    number: Counter[str] = Counter(states)
    writer = OutboxWriter(seq=10, number=number, posted=posted, endpoints=endpoints, chronicle=told, at=AT, now_s=100.0)
    return writer, told


def test_a_delivery_is_put_behind_all_others_and_its_line_looked_at() -> None:
    writer, told = outbox()
    assert writer.post("r-1", delivery("w-1"), "{}") is None
    assert writer.rows.posted == [("w-1", 11, "r-1", CRM, "transfer.done", "i-1", "{}", AT)]
    assert list(writer.rows.lanes) == [(100.0, CRM, "i-1")]
    assert (writer.seq, told.kinds, writer.rows.new_endpoints) == (11, [], [])


def test_an_endpoint_is_known_from_its_first_delivery_on() -> None:
    writer, _told = outbox()
    for webhook_id in ("w-1", "w-2"):
        writer.post("r-1", delivery(webhook_id, url="https://media.example/"), "{}")
    assert writer.rows.new_endpoints == [("https://media.example/", AT)]
    assert writer.endpoints["https://media.example/"] == Endpoint()


def test_a_delivery_that_is_there_already_is_not_put_in_again() -> None:
    writer, _told = outbox("dead")
    assert writer.post("r-2", delivery("w-1"), "{}") == "delivery w-1 of order r-2, which is already in the outbox"
    assert not writer.rows.posted


def test_a_try_that_is_to_be_repeated_is_no_record_and_lets_nobody_pass() -> None:
    writer, told = outbox("pending")
    assert writer.attempt(attempt("w-1", "pending", due_at_s=9.0, last_error="503")) is None
    assert writer.rows.attempts == [("pending", 9.0, 1, "503", "w-1")]
    assert (told.kinds, writer.rows.lanes) == ([], {})


@pytest.mark.parametrize("state", ["delivered", "dead"])
def test_an_end_is_told_without_the_secrets_of_its_url_and_lets_the_next_go(state: WebhookState) -> None:
    writer, told = outbox("pending")
    writer.attempt(attempt("w-1", state, attempts=3, last_error="it said no"))
    assert told.kinds == [f"webhook.{state}"]
    assert (told.last["url"], told.last["attempts"], told.last["last_error"]) == (SHOWN, 3, "it said no")
    assert (told.last["of"], told.last["about"], told.last["by"]) == ("r-1", "i-1", None)
    assert list(writer.rows.lanes) == [(100.0, CRM, "i-1")]


@pytest.mark.parametrize("state", ["delivered", "dead"])
def test_what_has_ended_has_no_tries(state: WebhookState) -> None:
    writer, told = outbox(state)
    assert writer.attempt(attempt("w-1", "pending")) == f"attempt pending of delivery w-1, which is {state}"
    assert writer.attempt(attempt("w-9")) == "attempt delivered of delivery w-9, which is unknown"
    assert (told.kinds, writer.rows.attempts) == ([], [])


def test_410_disables_and_names_the_delivery() -> None:
    writer, told = outbox("pending")
    writer.attempt(attempt("w-1", "dead", disables=True))
    assert told.kinds == ["webhook.dead", "webhook.disabled"]
    assert told.last == {"url": SHOWN, "cause": "410", "webhook_id": "w-1", "of": "", "about": "", "by": None}
    assert writer.rows.switched == [("410", AT, CRM)]
    assert writer.switched == [EndpointDisabled(url=CRM)]


@pytest.mark.parametrize("cause", ["operator", "410"])
def test_410_at_a_disabled_endpoint_changes_nothing(cause: Any) -> None:
    writer, told = outbox("pending", endpoint=Endpoint(cause))
    writer.attempt(attempt("w-1", "dead", disables=True))
    assert (told.kinds, writer.switched, writer.endpoints[CRM].cause) == (["webhook.dead"], [], cause)


@pytest.mark.parametrize("state", ["delivered", "dead"])
def test_what_ended_is_redelivered_at_the_end_of_its_line(state: WebhookState) -> None:
    writer, told = outbox(state)
    assert writer.redeliver(REDELIVER) == WebhookRedelivered(webhook_id="w-1", url=SHOWN)
    assert writer.rows.again == [(11, "w-1")]
    assert list(writer.rows.lanes) == [(100.0, CRM, "i-1")]
    assert (told.kinds, told.last["was"], told.last["by"]) == (["webhook.redelivered"], state, OPERATOR)
    assert writer.attempt(attempt("w-1")) is None


def test_what_waits_is_hastened_where_it_stands() -> None:
    writer, told = outbox("pending")
    writer.redeliver(REDELIVER)
    assert (writer.rows.hastened, writer.rows.again, writer.rows.lanes) == ([(100.0, "w-1")], [], {})
    assert told.last["was"] == "pending"


def test_what_is_unknown_cannot_be_redelivered() -> None:
    writer, told = outbox()
    assert isinstance(writer.redeliver(REDELIVER), WebhookRefused)
    assert told.kinds == []


def test_redelivering_enables_what_a_410_disabled() -> None:
    writer, told = outbox("dead", endpoint=Endpoint("410"))
    assert writer.redeliver(REDELIVER) == WebhookRedelivered(webhook_id="w-1", url=SHOWN, enabled_again=True)
    assert told.kinds == ["webhook.redelivered", "webhook.enabled"]
    assert (told.last["cause"], told.last["by"]) == ("410", OPERATOR)
    assert writer.switched == [EndpointEnabled(url=CRM)]


def test_redelivering_leaves_disabled_what_an_operator_disabled_and_says_so() -> None:
    writer, told = outbox("dead", endpoint=Endpoint("operator"))
    assert writer.redeliver(REDELIVER) == WebhookRedelivered(webhook_id="w-1", url=SHOWN, cause="operator")
    assert (told.kinds, writer.switched) == (["webhook.redelivered"], [])


def test_a_switch_is_on_record_with_who_did_it_and_why() -> None:
    writer, told = outbox()
    assert writer.switch(DISABLE) == EndpointSwitched(url=SHOWN, enabled=False, changed=True)
    assert told.kinds == ["webhook.disabled"]
    assert (told.last["url"], told.last["cause"], told.last["reason"]) == (SHOWN, "operator", "it is moved")
    assert told.last["by"] == OPERATOR
    assert writer.switch(ENABLE) == EndpointSwitched(url=SHOWN, enabled=True, changed=True)
    assert writer.switched == [EndpointDisabled(url=CRM), EndpointEnabled(url=CRM)]


def test_disabling_what_an_operator_disabled_changes_nothing() -> None:
    writer, told = outbox(endpoint=Endpoint("operator"))
    assert writer.switch(DISABLE) == EndpointSwitched(url=SHOWN, enabled=False, changed=False)
    assert (told.kinds, writer.rows.switched, writer.rows.hurried) == ([], [], {})


def test_what_waits_goes_now_when_its_endpoint_is_enabled() -> None:
    writer, told = outbox("pending", endpoint=Endpoint("operator"))
    writer.switch(ENABLE)
    assert (list(writer.rows.hurried), writer.urls, told.kinds) == ([(100.0, CRM)], {CRM}, ["webhook.enabled"])


def test_enabling_what_is_enabled_only_has_what_waits_go_now_and_is_on_record_too() -> None:
    writer, told = outbox("pending")
    assert writer.switch(ENABLE) == EndpointSwitched(url=SHOWN, enabled=True, changed=False)
    assert (list(writer.rows.hurried), writer.rows.switched, told.kinds) == ([(100.0, CRM)], [], ["webhook.hastened"])
    assert (told.last["url"], told.last["by"]) == (SHOWN, OPERATOR)


def test_an_operator_may_make_a_410_his_own() -> None:
    writer, _told = outbox(endpoint=Endpoint("410"))
    assert writer.switch(DISABLE) == EndpointSwitched(url=SHOWN, enabled=False, changed=True)
    assert writer.endpoints[CRM].cause == "operator"


def test_the_url_as_it_is_shown_means_all_that_look_like_it() -> None:
    writer, _told = outbox()
    writer.post("r-1", delivery("w-1", url=f"{SHOWN}?key=OTHER"), "{}")
    writer.switch(SwitchEndpoint(url=SHOWN, enabled=False, peer=OPERATOR))
    assert {url: endpoint.cause for url, endpoint in writer.endpoints.items()} == {
        CRM: "operator",
        f"{SHOWN}?key=OTHER": "operator",
    }


def test_counts_what_waits_and_what_is_dead() -> None:
    writer, _told = outbox("pending", "pending", "dead", "delivered")
    assert (writer.number["pending"], writer.number["dead"]) == (2, 1)
    writer.post("r-1", delivery("w-5"), "{}")
    writer.attempt(attempt("w-1", "delivered"))
    writer.attempt(attempt("w-2", "dead"))
    writer.attempt(attempt("w-5", "pending"))
    assert (writer.number["pending"], writer.number["dead"]) == (1, 2)
    for webhook_id in ("w-3", "w-4", "w-5"):
        writer.redeliver(RedeliverWebhook(webhook_id=webhook_id, peer=OPERATOR))
    assert (writer.number["pending"], writer.number["dead"]) == (3, 1)


def test_an_endpoint_that_was_never_delivered_to_is_refused() -> None:
    writer, told = outbox()
    refused = writer.switch(SwitchEndpoint(url="https://typo.example/", enabled=False, peer=OPERATOR))
    assert isinstance(refused, WebhookRefused)
    assert "`webhook list`" in refused.remedy
    assert told.kinds == []
