"""One gateway a store: who holds its claims is the only one that writes there. The kernel or the server ends them."""

import fcntl
import os
from contextlib import ExitStack
from pathlib import Path

from sqlalchemy import func, select
from sqlalchemy.engine import URL

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


def claim_database(url: URL, held: ExitStack) -> None:
    """Hold a database, which may be named from other data directories; StoreUnavailable when another gateway has it."""
    taken = _lock_beside(url, held) if is_sqlite(url) else _lock_within(url, held)
    if not taken:
        raise StoreUnavailable(f"another gateway holds the store {url.render_as_string()}", OWN_STORE)


def _lock_beside(url: URL, held: ExitStack) -> bool:
    """Beside the file, not on it: closing any descriptor of the file would end SQLite's own locks (fcntl(2))."""
    path = Path(f"{os.path.realpath(str(url.database))}.lock")
    try:
        return _lock(path, held)
    except OSError as error:
        raise StoreUnavailable(
            f"{path} cannot be written: {error.strerror}",
            "give the gateway's user write access, or set SWITCHBOARD_STORE_URL to a file in a directory it owns",
        ) from error


def _lock_within(url: URL, held: ExitStack) -> bool:
    """An advisory lock of a connection that does nothing else. Source: PostgreSQL's manual, 13.3.5."""
    engine = writer(url).execution_options(isolation_level="AUTOCOMMIT")
    held.callback(engine.dispose)
    connection = held.enter_context(engine.connect())
    return bool(connection.scalar(select(func.pg_try_advisory_lock(ADVISORY_KEY))))


def _lock(path: Path, held: ExitStack) -> bool:
    descriptor = os.open(path, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
    held.callback(os.close, descriptor)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
