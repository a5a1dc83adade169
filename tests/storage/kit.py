"""What tests of the journal share: orders, forms, and a store in a directory of their own."""

from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from messages.base import Json, Recipient
from messages.journal import Delivery, Group, RecordAccepted, Recorded, RecordEnded
from messages.orders import Outcome, Peer, Status
from messages.transfers import StartTransfer
from rules.outcomes import outcome_as_json, outcome_from_json
from storage.engines import store_url, writer
from storage.forms import Forms
from storage.journal import Journal
from storage.store import Store
from tests.kit import Probe

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
OPERATOR = Peer(role="operator", pid=7, uid=1000, gid=1000)
FORMS = Forms(
    orders={"transfer": TypeAdapter(StartTransfer).validate_json},
    outcome_as_json=outcome_as_json,
    outcome_from_json=outcome_from_json,
)


def open_store(data_dir: Path) -> Store:
    return Store(data_dir, FORMS)


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
    deliveries = tuple(delivery(webhook_id) for webhook_id in webhook_ids)
    return RecordEnded(outcome=outcome(request_id, status, **fields), deliveries=deliveries)


def delivery(webhook_id: str = "w-1", **body: Json) -> Delivery:
    url = "https://crm.example/hook?key=SECRET"
    return Delivery(webhook_id=webhook_id, url=url, event="transfer.done", subject="i-1", body=body)


def record(journal: Journal, messages: Iterable[Recorded], now: datetime = NOON) -> Group:
    """One durable group."""
    for message in messages:
        journal.enter(message)
    group = journal.seal(now)
    journal.commit()
    return group


def tamper(data_dir: Path, *statements: str) -> None:
    """What somebody with the file and an SQL shell can do."""
    engine = writer(store_url(data_dir, None))
    with engine.begin() as connection:
        for statement in statements:
            connection.exec_driver_sql(statement)
    engine.dispose()
