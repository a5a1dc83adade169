"""What a restart reads: orders without an end, deliveries that are due, events that somebody missed."""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import Connection, Row, select

from messages.journal import (
    DueDeliveries,
    EventPublished,
    Lasting,
    OpenOrder,
    PendingDelivery,
    TakeDeliveries,
    Unreadable,
)
from messages.orders import Order, Peer
from rules.instants import parsed
from storage.schema import STILL_OPEN, commands, events, lasting

Rebuild = Callable[[str], Order]
FirstDue = Callable[[str, int], Sequence[Any]]
"""Up to so many deliveries for a URL that fall due first: id, body, attempts, time."""


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


def due_deliveries(first_due: FirstDue, urls: Iterable[str], asked: TakeDeliveries) -> DueDeliveries:
    """What is due at `urls`, as TakeDeliveries says."""
    due: list[PendingDelivery] = []
    later_s: list[float] = []
    more = False
    for url in sorted(urls, key=lambda url: len(asked.in_hand.get(url, ()))):
        in_hand = asked.in_hand.get(url, frozenset())
        room = max(0, min(asked.limit - len(due), asked.per_endpoint - len(in_hand)))
        rows = first_due(url, room + 1 + len(in_hand)) if room else []
        found = [row for row in rows if row[0] not in in_hand][: room + 1]
        ripe = [_pending(url, *row) for *row, due_at_s in found if due_at_s <= asked.now_s]
        due += ripe[:room]
        more = more or room == 0 or len(ripe) > room
        later_s += [due_at_s for *_, due_at_s in found[len(ripe) :][:1]]
    return DueDeliveries(number=asked.number, deliveries=tuple(due), more=more, next_due_s=min(later_s, default=None))


def lasting_of(connection: Connection, kind: str) -> tuple[Lasting, ...]:
    """What began with a record of `kind` and has not ended, oldest first."""
    rows = connection.execute(select(lasting).where(lasting.c.kind == kind).order_by(lasting.c.seq))
    return tuple(
        Lasting(lasting_id=row.lasting_id, subject=row.subject, data=orjson.loads(row.data), begun_at=row.begun_at)
        for row in rows
    )


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


def _pending(url: str, webhook_id: str, body: str, attempts: int) -> PendingDelivery:
    return PendingDelivery(webhook_id=webhook_id, url=url, body=body.encode(), attempts=attempts)
