"""The journal: commands, audit, outbox, events, leases."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

SEQ = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    """Create every table."""
    _commands()
    _audit()
    _outbox()
    op.create_table(
        "events",
        sa.Column("seq", SEQ, primary_key=True, autoincrement=False),
        sa.Column("at", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("data", sa.Text, nullable=False),
    )
    op.create_table(
        "leases",
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("holder", sa.Text, nullable=False),
        sa.Column("fence", sa.BigInteger, nullable=False),
        sa.Column("expires_at", sa.Float, nullable=False),
    )


def downgrade() -> None:
    """Drop every table, and with them the record."""
    for table in ("leases", "events", "outbox", "audit", "commands"):
        op.drop_table(table)


def _commands() -> None:
    op.create_table(
        "commands",
        sa.Column("seq", SEQ, primary_key=True, autoincrement=False),
        sa.Column("request_id", sa.Text, nullable=False, unique=True),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("interaction_id", sa.Text, nullable=False),
        sa.Column("effect_id", sa.Text, nullable=False),
        sa.Column("peer", sa.Text, nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        sa.Column("steps", sa.Text, nullable=False),
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("accepted_at", sa.Text, nullable=False),
        sa.Column("ended_at", sa.Text),
        sa.Column("latency_ms", sa.Float),
        sa.Column("outcome", sa.Text),
    )
    still_open = sa.text("status = 'accepted'")
    op.create_index(
        "commands_open", "commands", ["kind", "seq"], sqlite_where=still_open, postgresql_where=still_open
    )


def _audit() -> None:
    op.create_table(
        "audit",
        sa.Column("seq", SEQ, primary_key=True, autoincrement=False),
        sa.Column("at", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("interaction_id", sa.Text, nullable=False),
        sa.Column("record", sa.Text, nullable=False),
        sa.Column("hash", sa.LargeBinary, nullable=False),
    )
    op.create_index("audit_interaction", "audit", ["interaction_id", "seq"])


def _outbox() -> None:
    op.create_table(
        "outbox",
        sa.Column("webhook_id", sa.Text, primary_key=True),
        sa.Column("request_id", sa.Text, nullable=False),
        sa.Column("url", sa.Text, nullable=False),
        sa.Column("event", sa.Text, nullable=False),
        sa.Column("subject", sa.Text, nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("due_at_s", sa.Float, nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("last_error", sa.Text, nullable=False),
        sa.Column("created_at", sa.Text, nullable=False),
    )
    pending = sa.text("state = 'pending'")
    op.create_index("outbox_pending", "outbox", ["due_at_s"], sqlite_where=pending, postgresql_where=pending)
