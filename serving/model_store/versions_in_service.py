"""Which version of each endpoint is in service: import one, roll back to the previous one.

`install` is the only way in: it checks a model's folder, copies it into BentoML's model store and
records its version in the database, together with an audit entry.
"""

import time
from collections.abc import Sequence
from pathlib import Path

from sqlalchemy import Connection, func, insert, select

from features.errors import InputError
from models import persistence
from models.endpoints import ENDPOINTS
from serving.model_store.model_store import keep
from serving.storage import audit_chain
from serving.storage.audit_bodies import model_body
from serving.storage.audit_kinds import AuditKind
from serving.storage.audit_log import AuditLog
from serving.storage.database import writing
from serving.storage.tables import in_service


def latest_change(connection: Connection) -> int:
    """The number of the latest import or rollback; 0 before the first."""
    return connection.scalar(select(func.max(in_service.c.number))) or 0


def versions(connection: Connection) -> dict[str, str]:
    """The version in service of each endpoint that has one."""
    newest = select(func.max(in_service.c.number)).group_by(in_service.c.endpoint)
    query = select(in_service.c.endpoint, in_service.c.version).where(
        in_service.c.number.in_(newest)
    )
    return {row.endpoint: row.version for row in connection.execute(query)}


def install(source: Path, audit_log: AuditLog, actor: str) -> tuple[str, str]:
    """Check a folder written by `training export`, store it, and put it in service.

    Returns endpoint and version. Raises InputError for a folder whose format, schema version or
    checksums do not fit, or a version that the store holds with other content.
    """
    model = persistence.load(source)
    version = str(model.manifest.get("version") or "")
    if not version:
        raise InputError(
            f"A model is served under its registry version, and {source.name}/manifest.json names "
            "none; write the folder with `cd7watch training export`."
        )
    keep(source, model.endpoint, version)
    _put_in_service(audit_log, model.endpoint, version, AuditKind.IMPORT, actor)
    return model.endpoint, version


def rollback(endpoint: str, audit_log: AuditLog, actor: str) -> str:
    """Put the previous version back in service and return it. Raises InputError if none."""
    if endpoint not in ENDPOINTS:
        raise InputError(
            f"An endpoint is {' or '.join(ENDPOINTS)}, and {endpoint} came; name one of them."
        )
    with audit_log.engine.connect() as connection, connection.begin():
        history = _history(connection, endpoint)
    if len(history) < 2:
        raise InputError(
            f"A rollback needs an earlier version of {endpoint}, and none was in service; "
            "import the one you want with `cd7watch serving import DIR`."
        )
    _put_in_service(audit_log, endpoint, history[-2], AuditKind.ROLLBACK, actor)
    return history[-2]


def _history(connection: Connection, endpoint: str) -> Sequence[str]:
    """Versions put in service, oldest first; a rollback removes the last one."""
    rows = connection.execute(
        select(in_service.c.version, in_service.c.action)
        .where(in_service.c.endpoint == endpoint)
        .order_by(in_service.c.number)
    )
    history: list[str] = []
    for row in rows:
        if row.action == AuditKind.ROLLBACK:
            history.pop()
        elif not history or history[-1] != row.version:
            history.append(row.version)
    return history


def _put_in_service(
    audit_log: AuditLog, endpoint: str, version: str, kind: AuditKind, actor: str
) -> None:
    """Record the version with its audit entry in one transaction."""
    values = {
        "endpoint": endpoint,
        "version": version,
        "action": kind.value,
        "actor": actor,
        "at": time.time(),
    }
    entry = audit_chain.entry(kind, actor, model_body(endpoint, version))
    with writing(audit_log.engine) as connection:
        connection.execute(insert(in_service).values(values))
        audit_chain.append(connection, audit_log.key, [entry])
