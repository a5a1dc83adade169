"""What the journal runs for every group: Core statements compiled once, then run by the driver with plain rows.

The driver is called without Core in between, which takes as long as SQLite itself; its errors come as its own.
"""

from collections.abc import Collection, Iterator, Sequence
from contextlib import closing
from typing import Any

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Connection,
    Delete,
    Insert,
    Select,
    TextClause,
    Update,
    bindparam,
    delete,
    func,
    insert,
    literal_column,
    null,
    select,
    text,
    update,
)
from sqlalchemy.engine import Dialect
from sqlalchemy.engine.interfaces import DBAPICursor

from storage.group import Row, Rows
from storage.schema import DUE, PENDING, audit, commands, endpoints, events, lasting, outbox

STANDINGS = select(  # the key, then the fields of Standing
    commands.c.request_id,
    commands.c.kind,
    commands.c.interaction_id,
    commands.c.peer,
    commands.c.body,
    commands.c.status,
    commands.c.steps,
    commands.c.outcome,
)
POSTED = select(  # the key, then the fields of Posted
    outbox.c.webhook_id, outbox.c.request_id, outbox.c.url, outbox.c.event, outbox.c.subject, outbox.c.state
)
FIRST_DUE = """
SELECT webhook_id, body, attempts, due_at_s FROM outbox
WHERE url = :p_url AND state = 'pending' AND due_at_s IS NOT NULL ORDER BY due_at_s, seq LIMIT :p_most
"""
HURRY = """
UPDATE outbox SET due_at_s = :p_now_s WHERE webhook_id IN (
    SELECT webhook_id FROM outbox WHERE url = :p_url AND state = 'pending' AND due_at_s > :p_now_s
    ORDER BY due_at_s, seq LIMIT :p_most
)
"""
FORGET_DELIVERED = """
DELETE FROM outbox WHERE webhook_id IN (
    SELECT webhook_id FROM outbox WHERE state = 'delivered' AND created_at < :p_before
    ORDER BY created_at LIMIT :p_most
)
"""  # these as text: a LIMIT of Core's brings a parameter of its own with it


HURRY_AT_ONCE = 1_000  # deliveries of one URL with one group: some 10 ms of writing


class Prepared:
    """One statement as the driver wants it. Core would spend more time on a row than SQLite does."""

    def __init__(
        self, statement: Insert | Update | Delete | TextClause, names: Sequence[str], dialect: Dialect
    ) -> None:
        """`names` are those of the bind parameters in the order of a row."""
        compiled = statement.compile(dialect=dialect)
        self.sql = str(compiled)
        self._names = tuple(names)
        positions = getattr(compiled, "positiontup", None)
        self._order = None if positions is None else [self._names.index(name) for name in positions]
        self._in_order = self._order == list(range(len(self._names)))

    def run(self, connection: Connection, rows: Sequence[Row]) -> int:
        """Run it once for each row, not at all for none; how many rows of the table it concerned."""
        if not rows:
            return 0
        with _cursor(connection) as cursor:
            cursor.executemany(self.sql, self.arranged(rows))
            return cursor.rowcount

    def found(self, connection: Connection, row: Row) -> Sequence[Any]:
        """What it selects for this one row of parameters."""
        with _cursor(connection) as cursor:
            cursor.execute(self.sql, self.arranged([row])[0])
            return cursor.fetchall()

    def arranged(self, rows: Sequence[Row]) -> Any:
        """`rows` as the driver takes them: in its order, or by name."""
        if self._order is None:
            return [dict(zip(self._names, row, strict=True)) for row in rows]
        if self._in_order:
            return list(rows)
        return [tuple(row[place] for place in self._order) for row in rows]


class Lookup:
    """Rows by their keys, any number of them: one statement for each of SIZES, filled up with the last key."""

    SIZES = (1, 16, 256)  # to compile one for 2,000 keys takes a tenth of a second, in the middle of the work

    def __init__(self, query: Select[Any], column: ColumnElement[Any], dialect: Dialect) -> None:
        self._query, self._column, self._dialect = query, column, dialect
        self._compiled: dict[int, tuple[str, list[str] | None]] = {}

    def rows(self, connection: Connection, keys: Collection[str]) -> Iterator[Any]:
        """The rows of those of `keys` that there are."""
        left = list(keys)
        while left:
            size = next((size for size in self.SIZES if size >= len(left)), self.SIZES[-1])
            some, left = left[:size], left[size:]
            some += [some[-1]] * (size - len(some))
            sql, names = self.compiled(size)
            parameters: Any = tuple(some) if names is None else dict(zip(names, some, strict=True))
            with _cursor(connection) as cursor:
                cursor.execute(sql, parameters)
                yield from cursor.fetchall()

    def compiled(self, size: int) -> tuple[str, list[str] | None]:
        """The statement for `size` keys, and their names where the driver wants them by name."""
        if size not in self._compiled:
            self._compiled[size] = _keyed(self._query, self._column, size, self._dialect)
        return self._compiled[size]


class Statements:
    """Every write of the journal for one dialect."""

    def __init__(self, dialect: Dialect) -> None:
        self._inserts = (
            Prepared(*insert_command(), dialect),
            Prepared(*insert_into(audit, "seq at kind interaction_id record hash"), dialect),
            Prepared(*insert_into(events, "seq at kind data"), dialect),
            Prepared(*insert_delivery(), dialect),
            Prepared(*insert_into(endpoints, "url changed_at", cause="''"), dialect),
            Prepared(*insert_into(lasting, "lasting_id seq kind subject data begun_at"), dialect),
        )
        self._updates = (
            Prepared(*update_of(commands, "steps", "request_id"), dialect),
            Prepared(*update_of(commands, "status ended_at latency_ms outcome", "request_id"), dialect),
            Prepared(*update_of(outbox, "state due_at_s attempts last_error", "webhook_id"), dialect),
            Prepared(*update_of(endpoints, "cause changed_at", "url"), dialect),
            Prepared(*send_again(), dialect),
        )
        self._forget = Prepared(delete(lasting).where(lasting.c.lasting_id == _bind("id")), ("p_id",), dialect)
        self._hasten = Prepared(*hasten(), dialect)
        self._hurry = Prepared(text(HURRY), ("p_now_s", "p_url", "p_most"), dialect)
        self._move_up = Prepared(*move_up(), dialect)
        self.orders = Lookup(STANDINGS, commands.c.request_id, dialect)
        self.deliveries = Lookup(POSTED, outbox.c.webhook_id, dialect)
        self.lasting = Lookup(select(lasting.c.lasting_id), lasting.c.lasting_id, dialect)
        self._forget_delivered = Prepared(*forget_delivered(), dialect)
        self._first_due = Prepared(text(FIRST_DUE), ("p_url", "p_most"), dialect)
        self._prune = Prepared(delete(events).where(events.c.seq <= _bind("seq")), ("p_seq",), dialect)

    def write(self, connection: Connection, rows: Rows) -> tuple[int, list[str]]:
        """Everything of one group, new rows before what changes them.

        How many deliveries fell due by it, and the URLs at which more should, for which it was too much.
        """
        out = rows.outbox
        self._forget.run(connection, rows.over)
        inserted = (rows.commands, rows.audit, rows.events, out.posted, out.new_endpoints, rows.begun)
        updated = (list(rows.steps.values()), rows.ends, out.attempts, out.switched, out.again)
        for prepared, batch in zip(self._inserts, inserted, strict=True):
            prepared.run(connection, batch)
        for prepared, batch in zip(self._updates, updated, strict=True):
            prepared.run(connection, batch)
        hurried = {url: self._hurry.run(connection, [(now_s, url, HURRY_AT_ONCE)]) for now_s, url in out.hurried}
        fallen_due = self._hasten.run(connection, out.hastened) + self._move_up.run(connection, list(out.lanes))
        return fallen_due + sum(hurried.values()), [url for url, some in hurried.items() if some == HURRY_AT_ONCE]

    def forget_delivered(self, connection: Connection, before: str, most: int) -> int:
        """Forget the oldest deliveries that arrived and were put in before the instant `before`; how many it were."""
        return self._forget_delivered.run(connection, [(before, most)])

    def first_due(self, connection: Connection, url: str, most: int) -> Sequence[Any]:
        """Id, body, attempts and time of the deliveries for `url` that fall due first, by themselves."""
        return self._first_due.found(connection, (url, most))

    def prune_events(self, connection: Connection, last_seq: int) -> None:
        """Forget the events up to `last_seq`."""
        self._prune.run(connection, [(last_seq,)])


def _cursor(connection: Connection) -> "closing[DBAPICursor]":
    """The driver's own: the one SQLAlchemy hands out takes as long as a short statement."""
    driver: Any = connection.connection.driver_connection
    return closing(driver.cursor())


def _keyed(query: Select[Any], column: ColumnElement[Any], size: int, dialect: Dialect) -> tuple[str, list[str] | None]:
    names = [f"key_{number}" for number in range(size)]
    keyed = query.where(column.in_([bindparam(name, type_=column.type) for name in names]))
    compiled = keyed.compile(dialect=dialect)
    return str(compiled), None if getattr(compiled, "positiontup", None) is not None else names


def _bind(name: str) -> BindParameter[Any]:
    return bindparam(f"p_{name}")


def insert_into(table: Any, columns: str, **constants: str) -> tuple[Insert, list[str]]:
    """A row of `columns`, and what is the same in every row as SQL."""
    names = columns.split()
    values: dict[str, Any] = {name: _bind(name) for name in names}
    values |= {name: literal_column(constant) for name, constant in constants.items()}
    return insert(table).values(values), [f"p_{name}" for name in names]


def insert_command() -> tuple[Insert, list[str]]:
    """An open order without steps."""
    columns = "seq request_id kind interaction_id effect_id peer body accepted_at"
    return insert_into(commands, columns, steps="'[]'", status="'accepted'")


def insert_delivery() -> tuple[Insert, list[str]]:
    """A delivery that nobody has tried; due when it is moved up."""
    columns = "webhook_id seq request_id url event subject body created_at"
    return insert_into(outbox, columns, state="'pending'", attempts="0", last_error="''")


def update_of(table: Any, columns: str, key: str) -> tuple[Update, list[str]]:
    """New `columns` for the row of one `key`, which comes last in a row of parameters."""
    names = columns.split()
    statement = update(table).where(table.c[key] == _bind(key)).values({name: _bind(name) for name in names})
    return statement, [f"p_{name}" for name in [*names, key]]


def send_again() -> tuple[Update, list[str]]:
    """Start one that ended anew, at the end of its line; due when it is moved up."""
    started = update(outbox).where(outbox.c.webhook_id == _bind("webhook_id"))
    fresh = started.values(
        seq=_bind("seq"),
        state=literal_column("'pending'"),
        due_at_s=null(),
        attempts=literal_column("0"),
        last_error=literal_column("''"),
    )
    return fresh, ["p_seq", "p_webhook_id"]


def forget_delivered() -> tuple[TextClause, list[str]]:
    """Up to a number of those that arrived, oldest first."""
    return text(FORGET_DELIVERED), ["p_before", "p_most"]


def hasten() -> tuple[Update, list[str]]:
    """Have one that waits for its next try go now; one behind another goes on waiting for that."""
    waiting = update(outbox).where(outbox.c.webhook_id == _bind("webhook_id"), DUE)
    return waiting.values(due_at_s=_bind("now_s")), ["p_now_s", "p_webhook_id"]


def move_up() -> tuple[Update, list[str]]:
    """Have the oldest of one URL and subject fall due, unless it already was."""
    line = outbox.alias("line")
    of_lane = (line.c.url == _bind("url")) & (line.c.subject == _bind("subject"))
    oldest = select(func.min(line.c.seq)).where(text("line.state = 'pending'"), of_lane).scalar_subquery()
    behind = update(outbox).where(outbox.c.seq == oldest, outbox.c.due_at_s.is_(None), PENDING)
    return behind.values(due_at_s=_bind("now_s")), ["p_now_s", "p_url", "p_subject"]
