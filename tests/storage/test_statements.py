"""The compiled writes fit both databases."""

from pathlib import Path

import pytest
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite

from storage.engines import store_url, writer
from storage.journal import Journal
from storage.schema import commands, events
from storage.statements import STANDINGS, Lookup, Prepared, insert_into, update_of
from storage.store import Store
from tests.storage.kit import accepted, record


def test_sqlite_gets_rows_as_they_are() -> None:
    prepared = Prepared(*insert_into(events, "seq at kind data"), SQLiteDialect_pysqlite(paramstyle="qmark"))
    rows = [(1, "at", "kind", "{}")]
    assert prepared.sql.count("?") == 4
    assert prepared.arranged(rows) == rows


def test_rows_are_put_in_the_order_in_which_a_statement_wants_them() -> None:
    prepared = Prepared(*insert_into(events, "data seq kind at"), SQLiteDialect_pysqlite(paramstyle="qmark"))
    assert prepared.arranged([("{}", 1, "kind", "at")]) == [(1, "at", "kind", "{}")]


def test_postgresql_gets_them_by_name() -> None:
    dialect = PGDialect_psycopg()  # type: ignore[no-untyped-call]
    prepared = Prepared(*update_of(events, "kind", "seq"), dialect)
    assert "%(p_kind)s" in prepared.sql
    assert prepared.arranged([("kind", 1)]) == [{"p_kind": "kind", "p_seq": 1}]


def test_nothing_is_run_for_no_rows(journal: Journal) -> None:
    group = record(journal, [accepted()])
    assert group.mark == (1, 1)
    assert record(journal, []).mark is None


@pytest.mark.sqlite
@pytest.mark.parametrize("number", [0, 1, 2, 16, 17, 2_048, 2_049, 5_000])
def test_any_number_of_keys_is_looked_up(store: Store, tmp_path: Path, number: int) -> None:
    keys = [f"r-{count}" for count in range(number)]
    journal = store.journal()
    record(journal, [accepted(key) for key in keys])
    journal.close()
    engine = writer(store_url(tmp_path, None))
    lookup = Lookup(STANDINGS, commands.c.request_id, engine.dialect)
    with engine.begin() as connection:
        found = [row[0] for row in lookup.rows(connection, [*keys, "r-unknown"])]
    assert sorted(found) == sorted(keys)


def test_postgresql_gets_keys_by_name() -> None:
    lookup = Lookup(STANDINGS, commands.c.request_id, PGDialect_psycopg())  # type: ignore[no-untyped-call]
    sql, names = lookup.compiled(16)
    assert names is not None
    assert all(f"%({name})s" in sql for name in names)
