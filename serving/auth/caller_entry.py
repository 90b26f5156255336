"""Audit entries of the current caller, whose token names the actor."""

from collections.abc import Mapping

from serving.auth.access import CALLER
from serving.storage.audit_chain import Entry, entry
from serving.storage.audit_kinds import AuditKind
from serving.storage.audit_log import AuditLog


def caller_entry(kind: AuditKind, body: Mapping[str, object], subject: str | None = None) -> Entry:
    """An entry in which the request's caller is the actor; `body` is that of `kind`."""
    return entry(kind, CALLER.get().name, body, subject)


async def commit_entry(
    audit_log: AuditLog, kind: AuditKind, body: Mapping[str, object], subject: str | None = None
) -> None:
    """Commit an entry of the request's caller; a handler awaits it before it answers."""
    await audit_log.commit(caller_entry(kind, body, subject))
