"""First schema: patients, samples, audit chain, versions in service, tokens, jobs."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create every table of the first schema."""
    op.create_table(
        "patients",
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("key", sa.String(64), nullable=False, unique=True),
        sa.Column("identifier", sa.Text, unique=True),
        sa.Column("infusion_date", sa.String(10)),
        sa.Column("created_at", sa.Float, nullable=False),
    )
    op.create_table(
        "samples",
        sa.Column("patient_key", sa.String(64), sa.ForeignKey("patients.key"), primary_key=True),
        sa.Column("sample_id", sa.String(200), primary_key=True),
        sa.Column("day", sa.Integer, nullable=False),
        sa.Column("body", sa.JSON, nullable=False),
        sa.Column("stored_at", sa.Float, nullable=False),
    )
    op.create_table(
        "audit",
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("at", sa.Float, nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("actor", sa.String(200), nullable=False),
        sa.Column("subject", sa.String(64)),
        sa.Column("salt", sa.String(32)),
        sa.Column("body", sa.Text),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("mac", sa.String(64), nullable=False, unique=True),
    )
    op.create_index("audit_subject", "audit", ["subject"])
    op.create_table(
        "in_service",
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("endpoint", sa.String(40), nullable=False),
        sa.Column("version", sa.String(80), nullable=False),
        sa.Column("action", sa.String(20), nullable=False),
        sa.Column("actor", sa.String(200), nullable=False),
        sa.Column("at", sa.Float, nullable=False),
    )
    op.create_table(
        "tokens",
        sa.Column("name", sa.String(200), primary_key=True),
        sa.Column("sha256", sa.String(64), nullable=False, unique=True),
        sa.Column("roles", sa.String(200), nullable=False),
        sa.Column("created_at", sa.Float, nullable=False),
    )
    op.create_table(
        "jobs",
        sa.Column("key", sa.String(64), primary_key=True),
        sa.Column("owner", sa.String(200), nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("status", sa.Integer),
        sa.Column("answer", sa.Text),
        sa.Column("created_at", sa.Float, nullable=False),
        sa.Column("expires_at", sa.Float, nullable=False),
    )


def downgrade() -> None:
    """Drop every table of the first schema."""
    for table in ("jobs", "tokens", "in_service", "audit", "samples", "patients"):
        op.drop_table(table)
