"""The outbox as operators see it: no URL's query, for that may hold a secret."""

from datetime import UTC, datetime
from typing import Any

import orjson
from sqlalchemy import ColumnElement, Connection, Row, func, select

from messages.base import Json
from rules.instants import instant
from storage.redaction import redacted_text
from storage.schema import DEAD, PENDING, endpoints, outbox

PARTIAL = {"pending": PENDING, "dead": DEAD}  # literals: these have indexes of their own


def find_webhook(connection: Connection, webhook_id: str) -> dict[str, Json] | None:
    """One delivery with its body; None where there is none."""
    row = connection.execute(select(outbox).where(outbox.c.webhook_id == webhook_id)).first()
    return None if row is None else _shown(row) | {"body": orjson.loads(row.body)}


def list_webhooks(connection: Connection, state: str | None, limit: int) -> dict[str, Json]:
    """The newest `limit` deliveries, newest first, and every endpoint."""
    query = select(outbox).order_by(_newest_first(state)).limit(limit)
    if state is not None:
        query = query.where(PARTIAL.get(state, outbox.c.state == state))
    shown: list[Json] = [_shown(row) for row in connection.execute(query)]
    return {"webhooks": shown, "endpoints": _endpoints(connection)}


def _newest_first(state: str | None) -> ColumnElement[Any]:
    """Sorted in memory where few are pending: along the index of `seq` all that were delivered would be walked."""
    return (outbox.c.seq + 0 if state == "pending" else outbox.c.seq).desc()


def _endpoints(connection: Connection) -> list[Json]:
    counted = select(outbox.c.url, func.count()).where(PENDING).group_by(outbox.c.url)
    pending = {row[0]: row[1] for row in connection.execute(counted)}
    return [
        {
            "url": redacted_text(row.url),
            "state": "disabled" if row.cause else "enabled",
            "cause": row.cause or None,
            "since": row.changed_at,
            "pending": pending.get(row.url, 0),
        }
        for row in connection.execute(select(endpoints).order_by(endpoints.c.url))
    ]


def _shown(row: Row[Any]) -> dict[str, Json]:
    """`due_at` only while it is pending, and null while it waits behind an older one of its URL and subject."""
    due_at_s = row.due_at_s if row.state == "pending" else None
    return {
        "webhook_id": row.webhook_id,
        "request_id": row.request_id,
        "event": row.event,
        "subject": row.subject,
        "url": redacted_text(row.url),
        "state": row.state,
        "attempts": row.attempts,
        "due_at": None if due_at_s is None else instant(datetime.fromtimestamp(due_at_s, UTC)),
        "last_error": row.last_error,
        "created_at": row.created_at,
    }
