"""An audit chain of ten entries for the tests of the audit log."""

from sqlalchemy import Engine

from serving.storage import audit_chain
from serving.storage.audit_kinds import AuditKind
from serving.storage.audit_verification import VerifiedChain, verify

KEY = b"k" * 32


def entry(i: int) -> audit_chain.Entry:
    """The i-th answer, about the even or the odd patient."""
    return audit_chain.entry(AuditKind.PREDICT, "ward", {"risk": i / 10}, f"patient-{i % 2}")


def verified(engine: Engine, head: str | None = None) -> VerifiedChain:
    """The verified chain of a database."""
    with engine.connect() as connection, connection.begin():
        return verify(connection, KEY, head)
