"""Engines: all that differs between the databases, and SQLite's ways, are here and nowhere else."""

import errno
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from sqlite3 import Connection as SqliteConnection
from sqlite3 import DatabaseError
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, OperationalError
from sqlalchemy.pool import NullPool

from storage.failures import StoreUnavailable

BUSY_TIMEOUT_MS = 5_000  # how long a statement waits for another connection's lock
FILE_MODE = 0o600
CONNECT_S = 5  # for each address of a server; two connections come before a child of the tree is given up
SPLIT_S = 30  # without a sign of life after which either side takes the connection for lost
KEEPALIVES = {"idle": SPLIT_S // 2, "interval": SPLIT_S // 6, "count": 3}  # seconds but for the last
DRIVERS_WAITS = {  # where the URL does not say otherwise. Source: PostgreSQL's manual, 34.1.2
    "connect_timeout": CONNECT_S,
    "tcp_user_timeout": SPLIT_S * 1000,
    **{f"keepalives_{name}": value for name, value in KEEPALIVES.items()},
}
SERVERS_WAITS = {  # Source: PostgreSQL's manual, 20.3.2
    "tcp_user_timeout": SPLIT_S * 1000,
    **{f"tcp_keepalives_{name}": value for name, value in KEEPALIVES.items()},
}
SESSION = "switchboard"
DURABLE = ("journal_mode=WAL", "synchronous=FULL", f"busy_timeout={BUSY_TIMEOUT_MS}", "foreign_keys=ON")
READ_ONLY = (f"busy_timeout={BUSY_TIMEOUT_MS}", "query_only=ON")


def store_url(data_dir: Path, url: str | None) -> URL:
    """`url` where the operator gave one, else the SQLite file in `data_dir`; StoreUnavailable for one of no use."""
    if not url:
        return URL.create("sqlite", database=str(data_dir / "journal.db"))
    try:
        found = make_url(url)
        found.get_dialect().import_dbapi()
    except (ArgumentError, ImportError) as error:
        raise StoreUnavailable(
            f"the store's URL cannot be used: {type(error).__name__}",  # the URL may hold a password
            "leave SWITCHBOARD_STORE_URL out, or name postgresql+psycopg://user@host/name (extra `postgresql`)",
        ) from error
    if is_sqlite(found) and found.database in {None, "", ":memory:"}:
        raise StoreUnavailable(
            "the store's URL names no file, and a journal in memory would be lost",
            "set SWITCHBOARD_STORE_URL to sqlite:////an/absolute/path.db, or leave it out",
        )
    return found


def writer(url: URL, session: str = SESSION) -> Engine:
    """An engine whose commits are on the disk when they return; a server knows its connections as `session`."""
    if is_sqlite(url):
        return _sqlite(url, DURABLE, "BEGIN IMMEDIATE")
    return _server(url, session, {})  # synchronous_commit is on unless the database's owner turns it off


def reader(url: URL) -> Engine:
    """An engine that cannot write, sees one moment in each transaction and never delays a writer."""
    if is_sqlite(url):
        return _sqlite(url, READ_ONLY, "BEGIN")
    return _server(url, SESSION, {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True})


def is_sqlite(url: URL) -> bool:
    """Whether it is a file of ours, and not a server's."""
    return url.get_backend_name() == "sqlite"


def place(url: URL) -> str:
    """Where a server is, without user and password."""
    host, port = url.host or url.query.get("host"), url.port or url.query.get("port") or 5432
    return f"{host or 'the local socket'}, port {port}"


def _server(url: URL, session: str, options: Mapping[str, Any]) -> Engine:
    waits = {name: value for name, value in DRIVERS_WAITS.items() if name not in url.query}
    arguments = {**waits, "application_name": session}
    engine = create_engine(url, poolclass=NullPool, connect_args=arguments, execution_options=options)
    event.listen(engine, "connect", _have_it_notice)
    return engine


def _have_it_notice(connection: Any, _record: Any) -> None:
    """That we are gone: by itself a server looks after two hours, and holds our locks as long."""
    connection.autocommit = True
    with connection.cursor() as cursor:
        cursor.execute("; ".join(f"SET {name} = {value}" for name, value in SERVERS_WAITS.items()))
    connection.autocommit = False


def _sqlite(url: URL, pragmas: tuple[str, ...], begin: str) -> Engine:
    _create_private_file(url)
    engine = create_engine(url, poolclass=NullPool, connect_args={"check_same_thread": False})
    event.listen(engine, "connect", _prepare(pragmas))
    event.listen(engine, "begin", lambda connection: _begin(connection, begin))
    return engine


def _create_private_file(url: URL) -> None:
    """SQLite would create it with the umask's mode, and gives its WAL whatever mode the file has.

    One that is there is not opened: to close it would end the locks of this process's own connections (fcntl(2)).
    """
    path = Path(str(url.database))
    try:
        if not path.exists():
            os.close(os.open(path, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, FILE_MODE))
        elif not path.is_file() or not os.access(path, os.W_OK):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
    except OSError as error:
        raise StoreUnavailable(
            f"the journal {url.database} cannot be written: {error.strerror}",
            "give the gateway's user write access, or set SWITCHBOARD_DATA_DIR to a directory it owns",
        ) from error


def _prepare(pragmas: tuple[str, ...]) -> Callable[[SqliteConnection, Any], None]:
    def prepare(connection: SqliteConnection, _record: Any) -> None:
        connection.isolation_level = None  # we begin ourselves: the driver's own rules leave DDL out
        for pragma in pragmas:
            connection.execute(f"PRAGMA {pragma}")

    return prepare


def _begin(connection: Connection, statement: str) -> None:
    driver: Any = connection.connection.driver_connection
    try:
        driver.execute(statement)  # by SQLAlchemy it takes ten times as long
    except DatabaseError as error:
        raise OperationalError(statement, None, error) from error
