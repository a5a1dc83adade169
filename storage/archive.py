"""The journal's reading side: what operators ask. It has its own connection and never delays a commit."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import orjson
from sqlalchemy import Connection, Engine, Row, Select, func, select

from messages.base import Json
from rules.instants import instant, parsed
from storage.export import write_export
from storage.measures import measure
from storage.redaction import redacted, without
from storage.schema import STILL_OPEN, audit, commands
from storage.verification import Verifier
from storage.webhooks import find_webhook, list_webhooks

PAGE = 2_000  # audit records in memory at a time while walking the chain

RECORDS = select(audit.c.seq, audit.c.at, audit.c.kind, audit.c.interaction_id, audit.c.record, audit.c.hash)


class Archive:
    """Every answer is read anew. One thread uses it; SQLAlchemyError and OSError are raised as they come.

    `confidential` has by kind of order the parameters that are not shown.
    """

    def __init__(self, engine: Engine, confidential: Mapping[str, frozenset[str]]) -> None:
        self._engine, self._confidential = engine, confidential
        self._connection = engine.connect()

    def find(self, request_id: str) -> dict[str, Json] | None:
        """The outcome of one order with accepted_at, ended_at and order; None where there is none."""
        with self._connection.begin():
            row = self._connection.execute(select(commands).where(commands.c.request_id == request_id)).first()
        return None if row is None else self._command(row)

    def newest(self, status: str | None, kind: str | None, limit: int) -> dict[str, Json]:
        """The newest `limit` orders, newest first."""
        query = select(commands).order_by(commands.c.seq.desc()).limit(max(0, limit))
        if status is not None:
            query = query.where(STILL_OPEN if status == "accepted" else commands.c.status == status)
        if kind is not None:
            query = query.where(commands.c.kind == kind)
        with self._connection.begin():
            return {"commands": [self._command(row) for row in self._connection.execute(query)]}

    def webhook(self, webhook_id: str) -> dict[str, Json] | None:
        """One delivery with its body; None where there is none."""
        with self._connection.begin():
            return find_webhook(self._connection, webhook_id)

    def webhooks(self, state: str | None, limit: int) -> dict[str, Json]:
        """The newest `limit` deliveries, newest first, and every endpoint."""
        with self._connection.begin():
            return list_webhooks(self._connection, state, max(0, limit))

    def query(self, interaction_id: str | None, kind: str | None, since: str | None, limit: int) -> dict[str, Json]:
        """Records in order: the first `limit` from `since` on, else the newest; ValueError for a bad `since`."""
        query = _filtered(select(audit.c.record), interaction_id, kind, since).limit(max(0, limit))
        query = query.order_by(audit.c.seq if since is not None else audit.c.seq.desc())
        with self._connection.begin():
            records = [orjson.loads(record) for record in self._connection.execute(query).scalars()]
        return {"records": records if since is not None else records[::-1]}

    def metrics(self, since: str | None) -> dict[str, Json]:
        """The audit.metrics shape over the orders accepted from `since` on; ValueError for a bad `since`."""
        start = None if since is None else instant(parsed(since))
        with self._connection.begin():
            return {"since": start, "kinds": measure(self._connection, start)}

    def verify(self) -> dict[str, Json]:
        """Walk the whole chain; also finds records cut off the end while their orders are still there."""
        with self._connection.begin():
            last_accepted = self._connection.execute(select(func.max(commands.c.seq))).scalar()
        verifier = Verifier()
        for record, claimed in self._links():
            verifier.feed(record, claimed)
        return verifier.result(last_seq=last_accepted).as_json()

    def export(self, path: Path) -> dict[str, Json]:
        """Write the chain to the new file `path`; OSError where that cannot be, FileExistsError where it is."""
        records, head = write_export(path, self._links())
        return {"path": str(path), "records": records, "head": head.hex()}

    def close(self) -> None:
        """Let go of the connection."""
        self._connection.close()
        self._engine.dispose()

    def _command(self, row: Row[Any]) -> dict[str, Json]:
        names = self._confidential.get(row.kind, frozenset())
        order = orjson.loads(redacted(without(row.body.encode(), names)))
        return _outcome(row) | {"accepted_at": row.accepted_at, "ended_at": row.ended_at, "order": order}

    def _links(self) -> Iterator[tuple[bytes, bytes]]:
        """Every (record, hash) in order; a record whose columns contradict it has no hash."""
        last = -(2**62)
        while True:
            page = _page(self._connection, last)
            for row in page:
                yield row.record.encode(), bytes(row.hash) if _agrees(row) else b""
            if len(page) < PAGE:
                return
            last = page[-1].seq


def _page(connection: Connection, last: int) -> list[Row[Any]]:
    with connection.begin():
        return list(connection.execute(RECORDS.where(audit.c.seq > last).order_by(audit.c.seq).limit(PAGE)))


def _agrees(row: Row[Any]) -> bool:
    try:
        record = orjson.loads(row.record)
        columns = (record["at"], record["kind"], record["interaction_id"])
    except (orjson.JSONDecodeError, KeyError, TypeError):
        return False
    return columns == (row.at, row.kind, row.interaction_id)


def _filtered(query: Select[Any], interaction_id: str | None, kind: str | None, since: str | None) -> Select[Any]:
    if interaction_id is not None:
        query = query.where(audit.c.interaction_id == interaction_id)
    if kind is not None:
        query = query.where((audit.c.kind == kind) | ((audit.c.kind >= f"{kind}.") & (audit.c.kind < f"{kind}/")))
    if since is not None:
        query = query.where(audit.c.at >= instant(parsed(since)))
    return query


def _outcome(row: Row[Any]) -> dict[str, Json]:
    if row.outcome is not None:
        ended: dict[str, Json] = orjson.loads(row.outcome)
        return ended
    still_open = {"request_id": row.request_id, "kind": row.kind, "status": row.status}
    return still_open | {"detail": "accepted, not ended yet", "reasons": [], "latency_ms": 0.0, "retries": 0}
