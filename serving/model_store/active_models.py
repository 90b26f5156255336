"""The models in service: from a folder into BentoML's store, by version into every worker.

`install` is the only door in. The database says which version of an endpoint is in service, and
each worker follows it, replacing its whole mapping at once: a request sees the old models or the
new ones, never some of each.
"""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from sqlalchemy import Connection, Engine, func, insert, select

from features.errors import InputError
from models import persistence
from models.endpoints import ENDPOINTS
from serving.assessment.assess import ServedModel
from serving.model_store.model_store import folder, keep
from serving.storage import audit_chain
from serving.storage.audit_log import Ledger
from serving.storage.database import writing
from serving.storage.tables import in_service


@dataclass(frozen=True)
class Arriving:
    """Models by endpoint, and the number of the database's entry that names them."""

    number: int
    models: Mapping[str, ServedModel]


class Supply:
    """The models of one worker, which follow the database: `arriving`, then `put_in_service`.

    Between the two the old models answer, while what takes long is made ready for the new ones.
    `embedded` are the versions that travel inside a Bento: they serve while the database names
    none, so that a Bento answers on a machine where nothing was ever imported.
    """

    def __init__(self, engine: Engine, embedded: Mapping[str, str] | None = None) -> None:
        self.engine = engine
        self.embedded = dict(embedded or {})
        self._seen = -1
        self._models: Mapping[str, ServedModel] = {}

    def current(self) -> Mapping[str, ServedModel]:
        """The models by endpoint; an endpoint without a model is absent."""
        return self._models

    def arriving(self) -> Arriving | None:
        """The models that the database now names, loaded; None when nothing changed.

        Raises InputError when a version cannot be loaded; the models in service then stay.
        """
        with self.engine.connect() as connection, connection.begin():
            newest = connection.scalar(select(func.max(in_service.c.number))) or 0
            if newest == self._seen:
                return None
            wanted = {**self.embedded, **versions(connection)}
        loaded = {name: self._loaded(name, version) for name, version in wanted.items()}
        return Arriving(newest, loaded)

    def put_in_service(self, found: Arriving) -> None:
        """Let these models answer from now on."""
        self._models = found.models
        self._seen = found.number

    def _loaded(self, endpoint: str, version: str) -> ServedModel:
        held = self._models.get(endpoint)
        if held is not None and held.version == version:
            return held
        model = persistence.load(folder(endpoint, version))
        # The first call loads the compiled kernel, a second that no request should wait for.
        model.assess(np.full(len(model.features), np.nan))
        return ServedModel(model, version)


def versions(connection: Connection) -> dict[str, str]:
    """The version in service of each endpoint that has one."""
    newest = select(func.max(in_service.c.number)).group_by(in_service.c.endpoint)
    query = select(in_service.c.endpoint, in_service.c.version).where(
        in_service.c.number.in_(newest)
    )
    return {row.endpoint: row.version for row in connection.execute(query)}


def install(source: Path, ledger: Ledger, actor: str) -> tuple[str, str]:
    """Check a folder written by `training export`, store it, and put it in service.

    Returns endpoint and version. Raises InputError for a folder whose format, schema version or
    checksums do not fit, or a version that the store holds with other content.
    """
    model = persistence.load(source)
    version = str(model.manifest.get("version") or "")
    if not version:
        raise InputError(
            f"A model is served under its registry version, and {source.name}/manifest.json names "
            "none; write the folder with `python -m training export`."
        )
    keep(source, model.endpoint, version)
    _serve(ledger, model.endpoint, version, "import", actor)
    return model.endpoint, version


def rollback(endpoint: str, ledger: Ledger, actor: str) -> str:
    """Put the version before the one in service back; returns it. Raises InputError if none."""
    if endpoint not in ENDPOINTS:
        raise InputError(
            f"An endpoint is {' or '.join(ENDPOINTS)}, and {endpoint} came; name one of them."
        )
    with ledger.engine.connect() as connection, connection.begin():
        past = _history(connection, endpoint)
    if len(past) < 2:
        raise InputError(
            f"A rollback needs an earlier version of {endpoint}, and none was in service; "
            "import the one you want with `python -m serving import DIR`."
        )
    _serve(ledger, endpoint, past[-2], "rollback", actor)
    return past[-2]


def _history(connection: Connection, endpoint: str) -> Sequence[str]:
    """Versions put in service, oldest first; a rollback takes the last one away again."""
    rows = connection.execute(
        select(in_service.c.version, in_service.c.action)
        .where(in_service.c.endpoint == endpoint)
        .order_by(in_service.c.number)
    )
    past: list[str] = []
    for row in rows:
        if row.action == "rollback":
            past.pop()
        elif not past or past[-1] != row.version:
            past.append(row.version)
    return past


def _serve(ledger: Ledger, endpoint: str, version: str, action: str, actor: str) -> None:
    with writing(ledger.engine) as connection:
        connection.execute(
            insert(in_service).values(
                endpoint=endpoint, version=version, action=action, actor=actor, at=time.time()
            )
        )
        said = {"endpoint": endpoint, "version": version}
        audit_chain.append(connection, ledger.key, [audit_chain.entry(action, actor, said)])
