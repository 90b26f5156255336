"""The models in service in one worker, which follow the database.

The database names the version in service of each endpoint
(`serving.model_store.versions_in_service`). A worker replaces its whole mapping of models at once,
so a request sees the old models or the new ones, never some of each.
"""

from collections.abc import Mapping, Set
from dataclasses import dataclass

import numpy as np
from sqlalchemy import Engine

from models import persistence
from serving.assessment.endpoints_in_service import in_order
from serving.assessment.served_model import ServedModel
from serving.model_store.joint_fits import check_joint_fits, companions
from serving.model_store.model_store import folder
from serving.model_store.service_history import NONE, latest_change, latest_versions


@dataclass(frozen=True)
class PendingModels:
    """Models by endpoint that the database names, and the number of its latest change."""

    change: int
    models: Mapping[str, ServedModel]


class ActiveModels:
    """The models that answer in one worker: load the `pending` ones, then `put_in_service`.

    Between the two calls the old models answer, while slow preparations for the new ones run.
    `embedded` are the versions inside a Bento. They answer until the database names another
    version, so that a Bento works on a machine where nobody has imported a model; then those of
    another joint fit go with it.
    """

    def __init__(self, engine: Engine, embedded: Mapping[str, str] | None = None) -> None:
        self.engine = engine
        self.embedded = dict(embedded or {})
        self._change = -1
        self._models: Mapping[str, ServedModel] = {}

    def current(self) -> Mapping[str, ServedModel]:
        """The models by endpoint, in the order shown; without a model an endpoint is absent."""
        return self._models

    def pending(self) -> PendingModels | None:
        """The models that the database names now, loaded; None when nothing has changed.

        Raises InputError when a version cannot be loaded, or models of one landmark come from
        different joint fits; then the current models stay.
        """
        with self.engine.connect() as connection, connection.begin():
            change = latest_change(connection)
            if change == self._change:
                return None
            latest = latest_versions(connection)
        models = self._load({n: v for n, v in latest.items() if v != NONE})
        models |= self._embedded_beside(models, set(latest))
        check_joint_fits({name: served_model.manifest for name, served_model in models.items()})
        return PendingModels(change, in_order(models))

    def _load(self, version_by_endpoint: Mapping[str, str]) -> dict[str, ServedModel]:
        return {name: self._model(name, version) for name, version in version_by_endpoint.items()}

    def _embedded_beside(
        self, models: Mapping[str, ServedModel], decided: Set[str]
    ) -> dict[str, ServedModel]:
        """The embedded models that the database has not `decided` on and that can stay."""
        embedded = self._load({n: v for n, v in self.embedded.items() if n not in decided})
        manifests = {name: served_model.manifest for name, served_model in embedded.items()}
        others = companions([one.manifest for one in models.values()], manifests)
        return {name: one for name, one in embedded.items() if name not in others}

    def put_in_service(self, pending: PendingModels) -> None:
        """Let these models answer from now on."""
        self._models = pending.models
        self._change = pending.change

    def _model(self, endpoint: str, version: str) -> ServedModel:
        current = self._models.get(endpoint)
        if current is not None and current.version == version:
            return current
        model = persistence.load(folder(endpoint, version))
        # The first call loads the compiled kernel, which takes a second: not during a request.
        model.assess(np.full(len(model.features), np.nan))
        return ServedModel(model, version)
