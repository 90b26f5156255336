"""Erasure in the audit chain: entries lose body and salt, and the chain still verifies.

The digest of an unknown salt tells nothing about the body. The erasure is itself an entry and
names the entries that it emptied, so that verification finds any other empty body.
"""

from collections.abc import Sequence

from sqlalchemy import Connection, select, update

from serving.storage.audit_bodies import erasure_body
from serving.storage.audit_chain import append, entry
from serving.storage.audit_kinds import WITHOUT_PATIENT_DATA, AuditKind
from serving.storage.tables import audit


def erase_subjects(connection: Connection, key: bytes, subjects: Sequence[str], actor: str) -> int:
    """Empty every entry about `subjects`; returns how many entries."""
    affected = audit.c.subject.in_(subjects) & audit.c.body.is_not(None)
    numbers = list(connection.scalars(select(audit.c.number).where(affected)))
    return erase_entries(connection, key, numbers, actor)


def erase_before(connection: Connection, key: bytes, before: float, actor: str) -> int:
    """Empty every entry with a patient's data from before a time (seconds since 1970)."""
    old = (
        (audit.c.at < before)
        & audit.c.body.is_not(None)
        & audit.c.kind.not_in([kind.value for kind in WITHOUT_PATIENT_DATA])
    )
    numbers = list(connection.scalars(select(audit.c.number).where(old)))
    return erase_entries(connection, key, numbers, actor)


def erase_entries(connection: Connection, key: bytes, numbers: Sequence[int], actor: str) -> int:
    """Empty the entries with these numbers and append an entry that names them.

    An erasure's own entry is never emptied. `connection` must hold the write lock.
    """
    if numbers:
        erasable = audit.c.number.in_(numbers) & (audit.c.kind != AuditKind.ERASURE.value)
        connection.execute(update(audit).where(erasable).values(body=None, salt=None))
    append(connection, key, [entry(AuditKind.ERASURE, actor, erasure_body(numbers))])
    return len(numbers)
