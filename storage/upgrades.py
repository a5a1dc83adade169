"""Bring a store's schema to ours, with Alembic, which is imported only when there is something to do."""

import logging
from pathlib import Path

from sqlalchemy import Connection, Engine, inspect, text

from storage.failures import StoreTooNew
from storage.schema import HEAD

MIGRATIONS = Path(__file__).parent / "migrations"


def migrate(engine: Engine) -> bool:
    """Bring the schema to HEAD in one transaction; whether there was anything to do. Raises StoreTooNew."""
    with engine.begin() as connection:
        found = revision(connection)
        if found == HEAD:
            return False
        _upgrade(connection, found)
        return True


def revision(connection: Connection) -> str | None:
    """The store's schema, None for an empty store."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    return connection.execute(text("SELECT version_num FROM alembic_version")).scalar_one_or_none()


def _upgrade(connection: Connection, found: str | None) -> None:
    from alembic import command
    from alembic.config import Config
    from alembic.script import ScriptDirectory

    logging.getLogger("alembic").setLevel(logging.WARNING)
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
    if found is not None and found not in known:
        raise StoreTooNew(found, HEAD)
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
