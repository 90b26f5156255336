"""Import and rollback of model versions: which are in service.

`install` is the only way in: it checks the models' folders, copies them into BentoML's model store
and records their versions in the database, together with an audit entry each, in one transaction.
"""

import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from sqlalchemy import Engine, insert

from features.covariates import Covariates, require_same_quantities
from features.errors import InputError
from models import persistence
from models.frozen import FrozenModel
from models.manifest import Manifest, declared_inputs
from serving.model_store.joint_fits import check_companions, check_joint_fits, companions
from serving.model_store.model_store import folder, keep, tag
from serving.model_store.service_history import (
    NONE,
    ever_in_service,
    latest_change,
    latest_versions,
    previous_set,
    versions,
)
from serving.storage import audit_chain
from serving.storage.audit_bodies import model_body
from serving.storage.audit_kinds import AuditKind
from serving.storage.audit_log import AuditLog
from serving.storage.database import writing
from serving.storage.tables import in_service


def install(
    sources: Sequence[Path], audit_log: AuditLog, actor: str, *, replace: bool = False
) -> dict[str, str]:
    """Check folders written by `training export`, store them, and put all in service at once.

    Returns version by endpoint, `NONE` for one that `replace` took out of service because it is of
    another joint fit. Raises InputError for a folder whose format, schema version or checksums do
    not fit, an input that nothing describes, a declared column that is another quantity in a model
    of this service, a version that the store holds with other content, or models that do not share
    a joint fit with each other and, without `replace`, with those in service.
    """
    latest = _latest_change(audit_log.engine)
    models = _checked_models(sources, audit_log.engine)
    new = {name: model.manifest for name, model in models.items()}
    staying = {n: m for n, m in manifests_in_service(audit_log.engine).items() if n not in new}
    if not replace:
        check_companions(new, staying)
    for source, (endpoint, model) in zip(sources, models.items(), strict=True):
        keep(source, endpoint, str(model.manifest["version"]))
    version_by_endpoint = {name: str(manifest["version"]) for name, manifest in new.items()}
    version_by_endpoint |= dict.fromkeys(companions(new.values(), staying), NONE)
    _put_in_service(audit_log, version_by_endpoint, AuditKind.IMPORT, actor=actor, latest=latest)
    return version_by_endpoint


def _checked_models(sources: Sequence[Path], engine: Engine) -> dict[str, FrozenModel]:
    """The models of the folders by endpoint, each fit to be served, and all of one joint fit."""
    models: dict[str, FrozenModel] = {}
    for source in sources:
        model = persistence.load(source)
        _require_described(model)
        require_known_quantities(engine, model.covariates, f"{source.name}/manifest.json")
        if not model.manifest.get("version"):
            raise InputError(
                f"A model is served under its registry version, and {source.name}/manifest.json "
                "names none; write the folder with `cd7watch training export`."
            )
        if model.endpoint in models:
            raise InputError(
                f"One model answers for an endpoint, but two folders hold {model.endpoint}: name "
                "one of them."
            )
        models[model.endpoint] = model
    check_joint_fits({name: model.manifest for name, model in models.items()})
    return models


def manifests_in_service(engine: Engine) -> dict[str, Manifest | None]:
    """Manifest by endpoint of the versions in service; None where this build cannot read it."""
    with engine.connect() as connection, connection.begin():
        version_by_endpoint = versions(connection)
    return {name: _manifest(name, version) for name, version in version_by_endpoint.items()}


def _manifest(endpoint: str, version: str) -> Manifest | None:
    try:
        return persistence.read_manifest(folder(endpoint, version))
    except InputError:  # an earlier build's model, or one that the store has lost
        return None


def require_servable(engine: Engine) -> None:
    """Raise InputError when the versions in service cannot be read or do not share a joint fit."""
    with engine.connect() as connection, connection.begin():
        version_by_endpoint = versions(connection)
    check_joint_fits(
        {n: persistence.read_manifest(folder(n, v)) for n, v in version_by_endpoint.items()}
    )


def require_known_quantities(engine: Engine, covariates: Covariates, source: str) -> None:
    """Raise InputError when a column is another quantity in a model that was ever in service.

    Stored samples keep their values from one model to the next, so a name keeps its meaning.
    """
    with engine.connect() as connection, connection.begin():
        pairs = ever_in_service(connection)
    for endpoint, version in pairs:
        manifest = _manifest(endpoint, version)
        if manifest is not None:
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
    undescribed = [name for name in model.features if name not in model.inputs]
    if undescribed:
        raise InputError(
            "A served model's inputs are features of the schema or declared in its manifest, but "
            f"{', '.join(undescribed[:3])} is neither; train it on a feature table."
        )


def rollback(endpoint: str, audit_log: AuditLog, actor: str) -> dict[str, str]:
    """Undo the latest import of an endpoint, with all endpoints that it put in service together.

    Returns version by endpoint, `NONE` for one that had none before. Raises InputError when there
    is no earlier version, or it does not share a joint fit with what else is in service.
    """
    with audit_log.engine.connect() as connection, connection.begin():
        latest = latest_change(connection)
        names, before = latest_versions(connection), previous_set(connection, endpoint)
    if names and endpoint not in names:
        raise InputError(
            f"A rollback is of an endpoint that was in service, {' or '.join(names)}, but "
            f"{endpoint} came; name one of them."
        )
    if not before:
        raise InputError(
            f"A rollback needs an earlier version of {endpoint}, and none was in service; "
            "import the one you want with `cd7watch serving import DIR`."
        )
    _check_restored(before, audit_log.engine)
    _put_in_service(audit_log, before, AuditKind.ROLLBACK, actor=actor, latest=latest)
    return before


def _check_restored(before: Mapping[str, str], engine: Engine) -> None:
    """Raise InputError when the restored versions and those that stay could not be served."""
    restored = {
        name: persistence.read_manifest(folder(name, version))
        for name, version in before.items()
        if version != NONE
    }
    staying = {n: m for n, m in manifests_in_service(engine).items() if n not in before}
    check_joint_fits(restored)
    check_companions(restored, staying)


def _latest_change(engine: Engine) -> int:
    with engine.connect() as connection, connection.begin():
        return latest_change(connection)


def _put_in_service(
    audit_log: AuditLog, version_by_endpoint: Mapping[str, str], kind: AuditKind,
    *, actor: str, latest: int,
) -> None:  # fmt: skip
    """Record the versions with an audit entry each, as one change, in one transaction.

    Raises InputError when anything came into service since the change `latest`, on which the checks
    rest.
    """
    at = time.time()
    with writing(audit_log.engine) as connection:
        if latest_change(connection) != latest:
            raise InputError(
                "Versions in service are changed by one command at a time, but another import or "
                "rollback came in between: run this one again."
            )
        change = latest + 1
        values = [
            {
                "endpoint": endpoint,
                "version": version,
                "action": kind.value,
                "actor": actor,
                "at": at,
                "change": change,
            }
            for endpoint, version in version_by_endpoint.items()
        ]
        connection.execute(insert(in_service), values)
        entries = [
            audit_chain.entry(kind, actor, model_body(endpoint, version))
            for endpoint, version in version_by_endpoint.items()
        ]
        audit_chain.append(connection, audit_log.key, entries)
