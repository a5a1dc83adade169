"""Migrations lead to the schema that the code speaks; a newer store is left alone."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, inspect, text

from storage.engines import store_url, writer
from storage.failures import StoreTooNew
from storage.indexes import metadata
from storage.schema import HEAD
from storage.upgrades import MIGRATIONS, migrate, revision
from tests.storage.kit import open_store, tamper

REOPEN = """
import sys
from pathlib import Path
from tests.storage.kit import open_store
open_store(Path(sys.argv[1])).close()
sys.exit("alembic" in sys.modules)
"""


@pytest.fixture
def engine(tmp_path: Path) -> Engine:
    return writer(store_url(tmp_path, None))


def test_an_empty_store_gets_every_table(engine: Engine) -> None:
    assert migrate(engine)
    assert set(metadata.tables) < set(inspect(engine).get_table_names())


def test_the_migrations_lead_to_exactly_our_schema(engine: Engine) -> None:
    migrate_to(engine, HEAD)
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []


def test_an_empty_store_becomes_what_the_migrations_lead_to(engine: Engine, tmp_path: Path) -> None:
    migrate(engine)
    (tmp_path / "other").mkdir()
    other = writer(store_url(tmp_path / "other", None))
    migrate_to(other, HEAD)
    assert definitions(engine) == definitions(other)
    assert rows(engine, "SELECT * FROM alembic_version") == rows(other, "SELECT * FROM alembic_version")


def test_the_newest_migration_is_the_head_we_name() -> None:
    assert ScriptDirectory(str(MIGRATIONS)).get_current_head() == HEAD


def test_there_is_nothing_to_do_twice(engine: Engine) -> None:
    migrate(engine)
    assert not migrate(engine)


@pytest.mark.parametrize("new", [True, False])
def test_a_store_that_is_new_or_up_to_date_is_opened_without_alembic(tmp_path: Path, *, new: bool) -> None:
    if not new:
        open_store(tmp_path).close()
    root = Path(__file__).parents[2]
    reopened = subprocess.run([sys.executable, "-c", REOPEN, tmp_path], cwd=root, check=False, timeout=60)
    assert reopened.returncode == 0


def test_a_store_that_cannot_be_created_is_left_as_it_was(engine: Engine, tmp_path: Path) -> None:
    tamper(tmp_path, "CREATE TABLE outbox (in_the_way TEXT)")
    with pytest.raises(Exception, match="outbox already exists"):
        migrate(engine)
    assert inspect(engine).get_table_names() == ["outbox"]


def test_a_migration_that_fails_leaves_nothing_behind(old: Engine, tmp_path: Path) -> None:
    tamper(tmp_path, "CREATE TABLE lasting (in_the_way TEXT)")
    before = definitions(old)
    with pytest.raises(Exception, match="lasting already exists"):
        migrate(old)
    assert definitions(old) == before
    assert rows(old, "SELECT version_num FROM alembic_version") == [("0001",)]


def test_a_store_of_a_newer_version_is_left_alone(tmp_path: Path) -> None:
    open_store(tmp_path).close()
    tamper(tmp_path, "UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(StoreTooNew, match="9999"):
        open_store(tmp_path)
    engine = writer(store_url(tmp_path, None))
    with engine.connect() as connection:
        assert revision(connection) == "9999"
        assert connection.execute(text("SELECT count(*) FROM commands")).scalar() == 0


OLD_OUTBOX = [
    ("w-b", "https://crm.example/", "i-1", "pending", 50.0, "2026-01-01T00:00:01.000Z"),
    ("w-a", "https://crm.example/", "i-1", "pending", 10.0, "2026-01-01T00:00:02.000Z"),
    ("w-c", "https://crm.example/", "i-2", "pending", 20.0, "2026-01-01T00:00:03.000Z"),
    ("w-d", "https://media.example/", "i-1", "dead", 30.0, "2026-01-01T00:00:00.000Z"),
]


def migrate_to(engine: Engine, target: str) -> None:
    with engine.begin() as connection:
        config = Config()
        config.set_main_option("script_location", str(MIGRATIONS))
        config.attributes["connection"] = connection
        step = command.upgrade if target > (revision(connection) or "") else command.downgrade
        step(config, target)


def rows(engine: Engine, query: str) -> list[tuple[Any, ...]]:
    with engine.connect() as connection:
        return [tuple(row) for row in connection.execute(text(query))]


def definitions(engine: Engine) -> dict[str, list[str]]:
    """What there is, and how it was defined; not in which order a table has its columns."""
    found = rows(engine, "SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL")
    return {name: sorted(line.strip(", \t") for line in sql.replace('"', "").splitlines()) for name, sql in found}


@pytest.fixture
def old(engine: Engine) -> Engine:
    """A store of the first release with deliveries in it."""
    migrate_to(engine, "0001")
    with engine.begin() as connection:
        for row in OLD_OUTBOX:
            connection.exec_driver_sql(
                "INSERT INTO outbox (webhook_id, url, subject, state, due_at_s, created_at,"
                " request_id, event, body, attempts, last_error) VALUES (?, ?, ?, ?, ?, ?, 'r', 'e', '{}', 0, '')",
                row,
            )
    return engine


def test_an_outbox_of_the_first_release_gets_its_order_by_age(old: Engine) -> None:
    migrate(old)
    assert rows(old, "SELECT webhook_id, due_at_s FROM outbox ORDER BY seq") == [
        ("w-d", 30.0),
        ("w-b", 50.0),
        ("w-a", None),  # behind w-b
        ("w-c", 20.0),
    ]
    assert rows(old, "SELECT url, cause FROM endpoints ORDER BY url") == [
        ("https://crm.example/", ""),
        ("https://media.example/", ""),
    ]
    with old.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []


def test_the_way_back_loses_no_delivery(old: Engine) -> None:
    migrate(old)
    migrate_to(old, "0001")
    assert rows(old, "SELECT webhook_id, due_at_s FROM outbox ORDER BY webhook_id") == [
        ("w-a", 0.0),
        ("w-b", 50.0),
        ("w-c", 20.0),
        ("w-d", 30.0),
    ]
    assert migrate(old)
