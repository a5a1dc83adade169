"""What the CRM hears."""

from datetime import UTC, datetime

import pytest

from messages.orders import Status
from rules.crm_callback import crm_callback, end_state
from tests.rules.assists import UUID4, UUID7, order

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


def test_the_body_is_the_contracts() -> None:
    delivery = crm_callback(order(), UUID4, "initiated", NOON, UUID7, "https://crm.example/hook")
    assert delivery.body == {
        "correlationId": UUID4,
        "actionType": "knowledge_search",
        "agentId": "a-1",
        "sessionId": "s-1",
        "timestamp": "2026-01-01T12:00:00.000Z",
        "executionState": "initiated",
    }
    assert (delivery.webhook_id, delivery.url) == (UUID7, "https://crm.example/hook")
    assert (delivery.event, delivery.subject) == ("assist.initiated", "s-1")


@pytest.mark.parametrize(
    ("status", "state"),
    [("succeeded", "completed"), ("failed", "failed"), ("interrupted", "failed"), ("refused", "failed")],
)
def test_whatever_did_not_succeed_has_failed(status: Status, state: str) -> None:
    assert end_state(status) == state
