"""ArchiveActor: answers what operators ask of the journal, from a connection of its own."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Protocol, assert_never

from actors.base import GatewayActor, Seat
from messages.archive import (
    ArchiveRefused,
    ExportAudit,
    FindCommand,
    ListCommands,
    MeasureOrders,
    QueryAudit,
    ToArchive,
    VerifyAudit,
)
from messages.base import Json
from messages.webhooks import FindWebhook, ListWebhooks

Answer = Mapping[str, Json] | ArchiveRefused | None


class ArchiveDoor(Protocol):
    """The record as it is read; storage.archive.Archive says what each does."""

    def find(self, request_id: str) -> Mapping[str, Json] | None: ...

    def newest(self, status: str | None, kind: str | None, limit: int) -> Mapping[str, Json]: ...

    def webhook(self, webhook_id: str) -> Mapping[str, Json] | None: ...

    def webhooks(self, state: str | None, limit: int) -> Mapping[str, Json]: ...

    def query(
        self, interaction_id: str | None, kind: str | None, since: str | None, limit: int
    ) -> Mapping[str, Json]: ...

    def metrics(self, since: str | None) -> Mapping[str, Json]: ...

    def verify(self) -> Mapping[str, Json]: ...

    def export(self, path: Path) -> Mapping[str, Json]: ...

    def close(self) -> None: ...


class ArchiveActor(GatewayActor[ToArchive]):
    """One question at a time; none of them ever waits for a commit, or a commit for them."""

    def __init__(self, seat: Seat, *, open_archive: Callable[[], ArchiveDoor]) -> None:
        super().__init__(seat)
        self._open_archive = open_archive
        self._archive: ArchiveDoor | None = None

    def started(self) -> None:
        self._archive = self._open_archive()

    def handle(self, message: ToArchive) -> Answer:
        if self._archive is None:
            raise RuntimeError("the archive is not open")
        match message:
            case FindCommand():
                return self._archive.find(message.request_id)
            case ListCommands():
                return self._archive.newest(message.status, message.kind, message.limit)
            case FindWebhook():
                return self._archive.webhook(message.webhook_id)
            case ListWebhooks():
                return self._archive.webhooks(message.status, message.limit)
            case QueryAudit() | MeasureOrders():
                return self._since(self._archive, message)
            case VerifyAudit():
                return self._archive.verify()
            case ExportAudit():
                return self._export(self._archive, Path(message.path))
            case _:
                assert_never(message)

    def stopped(self) -> None:
        self.release()

    def release(self) -> None:
        archive, self._archive = self._archive, None
        if archive is not None:
            archive.close()

    def _since(self, archive: ArchiveDoor, message: QueryAudit | MeasureOrders) -> Answer:
        try:
            if isinstance(message, MeasureOrders):
                return archive.metrics(message.since)
            return archive.query(message.interaction_id, message.kind, message.since, message.limit)
        except ValueError:
            return ArchiveRefused(
                message=f"since is {message.since!r}", remedy="give a time as 2026-01-31T12:00:00Z (RFC 3339)"
            )

    def _export(self, archive: ArchiveDoor, path: Path) -> Answer:
        if not path.is_absolute():
            return ArchiveRefused(message=f"{path} is not an absolute path", remedy="name a new file by its full path")
        try:
            return archive.export(path)
        except FileExistsError:
            return ArchiveRefused(message=f"{path} exists", remedy="name a new file: an export overwrites nothing")
        except OSError as error:
            return ArchiveRefused(
                message=f"{path} cannot be written: {error.strerror}",
                remedy="name a new file in a directory that the gateway's user may write, on a disk with room",
            )
