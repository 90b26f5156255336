"""Audit entries whose actor is the request's caller."""

import asyncio
from pathlib import Path

from sqlalchemy import select

from serving.auth.access import CALLER
from serving.auth.caller_entry import caller_entry, commit_entry
from serving.auth.tokens import Caller
from serving.storage.audit_kinds import AuditKind
from serving.storage.audit_log import AuditLog
from serving.storage.database import open_engine
from serving.storage.tables import audit


def test_the_caller_is_the_actor(tmp_path: Path) -> None:
    """The entry that is built and the one that is committed name the token's name."""
    audit_log = AuditLog(open_engine(f"sqlite:///{tmp_path}/s.db"), tmp_path / "key")
    token = CALLER.set(Caller("ward-3", frozenset({"clinician"})))
    try:
        assert caller_entry(AuditKind.READ, {}, "k").actor == "ward-3"
        asyncio.run(commit_entry(audit_log, AuditKind.READ, {}, "k"))
    finally:
        CALLER.reset(token)
        audit_log.close()
    with audit_log.engine.connect() as connection:
        row = connection.execute(select(audit)).one()
    audit_log.engine.dispose()
    assert (row.kind, row.actor, row.subject, row.body) == ("read", "ward-3", "k", "{}")
