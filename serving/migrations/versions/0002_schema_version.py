"""Feature schema of each stored sample; null for those stored before it was written down."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column; samples of schema 1 and 2 keep null, so that none is read as schema 3."""
    op.add_column("samples", sa.Column("schema_version", sa.String(20)))


def downgrade() -> None:
    """Drop the column."""
    with op.batch_alter_table("samples") as table:
        table.drop_column("schema_version")
