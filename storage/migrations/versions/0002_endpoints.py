"""The outbox: an order of its own for each URL and subject, and endpoints that can be disabled."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

SEQ = sa.BigInteger().with_variant(sa.Integer, "sqlite")
PENDING = sa.text("state = 'pending'")
DUE = sa.text("state = 'pending' AND due_at_s IS NOT NULL")
DEAD = sa.text("state = 'dead'")

NUMBERED = """
UPDATE outbox SET seq = numbered.number FROM (
    SELECT webhook_id, row_number() OVER (ORDER BY created_at, webhook_id) AS number FROM outbox
) AS numbered WHERE numbered.webhook_id = outbox.webhook_id
"""
BEHIND = """
UPDATE outbox SET due_at_s = NULL WHERE state = 'pending' AND EXISTS (
    SELECT 1 FROM outbox AS older WHERE older.state = 'pending'
    AND older.url = outbox.url AND older.subject = outbox.subject AND older.seq < outbox.seq
)
"""
KNOWN = "INSERT INTO endpoints (url, cause, changed_at) SELECT url, '', min(created_at) FROM outbox GROUP BY url"


def upgrade() -> None:
    """Number what is there by its age; what has an older one of its URL and subject before it waits for that."""
    op.drop_index("outbox_pending", "outbox")
    with op.batch_alter_table("outbox") as outbox:
        outbox.add_column(sa.Column("seq", SEQ, nullable=False, server_default="0"))
        outbox.alter_column("due_at_s", existing_type=sa.Float, nullable=True)
    op.execute(NUMBERED)
    with op.batch_alter_table("outbox") as outbox:
        outbox.alter_column("seq", existing_type=SEQ, existing_nullable=False, server_default=None)
    op.create_index("outbox_seq", "outbox", ["seq"], unique=True)
    _partial("outbox_lane", ["url", "subject", "seq"], PENDING)
    op.execute(BEHIND)
    _partial("outbox_due", ["url", "due_at_s", "seq"], DUE)
    _partial("outbox_dead", ["seq"], DEAD)
    op.create_table(
        "endpoints",
        sa.Column("url", sa.Text, primary_key=True),
        sa.Column("cause", sa.Text, nullable=False),
        sa.Column("changed_at", sa.Text, nullable=False),
    )
    op.execute(KNOWN)


def downgrade() -> None:
    """Forget which endpoints are disabled, and the order."""
    op.drop_table("endpoints")
    for index in ("outbox_dead", "outbox_due", "outbox_lane", "outbox_seq"):
        op.drop_index(index, "outbox")
    op.execute("UPDATE outbox SET due_at_s = 0 WHERE due_at_s IS NULL")
    with op.batch_alter_table("outbox") as outbox:
        outbox.drop_column("seq")
        outbox.alter_column("due_at_s", existing_type=sa.Float, nullable=False)
    _partial("outbox_pending", ["due_at_s"], PENDING)


def _partial(name: str, columns: list[str], where: sa.TextClause) -> None:
    op.create_index(name, "outbox", columns, sqlite_where=where, postgresql_where=where)
