"""The indexes of the journal's tables, for whoever creates them.

Apart from the tables, because SQLAlchemy loads what it knows of PostgreSQL for the sake of these lines.
"""

from sqlalchemy import Index

from storage.schema import DEAD, DELIVERED, DUE, PENDING, STILL_OPEN, audit, commands, metadata, outbox

__all__ = ["metadata"]

Index(
    "commands_open",
    commands.c.kind,
    commands.c.seq,
    sqlite_where=STILL_OPEN,
    postgresql_where=STILL_OPEN,
)
Index("audit_interaction", audit.c.interaction_id, audit.c.seq)
Index("outbox_seq", outbox.c.seq, unique=True)
Index("outbox_due", outbox.c.url, outbox.c.due_at_s, outbox.c.seq, sqlite_where=DUE, postgresql_where=DUE)
Index("outbox_lane", outbox.c.url, outbox.c.subject, outbox.c.seq, sqlite_where=PENDING, postgresql_where=PENDING)
Index("outbox_dead", outbox.c.seq, sqlite_where=DEAD, postgresql_where=DEAD)
Index("outbox_delivered", outbox.c.created_at, sqlite_where=DELIVERED, postgresql_where=DELIVERED)
