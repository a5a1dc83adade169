"""The journal's writes: Core statements compiled once, then run by the driver with plain rows."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import (
    BindParameter,
    Connection,
    Delete,
    Insert,
    Update,
    bindparam,
    delete,
    insert,
    literal_column,
    update,
)
from sqlalchemy.engine import Dialect

from storage.group import Row, Rows
from storage.schema import audit, commands, events, outbox


class Prepared:
    """One statement as the driver wants it. Core would spend more time on a row than SQLite does."""

    def __init__(self, statement: Insert | Update | Delete, names: Sequence[str], dialect: Dialect) -> None:
        """`names` are those of the bind parameters in the order of a row."""
        compiled = statement.compile(dialect=dialect)
        self.sql = str(compiled)
        self._names = tuple(names)
        positions = getattr(compiled, "positiontup", None)
        self._order = None if positions is None else [self._names.index(name) for name in positions]
        self._in_order = self._order == list(range(len(self._names)))

    def run(self, connection: Connection, rows: Sequence[Row]) -> None:
        """Run it once for each row; not at all for none."""
        if rows:
            connection.exec_driver_sql(self.sql, self.arranged(rows))

    def arranged(self, rows: Sequence[Row]) -> Any:
        """`rows` as the driver takes them: in its order, or by name."""
        if self._order is None:
            return [dict(zip(self._names, row, strict=True)) for row in rows]
        if self._in_order:
            return list(rows)
        return [tuple(row[place] for place in self._order) for row in rows]


class Statements:
    """Every write of the journal for one dialect."""

    def __init__(self, dialect: Dialect) -> None:
        self._inserts = (
            Prepared(*insert_command(), dialect),
            Prepared(*insert_into(audit, "seq at kind interaction_id record hash"), dialect),
            Prepared(*insert_into(events, "seq at kind data"), dialect),
            Prepared(*insert_delivery(), dialect),
        )
        self._updates = (
            Prepared(*update_of(commands, "steps", "request_id"), dialect),
            Prepared(*update_of(commands, "status ended_at latency_ms outcome", "request_id"), dialect),
            Prepared(*update_of(outbox, "state due_at_s attempts last_error", "webhook_id"), dialect),
        )
        self._prune = Prepared(delete(events).where(events.c.seq <= _bind("seq")), ("p_seq",), dialect)

    def write(self, connection: Connection, rows: Rows) -> None:
        """Everything of one group, new rows before what changes them."""
        inserted = (rows.commands, rows.audit, rows.events, rows.outbox)
        updated = (list(rows.steps.values()), rows.ends, rows.attempts)
        for prepared, batch in zip(self._inserts, inserted, strict=True):
            prepared.run(connection, batch)
        for prepared, batch in zip(self._updates, updated, strict=True):
            prepared.run(connection, batch)

    def prune_events(self, connection: Connection, last_seq: int) -> None:
        """Forget the events up to `last_seq`."""
        self._prune.run(connection, [(last_seq,)])


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
    """A delivery that nobody has tried."""
    columns = "webhook_id request_id url event subject body due_at_s created_at"
    return insert_into(outbox, columns, state="'pending'", attempts="0", last_error="''")


def update_of(table: Any, columns: str, key: str) -> tuple[Update, list[str]]:
    """New `columns` for the row of one `key`, which comes last in a row of parameters."""
    names = columns.split()
    statement = update(table).where(table.c[key] == _bind(key)).values({name: _bind(name) for name in names})
    return statement, [f"p_{name}" for name in [*names, key]]
