"""One gateway a store: who holds its claims is the only one that writes there. The kernel or the server ends them."""

import fcntl
import os
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

from sqlalchemy import Connection, func, select, text
from sqlalchemy.engine import URL
from sqlalchemy.exc import DBAPIError

from storage.engines import SPLIT_S, is_sqlite, writer
from storage.failures import StoreUnavailable

DIRECTORY_MODE = 0o750
LOCK_NAME = "switchboard.lock"
ADVISORY_KEY = 0x5357_4254_4348_4244  # ours, of all keys of a PostgreSQL database
OWN_STORE = "stop it first, or give this one a store of its own with SWITCHBOARD_STORE_URL"
LOST = f"; a server lets go of one whose machine or network has failed after {SPLIT_S} s"
END_S = 5
# What a split network has left of this gateway at the server holds the claim, and the rows that it was writing.
END_LOST = text(
    "SELECT pg_terminate_backend(pid, :end_ms) FROM pg_stat_activity "
    "WHERE application_name = :session AND pid <> pg_backend_pid()"
)


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


def claim_database(url: URL, held: ExitStack, session: str) -> Callable[[], None]:
    """Hold a database, which may be named from other data directories; StoreUnavailable when another gateway has it.

    What is returned makes sure of it later, and raises the same: a server that was restarted has forgotten the claim.
    It also ends what the server still holds of `session`, which is this gateway's and nobody else's.
    """
    take = _lock_beside(url, held) if is_sqlite(url) else _lock_within(url, held, session)
    remedy = OWN_STORE if is_sqlite(url) else OWN_STORE + LOST

    def make_sure() -> None:
        if not take():
            raise StoreUnavailable(f"another gateway holds the store {url.render_as_string()}", remedy)

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


def _lock_within(url: URL, held: ExitStack, session: str) -> Callable[[], bool]:
    lock = _ServerLock(url, session)
    held.callback(lock.release)
    return lock.take


class _ServerLock:
    """An advisory lock of a connection that does nothing else; it ends with that.

    Source: PostgreSQL's manual, 13.3.5.
    """

    def __init__(self, url: URL, session: str) -> None:
        self._engine = writer(url, session).execution_options(isolation_level="AUTOCOMMIT")
        self._session = session
        self._connection: Connection | None = None

    def take(self) -> bool:
        """Hold it, anew where its connection is gone, as the session's only one; False where another gateway has it."""
        if self._connection is None or not _answers(self._connection):
            self.release()
            self._connection = self._engine.connect()
        self._connection.execute(END_LOST, {"session": self._session, "end_ms": END_S * 1000})
        if self._connection.scalar(select(func.pg_try_advisory_lock(ADVISORY_KEY))):
            return True
        self.release()
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
