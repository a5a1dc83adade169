"""What has begun on record and not ended: live audio streams."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """An empty table: nothing lasts over the end of a gateway."""
    op.create_table(
        "lasting",
        sa.Column("lasting_id", sa.Text, primary_key=True),
        sa.Column("seq", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("subject", sa.Text, nullable=False),
        sa.Column("data", sa.Text, nullable=False),
        sa.Column("begun_at", sa.Text, nullable=False),
    )


def downgrade() -> None:
    """Forget it; the audit records stay."""
    op.drop_table("lasting")
