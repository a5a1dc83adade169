"""What tests of the journal share: orders, forms, and a store in a directory of their own."""

from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from messages.base import Json, Recipient
from messages.journal import (
    Delivery,
    DueDeliveries,
    Group,
    OrderRecorded,
    RecordAccepted,
    RecordAttempt,
    Recorded,
    RecordEnded,
    TakeDeliveries,
)
from messages.orders import Outcome, Peer, Status
from messages.transfers import StartTransfer
from messages.webhooks import WebhookState
from rules.outcomes import outcome_as_json, outcome_from_json
from storage.engines import store_url, writer
from storage.forms import Forms
from storage.journal import Journal
from storage.store import Store
from tests.kit import Probe

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
OPERATOR = Peer(role="operator", pid=7, uid=1000, gid=1000)
CRM = "https://crm.example/hook?key=SECRET"
FORMS = Forms(
    orders={"transfer": TypeAdapter(StartTransfer).validate_json},
    outcome_as_json=outcome_as_json,
    outcome_from_json=outcome_from_json,
)


def open_store(data_dir: Path, url: str | None = None) -> Store:
    return Store(data_dir, FORMS, url)


def transfer(request_id: str = "r-1", **fields: Any) -> StartTransfer:
    given: dict[str, Any] = {"interaction_id": "i-1", "destination_uri": "genesys://user/7"}
    return StartTransfer(request_id=request_id, **(given | fields))


def accepted(request_id: str = "r-1", reply_to: Recipient | None = None, **fields: Any) -> RecordAccepted:
    return RecordAccepted(
        order=transfer(request_id, **fields),
        peer=OPERATOR,
        effect_id=f"effect-{request_id}",
        reply_to=reply_to or Probe("caller"),
    )


def outcome(request_id: str = "r-1", status: Status = "succeeded", **fields: Any) -> Outcome:
    return Outcome(request_id=request_id, kind="transfer", status=status, detail=status, **fields)


def ended(request_id: str = "r-1", status: Status = "succeeded", *webhook_ids: str, **fields: Any) -> RecordEnded:
    """Each delivery of a subject of its own, so that none waits behind another."""
    deliveries = tuple(delivery(webhook_id, subject=f"of {webhook_id}") for webhook_id in webhook_ids)
    return RecordEnded(outcome=outcome(request_id, status, **fields), deliveries=deliveries)


def delivery(webhook_id: str = "w-1", *, url: str = CRM, subject: str = "i-1", **body: Json) -> Delivery:
    return Delivery(webhook_id=webhook_id, url=url, event="transfer.done", subject=subject, body=body)


def posted(*deliveries: Delivery, request_id: str = "r-1") -> list[Recorded]:
    """An order that ended with these deliveries."""
    return [accepted(request_id), RecordEnded(outcome=outcome(request_id), deliveries=deliveries)]


def attempt(webhook_id: str = "w-1", state: WebhookState = "delivered", **fields: Any) -> RecordAttempt:
    return RecordAttempt(webhook_id=webhook_id, state=state, **({"due_at_s": 0.0, "attempts": 1} | fields))


def due(journal: Journal, after_s: float = 0.0, **fields: Any) -> DueDeliveries:
    """What is due so long after noon; without limits that matter."""
    given: dict[str, Any] = {"number": 1, "limit": 1_000_000, "per_endpoint": 1_000_000}
    asked = TakeDeliveries(reply_to=Probe("webhooks"), now_s=NOON.timestamp() + after_s, **(given | fields))
    return journal.due_deliveries(asked)


def ids(found: DueDeliveries) -> list[str]:
    return [one.webhook_id for one in found.deliveries]


def record(journal: Journal, messages: Iterable[Recorded], now: datetime = NOON) -> Group:
    """One durable group."""
    for message in messages:
        journal.enter(message)
    group = journal.seal(now)
    journal.commit()
    return group


def heard(group: Group) -> list[OrderRecorded]:
    """What is told to those who gave the group its orders."""
    return [recorded for _recipient, recorded in group.recorded if isinstance(recorded, OrderRecorded)]


def tamper(data_dir: Path, *statements: str) -> None:
    """What somebody with the file and an SQL shell can do."""
    engine = writer(store_url(data_dir, None))
    with engine.begin() as connection:
        for statement in statements:
            connection.exec_driver_sql(statement)
    engine.dispose()
