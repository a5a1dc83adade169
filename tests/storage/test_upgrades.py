"""Migrations lead to the schema that the code speaks; a newer store is left alone."""

import subprocess
import sys
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, inspect, text

from storage.engines import store_url, writer
from storage.failures import StoreTooNew
from storage.schema import HEAD, metadata
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
    migrate(engine)
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []


def test_the_newest_migration_is_the_head_we_name() -> None:
    assert ScriptDirectory(str(MIGRATIONS)).get_current_head() == HEAD


def test_there_is_nothing_to_do_twice(engine: Engine) -> None:
    migrate(engine)
    assert not migrate(engine)


def test_a_store_that_is_up_to_date_is_opened_without_alembic(tmp_path: Path) -> None:
    open_store(tmp_path).close()
    root = Path(__file__).parents[2]
    reopened = subprocess.run([sys.executable, "-c", REOPEN, tmp_path], cwd=root, check=False, timeout=60)
    assert reopened.returncode == 0


def test_a_migration_that_fails_leaves_nothing_behind(engine: Engine, tmp_path: Path) -> None:
    tamper(tmp_path, "CREATE TABLE outbox (in_the_way TEXT)")
    with pytest.raises(Exception, match="outbox already exists"):
        migrate(engine)
    assert inspect(engine).get_table_names() == ["outbox"]


def test_a_store_of_a_newer_version_is_left_alone(tmp_path: Path) -> None:
    open_store(tmp_path).close()
    tamper(tmp_path, "UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(StoreTooNew, match="9999"):
        open_store(tmp_path)
    engine = writer(store_url(tmp_path, None))
    with engine.connect() as connection:
        assert revision(connection) == "9999"
        assert connection.execute(text("SELECT count(*) FROM commands")).scalar() == 0
