"""Which version of each endpoint is in service: import one, roll back to the previous one.

`install` is the only way in: it checks a model's folder, copies it into BentoML's model store and
records its version in the database, together with an audit entry.
"""

import time
from collections.abc import Sequence
from pathlib import Path

from sqlalchemy import Connection, Engine, func, insert, select

from features.covariates import Covariates, require_same_quantities
from features.errors import InputError
from models import persistence
from models.endpoints import ENDPOINTS
from models.frozen import FrozenModel
from models.manifest import declared_inputs
from serving.model_store.model_store import folder, keep, tag
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
    checksums do not fit, an input that nothing describes, a declared column that is another
    quantity in a model of this service, or a version that the store holds with other content.
    """
    model = persistence.load(source)
    _require_described(model)
    require_known_quantities(audit_log.engine, model.covariates, f"{source.name}/manifest.json")
    version = str(model.manifest.get("version") or "")
    if not version:
        raise InputError(
            f"A model is served under its registry version, and {source.name}/manifest.json names "
            "none; write the folder with `cd7watch training export`."
        )
    keep(source, model.endpoint, version)
    _put_in_service(audit_log, model.endpoint, version, AuditKind.IMPORT, actor)
    return model.endpoint, version


def require_known_quantities(engine: Engine, covariates: Covariates, source: str) -> None:
    """Raise InputError when a column is another quantity in a model that was ever in service.

    Stored samples keep their values from one model to the next, so a name keeps its meaning.
    """
    with engine.connect() as connection, connection.begin():
        query = select(in_service.c.endpoint, in_service.c.version).distinct()
        pairs = [(row.endpoint, row.version) for row in connection.execute(query)]
    for endpoint, version in pairs:
        try:
            manifest = persistence.read_manifest(folder(endpoint, version))
        except InputError:  # an earlier build's model, or one that the store has lost
            continue
        require_same_quantities(
            covariates, declared_inputs(manifest), source=source,
            other_source=f"{tag(endpoint, version)} of this service",
        )  # fmt: skip


def names_in_service(engine: Engine) -> set[str]:
    """The declared columns that the models in service use."""
    with engine.connect() as connection, connection.begin():
        pairs = versions(connection).items()
    manifests = [persistence.read_manifest(folder(*pair)) for pair in pairs]
    return {feature.name for manifest in manifests for feature in declared_inputs(manifest)}


def _require_described(model: FrozenModel) -> None:
    others = [name for name in model.features if name not in model.inputs]
    if others:
        raise InputError(
            "A served model's inputs are features of the schema or declared in its manifest, but "
            f"{', '.join(others[:3])} is neither; train it on a feature table."
        )


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
