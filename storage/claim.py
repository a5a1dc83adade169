"""One gateway a store: who holds its claims is the only one that writes there. The kernel or the server ends them."""

import fcntl
import os
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

from sqlalchemy import Connection, func, select
from sqlalchemy.engine import URL
from sqlalchemy.exc import DBAPIError

from storage.engines import is_sqlite, writer
from storage.failures import StoreUnavailable

DIRECTORY_MODE = 0o750
LOCK_NAME = "switchboard.lock"
ADVISORY_KEY = 0x5357_4254_4348_4244  # ours, of all keys of a PostgreSQL database
OWN_STORE = "stop it first, or give this one a store of its own with SWITCHBOARD_STORE_URL"


def claim_directory(data_dir: Path, held: ExitStack) -> None:
    """Make `data_dir` and hold it as long as `held`; StoreUnavailable says why not."""
    try:
        data_dir.mkdir(mode=DIRECTORY_MODE, parents=True, exist_ok=True)
        taken = _lock(data_dir / LOCK_NAME, held)
    except OSError as error:
        raise StoreUnavailable(
            f"the data directory {data_dir} cannot be written: {error.strerror}",
            "give the gateway's user write access, or set SWITCHBOARD_DATA_DIR to a directory it owns",
        ) from error
    if not taken:
        raise StoreUnavailable(
            f"another gateway holds the data directory {data_dir}",
            "stop it first, or give this one a directory of its own with SWITCHBOARD_DATA_DIR",
        )


def claim_database(url: URL, held: ExitStack) -> Callable[[], None]:
    """Hold a database, which may be named from other data directories; StoreUnavailable when another gateway has it.

    What is returned makes sure of it later, and raises the same: a server that was restarted has forgotten the claim.
    """
    take = _lock_beside(url, held) if is_sqlite(url) else _lock_within(url, held)

    def make_sure() -> None:
        if not take():
            raise StoreUnavailable(f"another gateway holds the store {url.render_as_string()}", OWN_STORE)

    make_sure()
    return make_sure


def _lock_beside(url: URL, held: ExitStack) -> Callable[[], bool]:
    """Beside the file, not on it: closing any descriptor of the file would end SQLite's own locks (fcntl(2))."""
    path = Path(f"{os.path.realpath(str(url.database))}.lock")
    try:
        taken = _lock(path, held)
    except OSError as error:
        raise StoreUnavailable(
            f"{path} cannot be written: {error.strerror}",
            "give the gateway's user write access, or set SWITCHBOARD_STORE_URL to a file in a directory it owns",
        ) from error
    return lambda: taken  # the kernel keeps it


def _lock_within(url: URL, held: ExitStack) -> Callable[[], bool]:
    lock = _ServerLock(url)
    held.callback(lock.release)
    return lock.take


class _ServerLock:
    """An advisory lock of a connection that does nothing else; it ends with that.

    Source: PostgreSQL's manual, 13.3.5.
    """

    def __init__(self, url: URL) -> None:
        self._engine = writer(url).execution_options(isolation_level="AUTOCOMMIT")
        self._connection: Connection | None = None

    def take(self) -> bool:
        """Hold it, anew where its connection is gone; False where another gateway has it."""
        if self._connection is not None and _answers(self._connection):
            return True
        self.release()
        connection = self._engine.connect()
        if connection.scalar(select(func.pg_try_advisory_lock(ADVISORY_KEY))):
            self._connection = connection
            return True
        connection.close()
        return False

    def release(self) -> None:
        """Let go of it."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None


def _answers(connection: Connection) -> bool:
    try:
        connection.scalar(select(1))
    except DBAPIError:
        return False
    return True


def _lock(path: Path, held: ExitStack) -> bool:
    descriptor = os.open(path, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
    held.callback(os.close, descriptor)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
