"""The demo's receiver agrees with the library that the gateway signs with, and with nobody else."""

from datetime import UTC, datetime
from typing import Any

import pytest
from standardwebhooks.webhooks import Webhook

from control.demo_webhooks import is_signed, new_secret, rows, told

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


def delivery(*secrets: str, **changed: str) -> dict[str, Any]:
    raw = '{"sessionId":"s9","executionState":"completed"}'
    signature = " ".join(Webhook(secret).sign("w-1", NOON, raw) for secret in secrets)
    stamp = str(int(NOON.timestamp()))
    headers = {"webhook-id": "w-1", "webhook-timestamp": stamp, "webhook-signature": signature}
    body = {"sessionId": "s9", "executionState": "completed"}
    return {"headers": headers | changed, "raw": raw, "body": body, "status": 200}


def test_a_signature_of_the_secret_holds_also_among_others() -> None:
    secret = new_secret()
    assert is_signed(delivery(secret), secret)
    assert is_signed(delivery(new_secret(), secret), secret)


@pytest.mark.parametrize("changed", [{"webhook-id": "w-2"}, {"webhook-timestamp": "1"}, {"webhook-signature": ""}])
def test_what_was_changed_on_the_way_does_not(changed: dict[str, str]) -> None:
    secret = new_secret()
    assert not is_signed(delivery(secret) | {"headers": delivery(secret)["headers"] | changed}, secret)
    assert not is_signed(delivery(secret) | {"raw": "{}"}, secret)
    assert not is_signed(delivery(new_secret()), secret)


def test_tells_of_a_transfer_and_of_an_action() -> None:
    assert told({"interaction_id": "interaction-1", "status": "transferred"}) == "interaction-1 transferred"
    assert told({"sessionId": "s9", "executionState": "failed"}) == "s9 failed"


def test_each_webhook_is_a_row() -> None:
    secret = new_secret()
    assert rows("crm", [delivery(secret), delivery(new_secret())], secret) == [
        ("crm", "s9 completed", "200", "holds"),
        ("crm", "s9 completed", "200", "is wrong"),
    ]
