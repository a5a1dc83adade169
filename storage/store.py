"""The store of one gateway: its directory, its lock, its schema; it hands out journals and archives."""

import fcntl
import os
from contextlib import ExitStack
from pathlib import Path

from sqlalchemy.exc import DBAPIError

from storage.archive import Archive
from storage.engines import reader, store_url, writer
from storage.failures import StoreUnavailable
from storage.forms import Forms
from storage.journal import KEEP_DELIVERED_DAYS, Journal
from storage.upgrades import migrate

DIRECTORY_MODE = 0o750
LOCK_NAME = "switchboard.lock"


class Store:
    """Held by one process from start to end; journals and archives come and go with their actors."""

    def __init__(
        self, data_dir: Path, forms: Forms, url: str | None = None, *, keep_delivered_days: float = KEEP_DELIVERED_DAYS
    ) -> None:
        """Create what is missing, lock it, migrate it; StoreUnavailable says why not and leaves nothing locked."""
        self._forms, self._keep_delivered_days = forms, keep_delivered_days
        self._lock = _lock(data_dir)
        with ExitStack() as undo:
            undo.callback(self.close)
            self._url = store_url(data_dir, url)
            self._migrate()
            undo.pop_all()

    def journal(self) -> Journal:
        """A fresh connection for the one that writes."""
        return Journal(writer(self._url), self._forms, self._keep_delivered_days)

    def archive(self) -> Archive:
        """A fresh connection for one that reads."""
        return Archive(reader(self._url), self._forms.confidential)

    def close(self) -> None:
        """Let another gateway have it."""
        os.close(self._lock)

    def _migrate(self) -> None:
        engine = writer(self._url)
        try:
            migrate(engine)
        except DBAPIError as error:
            raise StoreUnavailable(
                f"the journal cannot be opened: {error.orig}",
                "check that the disk has room and that the file is a journal of ours; restore a copy if it is damaged",
            ) from error
        finally:
            engine.dispose()


def _lock(data_dir: Path) -> int:
    """The exclusive lock on `data_dir`, as an open file; the kernel lets go of it when the process ends."""
    try:
        data_dir.mkdir(mode=DIRECTORY_MODE, parents=True, exist_ok=True)
        descriptor = os.open(data_dir / LOCK_NAME, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise StoreUnavailable(
            f"the data directory {data_dir} cannot be written: {error.strerror}",
            "give the gateway's user write access, or set SWITCHBOARD_DATA_DIR to a directory it owns",
        ) from error
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        os.close(descriptor)
        raise StoreUnavailable(
            f"another gateway holds the data directory {data_dir}",
            "stop it first, or give this one a directory of its own with SWITCHBOARD_DATA_DIR",
        ) from error
    return descriptor
