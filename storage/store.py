"""The store of one gateway: its directory, its claims, its schema; it hands out journals and archives."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from secrets import token_hex

from sqlalchemy.engine import URL
from sqlalchemy.exc import DBAPIError

from storage.archive import Archive
from storage.claim import claim_database, claim_directory
from storage.engines import CONNECT_S, SESSION, is_sqlite, place, reader, store_url, writer
from storage.failures import StoreUnavailable
from storage.forms import Forms
from storage.journal import KEEP_DELIVERED_DAYS, Journal
from storage.upgrades import migrate

OF_A_FILE = "check that the disk has room and that the file is a journal of ours; restore a copy if it is damaged"
OF_A_SERVER = (
    "check SWITCHBOARD_STORE_URL, that the server is up, and that its user may create tables in that database; "
    f"one that needs longer than {CONNECT_S} s to answer needs a connect_timeout in that URL"
)
SESSION_BYTES = 8  # of chance: which connections at a server are this gateway's


class Store:
    """Held by one process from start to end; journals and archives come and go with their actors."""

    def __init__(
        self, data_dir: Path, forms: Forms, url: str | None = None, *, keep_delivered_days: float = KEEP_DELIVERED_DAYS
    ) -> None:
        """Create what is missing, claim it, migrate it; StoreUnavailable says why not and leaves nothing claimed."""
        self._forms, self._keep_delivered_days = forms, keep_delivered_days
        self._session = f"{SESSION} {token_hex(SESSION_BYTES)}"
        with ExitStack() as claims:
            claim_directory(data_dir, claims)
            self._url = store_url(data_dir, url)
            with _told_of(self._url):
                self._make_sure = claim_database(self._url, claims, self._session)
                self._migrate()
            self._claims = claims.pop_all()

    def journal(self) -> Journal:
        """A fresh connection for the one that writes; StoreUnavailable where the store has become another gateway's.

        A server ends the connection of the journal before it.
        """
        with _told_of(self._url):
            self._make_sure()
        return Journal(writer(self._url, self._session), self._forms, self._keep_delivered_days)

    def archive(self) -> Archive:
        """A fresh connection for one that reads."""
        return Archive(reader(self._url), self._forms.confidential)

    def close(self) -> None:
        """Let another gateway have it."""
        self._claims.close()

    def _migrate(self) -> None:
        engine = writer(self._url, self._session)
        try:
            migrate(engine)
        finally:
            engine.dispose()


@contextmanager
def _told_of(url: URL) -> Iterator[None]:
    """What the database says against being opened, as StoreUnavailable."""
    try:
        yield
    except DBAPIError as error:
        why = " ".join(str(error.orig).split())  # a server's words may take several lines
        where, remedy = ("", OF_A_FILE) if is_sqlite(url) else (f" at {place(url)}", OF_A_SERVER)
        raise StoreUnavailable(f"the journal{where} cannot be opened: {why}", remedy) from error
