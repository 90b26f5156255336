"""Tables of the service's database (SQLAlchemy Core), the same on SQLite and PostgreSQL.

Every change needs a new file in serving/migrations/versions.
"""

from sqlalchemy import (
    JSON,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
)

METADATA = MetaData()

# `key` is random: it appears in URLs, which reach logs. The hospital's identifier never does.
patients = Table(
    "patients",
    METADATA,
    Column("number", Integer, primary_key=True, autoincrement=True),
    Column("key", String(64), nullable=False, unique=True),
    Column("identifier", Text, unique=True),
    Column("infusion_date", String(10)),
    Column("created_at", Float, nullable=False),
)

# `body` is one row of the feature table without history, as JSON with null for missing. Values of
# another `schema_version` mean something else (null: 2 or earlier).
samples = Table(
    "samples",
    METADATA,
    Column("patient_key", String(64), ForeignKey("patients.key"), primary_key=True),
    Column("sample_id", String(200), primary_key=True),
    Column("day", Integer, nullable=False),
    Column("body", JSON, nullable=False),
    Column("stored_at", Float, nullable=False),
    Column("schema_version", String(20)),
)

# Append-only except `salt` and `body`, which an erasure sets to null; `mac` chains the rest.
audit = Table(
    "audit",
    METADATA,
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("at", Float, nullable=False),
    Column("kind", String(40), nullable=False),
    Column("actor", String(200), nullable=False),
    Column("subject", String(64)),
    Column("salt", String(32)),
    Column("body", Text),
    Column("digest", String(64), nullable=False),
    Column("mac", String(64), nullable=False, unique=True),
    Index("audit_subject", "subject"),
)

# The newest row of an endpoint is the version in service, "" where it was taken out. Rows of one
# import or rollback share `change`; null in older rows, each of which is a change of its own.
in_service = Table(
    "in_service",
    METADATA,
    Column("number", Integer, primary_key=True, autoincrement=True),
    Column("endpoint", String(40), nullable=False),
    Column("version", String(80), nullable=False),
    Column("action", String(20), nullable=False),
    Column("actor", String(200), nullable=False),
    Column("at", Float, nullable=False),
    Column("change", Integer),
)

tokens = Table(
    "tokens",
    METADATA,
    Column("name", String(200), primary_key=True),
    Column("sha256", String(64), nullable=False, unique=True),
    Column("roles", String(200), nullable=False),
    Column("created_at", Float, nullable=False),
)

jobs = Table(
    "jobs",
    METADATA,
    Column("key", String(64), primary_key=True),
    Column("owner", String(200), nullable=False),
    Column("state", String(20), nullable=False),
    Column("status", Integer),
    Column("answer", Text),
    Column("created_at", Float, nullable=False),
    Column("expires_at", Float, nullable=False),
)
