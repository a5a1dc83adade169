"""The outbox: the oldest deliveries that arrived are found at once, to be forgotten."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

DELIVERED = sa.text("state = 'delivered'")


def upgrade() -> None:
    """One index more."""
    op.create_index(
        "outbox_delivered", "outbox", ["created_at"], sqlite_where=DELIVERED, postgresql_where=DELIVERED
    )


def downgrade() -> None:
    """Without it."""
    op.drop_index("outbox_delivered", "outbox")
