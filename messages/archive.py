"""What is asked of the record, never by an order, and what it answers; ArchiveActor reads it."""

from dataclasses import dataclass

from messages.webhooks import FindWebhook, ListWebhooks


@dataclass(frozen=True, slots=True, kw_only=True)
class ArchiveRefused:
    """Answer to a question that cannot be answered as it was put."""

    message: str
    remedy: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FindCommand:
    """Answered by a mapping (the Outcome with accepted_at, ended_at, order) or None."""

    request_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ListCommands:
    """Answered by {"commands": [...]}, newest first."""

    status: str | None = None
    kind: str | None = None
    limit: int = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class QueryAudit:
    """Answered by {"records": [...]} in order of their sequence numbers, or ArchiveRefused.

    `kind` is a record's (`transfer.ended`) or its first word (`transfer`); `since` is RFC 3339. With `since` the
    first `limit` records from there on, without it the newest `limit`.
    """

    interaction_id: str | None = None
    kind: str | None = None
    since: str | None = None
    limit: int = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class MeasureOrders:
    """Answered by the audit.metrics shape, counted from the journal, or ArchiveRefused; `since` is RFC 3339."""

    since: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifyAudit:
    """Walk the whole chain; answered by {"ok", "records", "first_bad", "head"}."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportAudit:
    """Write the chain as canonical JSON lines to a new file `path` on the gateway's machine.

    Answered by {"path", "records", "head"} or ArchiveRefused.
    """

    path: str


ToArchive = (
    FindCommand | ListCommands | FindWebhook | ListWebhooks | QueryAudit | MeasureOrders | VerifyAudit | ExportAudit
)
