"""The compiled writes fit both databases."""

from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite

from storage.journal import Journal
from storage.schema import events
from storage.statements import Prepared, insert_into, update_of
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
