"""The models that a Bento carries: those in service when it is built."""

import logging
from collections.abc import Mapping
from typing import Any

from bentoml.models import BentoModel

from features.settings import database_url, var_dir
from serving.model_store.model_store import endpoint_of, tag
from serving.model_store.service_history import versions
from serving.storage.database import open_engine

log = logging.getLogger("bentoml.cd7watch")


def declared_models() -> list[BentoModel]:
    """The versions in service as BentoML's references, so that `bentoml build` includes them.

    Empty where there is no database yet: in a Bento unpacked elsewhere, or before any import.
    """
    if database_url().startswith("sqlite") and not (var_dir() / "service.db").exists():
        return []
    engine = open_engine(database_url())
    with engine.connect() as connection, connection.begin():
        version_by_endpoint = versions(connection)
    engine.dispose()
    models = (_reference(endpoint, version) for endpoint, version in version_by_endpoint.items())
    return [model for model in models if model is not None]


def _reference(endpoint: str, version: str) -> BentoModel | None:
    """BentoML's reference to a version; None with a warning when BENTOML_HOME lacks it."""
    model = BentoModel(tag(endpoint, version))
    if model.stored is None:
        log.warning("%s is not in BENTOML_HOME, so a Bento built here lacks it", model)
        return None
    return model


def embedded_versions(service: Any) -> Mapping[str, str]:
    """Endpoint to version of the models inside the running Bento; empty outside one."""
    if service.bento is None:
        return {}
    tags = [model.tag for model in service.bento.info.all_models]
    pairs = ((endpoint_of(one.name), str(one.version)) for one in tags)
    return {endpoint: version for endpoint, version in pairs if endpoint is not None}
