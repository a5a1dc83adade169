"""The QA system's webhook: is it registered, and how to."""

from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from genesys.tutorial.qa_webhook import read_registration, read_webhooks, registration_request, webhooks_request
from genesys.verdicts import PASSED, Verdict
from messages.barges import RegisteredWebhook
from tests.genesys.tutorial.answers import answer, silence, told

QA = "https://qa.example/events?key=1"
EVENT = "conversation:voice:interaction:completed"
OURS = {"id": "w-1", "name": "qa-sync-injection", "address": QA, "event": EVENT, "enabled": True}
FOUND = RegisteredWebhook(name="qa-sync-injection", address=QA, event=EVENT, enabled=True)


def test_the_look_up_may_be_repeated_and_the_registration_may_not() -> None:
    look_up, registration = webhooks_request("https://api.example"), registration_request("https://api.example", QA)
    assert look_up.url == registration.url == "https://api.example/api/v2/webhooks"
    assert (look_up.method, look_up.idempotent) == ("GET", True)
    assert (registration.method, registration.idempotent) == ("POST", False)


def test_the_registration_is_the_seeds() -> None:
    assert orjson.loads(registration_request("https://api.example", QA).body or b"") == {
        "name": "qa-sync-injection",
        "address": QA,
        "event": EVENT,
        "enabled": True,
        "filter": {"field": "conversationId", "operator": "eq", "values": ["*"]},
    }


@pytest.mark.parametrize("key", ["entities", "webhooks", "items", "results"])
def test_a_list_is_found_under_its_key(key: str) -> None:
    assert read_webhooks(answer(200, {key: [OURS, {**OURS, "name": "other"}]})) == (FOUND,)


def test_a_list_alone_is_read_too() -> None:
    assert read_webhooks(answer(200, [OURS])) == (FOUND,)
    assert read_webhooks(answer(200, b" \n[]")) == ()


@pytest.mark.parametrize(
    "body", [{}, {"entities": None}, {"entities": {}}, {"entities": [7, None, "x", {}]}, {"x": [OURS]}]
)
def test_where_none_is_listed_there_is_none(body: object) -> None:
    assert read_webhooks(answer(200, body)) == ()


def test_odd_fields_make_it_no_other_webhook() -> None:
    found = read_webhooks(answer(200, [{"name": "qa-sync-injection", "address": 7, "enabled": False}]))
    assert found == (RegisteredWebhook(name="qa-sync-injection", address="", event="", enabled=False),)


@pytest.mark.parametrize("body", [b"", b"[", b"[1,]", b"[]x", b'[],"entities":[]', b"null", b"[" * 50])
def test_a_list_that_cannot_be_read_is_no_empty_one(body: bytes) -> None:
    assert told(read_webhooks(answer(200, body))) == ("failed", "SB-211")


def test_where_genesys_does_not_tell_it_is_not_known() -> None:
    assert told(read_webhooks(answer(404)))[1] == "SB-213"
    assert told(read_webhooks(answer(403, b"[]"))) == ("failed", "SB-208")
    assert told(read_webhooks(silence("timeout"))) == ("failed", "SB-209")


@pytest.mark.parametrize("status", [200, 201, 409])
def test_it_is_registered_now_or_was_already(status: int) -> None:
    assert read_registration(answer(status)) == PASSED


def test_a_registration_that_may_have_arrived_is_in_doubt() -> None:
    assert told(read_registration(silence("timeout", maybe_sent=True))) == ("failed", "SB-220")
    assert told(read_registration(answer(400))) == ("failed", "SB-213")
    assert told(read_registration(silence("busy"))) == ("failed", "SB-223")


@given(st.integers(100, 599), st.binary(max_size=40) | st.binary(max_size=40).map(lambda body: b"[" + body + b"]"))
def test_no_answer_is_too_odd_to_judge(status: int, body: bytes) -> None:
    found: Any = read_webhooks(answer(status, body))
    assert isinstance(found, Verdict | tuple)
