"""Bring a store's schema to ours: an empty one gets it as it is now, an older one by Alembic's migrations.

Alembic is imported only where it has something to do.
"""

import logging
from pathlib import Path

from sqlalchemy import (
    Column,
    Connection,
    Engine,
    MetaData,
    PrimaryKeyConstraint,
    String,
    Table,
    insert,
    inspect,
    select,
)

from storage.failures import StoreTooNew
from storage.schema import HEAD

MIGRATIONS = Path(__file__).parent / "migrations"

version = Table(  # Alembic's own, as it would create it
    "alembic_version",
    MetaData(),
    Column("version_num", String(32), nullable=False),
    PrimaryKeyConstraint("version_num", name="alembic_version_pkc"),
)


def migrate(engine: Engine) -> bool:
    """Bring the schema to HEAD in one transaction; whether there was anything to do. Raises StoreTooNew."""
    with engine.begin() as connection:
        found = revision(connection)
        if found == HEAD:
            return False
        if found is None:
            _create(connection)
        else:
            _upgrade(connection, found)
        return True


def revision(connection: Connection) -> str | None:
    """The store's schema, None for an empty store."""
    if not inspect(connection).has_table(version.name):
        return None
    return connection.execute(select(version.c.version_num)).scalar_one_or_none()


def _create(connection: Connection) -> None:
    """Everything as it is now; an error where something is in the way."""
    from storage.indexes import metadata

    metadata.create_all(connection, checkfirst=False)
    version.create(connection)
    connection.execute(insert(version).values(version_num=HEAD))


def _upgrade(connection: Connection, found: str) -> None:
    from alembic import command
    from alembic.config import Config
    from alembic.script import ScriptDirectory

    logging.getLogger("alembic").setLevel(logging.WARNING)
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
    if found not in known:
        raise StoreTooNew(found, HEAD)
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
