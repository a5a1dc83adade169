"""The journal's writing side: groups in one transaction each, and what a restart must know. One thread uses it."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from functools import partial
from threading import Lock

from sqlalchemy import Connection, Engine, Select, TextClause, func, select
from sqlalchemy.engine import RootTransaction

from messages.journal import (
    DueDeliveries,
    EventPublished,
    Group,
    Lasting,
    OpenOrder,
    RecordAttempt,
    Recorded,
    TakeDeliveries,
    Unreadable,
)
from messages.webhooks import OutboxCounted, RedeliverWebhook
from rules.instants import instant
from storage import recovery
from storage.entries import Accepted, Ended, Entry, Noted, Progressed, entry
from storage.forms import Forms
from storage.group import GroupWriter, Heads
from storage.lasting import LastingWriter
from storage.record import GENESIS
from storage.schema import DEAD, PENDING, audit, endpoints, events, outbox
from storage.standing import Endpoint, Posted, Standing
from storage.statements import Statements

EVENTS_KEPT = 100_000
KEEP_DELIVERED_DAYS = 30.0
FORGET_AT_ONCE = 500  # deliveries, so that no commit takes much longer for it
FORGET_EVERY_S = 60.0  # while there are fewer to forget
PRUNE_EVERY = 1_000  # events between two prunings: one delete of a thousand rows is cheaper than a thousand of one


class Journal:
    """`enter` gathers, `seal` writes what was gathered, `commit` makes it durable.

    Any error of the database or the disk is raised (SQLAlchemyError, the driver's, OSError) and makes this journal
    unusable: open another one, and ask it whether it `holds` the group that was sealed.
    """

    def __init__(self, engine: Engine, forms: Forms, keep_delivered_days: float = KEEP_DELIVERED_DAYS) -> None:
        self._engine, self._forms = engine, forms
        self._keep_delivered = timedelta(days=keep_delivered_days)
        self._forgets_next_s = 0.0  # epoch
        self._entries: list[Entry] = []
        self._statements = Statements(engine.dialect)
        self._transaction: RootTransaction | None = None
        self._connection = engine.connect()
        with self._connection.begin():
            self._heads = _heads(self._connection)
            self._endpoints = _endpoints(self._connection)
        self._sealed_heads, self._sealed_endpoints = self._heads, self._endpoints
        self._pruned = 0
        self._busy = Lock()
        self._closed = False

    def enter(self, message: Recorded) -> None:
        """Put `message` into the next group; TypeError where it holds what JSON cannot say."""
        self._entries.append(entry(message, self._forms))

    def seal(self, now: datetime) -> Group:
        """Write what was gathered, and say what it will come to; nothing of it is durable before `commit`."""
        entries, self._entries = self._entries, []
        with self._use():
            self._transaction = self._connection.begin()
            writer = self._writer(entries, now)
            for one in entries:
                writer.add(one)
            fallen_due, unhurried = self._statements.write(self._connection, writer.rows)
            self._sealed_heads, self._sealed_endpoints = writer.heads(), writer.endpoints
            self._prune_events()
            self._forget_delivered(now)
        return writer.group(fallen_due, unhurried)

    def commit(self) -> None:
        """Make the sealed group durable: one transaction, one fsync."""
        if self._transaction is None:
            raise RuntimeError("there is no sealed group")
        with self._use():
            self._transaction.commit()
        self._transaction, self._heads, self._endpoints = None, self._sealed_heads, self._sealed_endpoints

    def holds(self, group: Group) -> bool:
        """Whether `group`, sealed by the journal before this one, has become durable after all."""
        return group.mark is not None and group.mark == (self._heads.audit_seq, self._heads.event_seq)

    def open_orders(self, kind: str, now: datetime) -> tuple[tuple[OpenOrder, ...], tuple[Unreadable, ...]]:
        """The orders of `kind` without an end, oldest first; apart from them those that cannot be rebuilt."""
        with self._use(), self._connection.begin():
            return recovery.open_orders(self._connection, self._forms.orders.get(kind), kind, now)

    def lasting(self, kind: str) -> tuple[Lasting, ...]:
        """What began with a record of `kind` and has not ended, oldest first."""
        with self._use(), self._connection.begin():
            return recovery.lasting_of(self._connection, kind)

    def due_deliveries(self, asked: TakeDeliveries) -> DueDeliveries:
        """What is due at enabled endpoints and in nobody's hand, and when the next one falls due."""
        enabled = [url for url, endpoint in self._endpoints.items() if not endpoint.cause]
        with self._use(), self._connection.begin():
            return recovery.due_deliveries(partial(self._statements.first_due, self._connection), enabled, asked)

    def events_after(self, seq: int, limit: int) -> tuple[EventPublished, ...]:
        """The next events on record after `seq`; older ones than are kept are gone."""
        with self._use(), self._connection.begin():
            return recovery.events_after(self._connection, seq, limit)

    def forgotten_event(self) -> int:
        """The number of the last event that is no longer on record: every later one is."""
        with self._use(), self._connection.begin():
            oldest = self._connection.execute(select(func.min(events.c.seq))).scalar()
        return self.last_event if oldest is None else oldest - 1

    @property
    def last_event(self) -> int:
        """The sequence number of the newest durable event."""
        return self._heads.event_seq

    @property
    def outbox(self) -> OutboxCounted:
        """How the durable outbox stands."""
        disabled = sum(1 for endpoint in self._endpoints.values() if endpoint.cause)
        return OutboxCounted(waiting=self._heads.waiting, dead=self._heads.dead, endpoints_disabled=disabled)

    def close(self) -> None:
        """Let go of the connection, from any thread, without waiting; what was sealed and not committed is undone.

        A thread that is in the middle of something ends with an error once it gets there, whatever came of it.
        """
        self._closed = True
        if self._busy.acquire(blocking=False):
            try:
                self._connection.close()
                self._engine.dispose()
            finally:
                self._busy.release()

    @contextmanager
    def _use(self) -> Iterator[None]:
        try:
            with self._busy:
                self._refuse_if_closed()
                yield
        finally:
            if self._closed:  # whoever closed it meanwhile left the rest to us
                self.close()
        self._refuse_if_closed()

    def _refuse_if_closed(self) -> None:
        if self._closed:
            raise RuntimeError("the journal was closed")

    def _writer(self, entries: list[Entry], now: datetime) -> GroupWriter:
        return GroupWriter(
            heads=self._heads,
            orders=self._standings(entries),
            posted=self._posted(entries),
            endpoints=dict(self._endpoints),
            lasting=LastingWriter(self._lasting(entries)),
            forms=self._forms,
            at=instant(now),
            now_s=now.timestamp(),
        )

    def _standings(self, entries: Iterable[Entry]) -> dict[str, Standing]:
        ids = {request_id for one in entries if (request_id := _order_of(one)) is not None}
        return {row[0]: Standing(*row[1:]) for row in self._statements.orders.rows(self._connection, ids)}

    def _posted(self, entries: Iterable[Entry]) -> dict[str, Posted]:
        ids = {webhook_id for one in entries for webhook_id in _deliveries_of(one)}
        return {row[0]: Posted(*row[1:]) for row in self._statements.deliveries.rows(self._connection, ids)}

    def _lasting(self, entries: list[Entry]) -> Iterator[str]:
        notes = (one.message for one in entries if isinstance(one, Noted))
        ids = {lasting_id for note in notes for lasting_id in (note.begins, note.ends) if lasting_id}
        return (row[0] for row in self._statements.lasting.rows(self._connection, ids))

    def _prune_events(self) -> None:
        last = self._sealed_heads.event_seq - EVENTS_KEPT
        if last >= self._pruned + PRUNE_EVERY:
            self._statements.prune_events(self._connection, last)
            self._pruned = last

    def _forget_delivered(self, now: datetime) -> None:
        """The dead stay: somebody has to look at them."""
        if now.timestamp() < self._forgets_next_s:
            return
        before = instant(now - self._keep_delivered)
        forgotten = self._statements.forget_delivered(self._connection, before, FORGET_AT_ONCE)
        self._forgets_next_s = now.timestamp() + (FORGET_EVERY_S if forgotten < FORGET_AT_ONCE else 0.0)


def _heads(connection: Connection) -> Heads:
    newest = connection.execute(select(audit.c.seq, audit.c.hash).order_by(audit.c.seq.desc()).limit(1)).first()
    event_seq = connection.execute(select(func.max(events.c.seq))).scalar() or 0
    outbox_seq = connection.execute(select(func.max(outbox.c.seq))).scalar() or 0
    audit_seq, audit_hash = (newest.seq, bytes(newest.hash)) if newest else (0, GENESIS)
    waiting, dead = (connection.execute(_counted(state)).scalar() or 0 for state in (PENDING, DEAD))
    return Heads(audit_seq, audit_hash, event_seq, outbox_seq, waiting, dead)


def _counted(state: TextClause) -> Select[int]:
    """By the partial index of that state."""
    return select(func.count()).select_from(outbox).where(state)


def _endpoints(connection: Connection) -> dict[str, Endpoint]:
    return {row.url: Endpoint(row.cause) for row in connection.execute(select(endpoints).order_by(endpoints.c.url))}


def _order_of(one: Entry) -> str | None:
    match one:
        case Accepted():
            return one.message.order.request_id
        case Progressed():
            return one.message.request_id
        case Ended():
            return one.outcome.request_id
        case _:
            return None


def _deliveries_of(one: Entry) -> Iterable[str]:
    match one:
        case RecordAttempt() | RedeliverWebhook():
            return (one.webhook_id,)
        case Ended() | Progressed():
            return [delivery.webhook_id for delivery, _body in one.deliveries]
        case _:
            return ()
