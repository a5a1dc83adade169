"""What a restart reads: orders without an end, deliveries that are due, events that somebody missed."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import Connection, Row, select

from messages.journal import Delivery, DueDeliveries, EventPublished, OpenOrder, PendingDelivery, Unreadable
from messages.orders import Order, Peer
from rules.instants import parsed
from storage.schema import PENDING, STILL_OPEN, commands, events, outbox

Rebuild = Callable[[str], Order]


def open_orders(
    connection: Connection, rebuild: Rebuild | None, kind: str, now: datetime
) -> tuple[tuple[OpenOrder, ...], tuple[Unreadable, ...]]:
    """Orders of `kind` without an end, oldest first; `rebuild` raises ValueError for what it cannot read."""
    found: list[OpenOrder] = []
    unreadable: list[Unreadable] = []
    query = select(commands).where(STILL_OPEN, commands.c.kind == kind).order_by(commands.c.seq)
    for row in connection.execute(query):
        try:
            found.append(_open_order(row, _known(rebuild, kind), now))
        except ValueError as error:
            unreadable.append(Unreadable(request_id=row.request_id, why=str(error)))
    return tuple(found), tuple(unreadable)


def due_deliveries(connection: Connection, now_s: float, limit: int, in_hand: frozenset[str]) -> DueDeliveries:
    """At most `limit` pending deliveries that are due at `now_s` and not `in_hand`."""
    pending = select(outbox).where(PENDING).order_by(outbox.c.due_at_s, outbox.c.webhook_id)
    due: list[PendingDelivery] = []
    for row in connection.execute(pending.limit(limit + len(in_hand) + 1)):
        if row.webhook_id in in_hand:
            continue
        if row.due_at_s > now_s or len(due) == limit:
            return DueDeliveries(deliveries=tuple(due), next_due_s=row.due_at_s)
        due.append(_pending(row))
    return DueDeliveries(deliveries=tuple(due), next_due_s=None)


def events_after(connection: Connection, seq: int, limit: int) -> tuple[EventPublished, ...]:
    """At most `limit` events after `seq`, in order."""
    rows = connection.execute(select(events).where(events.c.seq > seq).order_by(events.c.seq).limit(limit))
    return tuple(EventPublished(seq=row.seq, at=row.at, kind=row.kind, data=orjson.loads(row.data)) for row in rows)


def _known(rebuild: Rebuild | None, kind: str) -> Rebuild:
    if rebuild is None:
        raise ValueError(f"this version knows no orders of kind {kind}")
    return rebuild


def _open_order(row: Row[Any], rebuild: Rebuild, now: datetime) -> OpenOrder:
    return OpenOrder(
        order=rebuild(row.body),
        peer=Peer(**orjson.loads(row.peer)),
        effect_id=row.effect_id,
        age_s=max(0.0, (now - parsed(row.accepted_at)).total_seconds()),
        steps=tuple(orjson.loads(row.steps)),
    )


def _pending(row: Row[Any]) -> PendingDelivery:
    delivery = Delivery(
        webhook_id=row.webhook_id, url=row.url, event=row.event, subject=row.subject, body=orjson.loads(row.body)
    )
    return PendingDelivery(delivery=delivery, attempts=row.attempts)
