"""Number of the import or rollback that each row of in_service belongs to; null before it."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column; a row with null is a change of its own."""
    op.add_column("in_service", sa.Column("change", sa.Integer))


def downgrade() -> None:
    """Drop the column."""
    with op.batch_alter_table("in_service") as table:
        table.drop_column("change")
