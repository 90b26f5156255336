"""What the tests of the service share: small real models, one service in process, one on a port."""

import os
import warnings
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import Engine

from features.settings import var_dir
from models.endpoints import ENDPOINTS
from models.frozen import FrozenModel
from models.persistence import save
from serving.storage.database import downgrade, open_engine
from tests.serving.cohorts import cohort_numbers
from tests.serving.fitted import fitted_models, joint_models
from tests.serving.postgres import server
from tests.serving.process import Running, command, end, launch

# BentoML's store is the tests' own, whatever the developer's shell says.
os.environ["BENTOML_HOME"] = str(var_dir() / "bentoml")
# Workers of a real service get this from BentoML.
METRICS = var_dir() / "metrics"
METRICS.mkdir(parents=True, exist_ok=True)
os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(METRICS)

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # Starlette would like httpx2, which nothing else here needs
    from starlette.testclient import TestClient

    import serving.service  # noqa: F401  # BentoML imports a deprecated factory of pathspec


def with_version(model: FrozenModel, version: str, **more: object) -> FrozenModel:
    """The model as `training export` would number it."""
    named = {"version": version, "card": "A test.", **more}
    return replace(model, manifest={**model.manifest, **named})


@pytest.fixture(scope="session")
def model_folders(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Folders as `training export` writes them: version 1 of all endpoints, of one joint fit.

    relapse-2 is a later version of that fit, `*-other` are version 5 of another fit. Only relapse 1
    tells of its cohort.
    """
    place = tmp_path_factory.mktemp("models")
    fitted = {name: served_model.model for name, served_model in fitted_models().items()}
    made = {name: with_version(model, "1") for name, model in fitted.items()}
    made["relapse"] = with_version(fitted["relapse"], "1", cohort=cohort_numbers())
    made["relapse-2"] = with_version(fitted["relapse"], "2", card="A later test.")
    others = joint_models(11)
    made |= {f"{name}-other": with_version(model, "5") for name, model in others.items()}
    for name, model in made.items():
        save(model, place / name)
    return {name: place / name for name in made}


@pytest.fixture(scope="session")
def client(model_folders: dict[str, Path]) -> Iterator[TestClient]:
    """The service in this process, three endpoints in service, signed in with every role.

    BentoML's `to_asgi` works once in a process, hence one for the whole session.
    """
    from serving.auth import tokens
    from serving.model_store.versions_in_service import install
    from serving.storage.audit_log import open_audit_log

    audit_log = open_audit_log()
    install([model_folders[name] for name in ENDPOINTS], audit_log, "test")
    token = tokens.add(audit_log.engine, "tests", tokens.ROLES, renew=True)
    audit_log.engine.dispose()
    from serving.service import RiskService

    headers = {"Authorization": f"Bearer {token}"}
    with TestClient(RiskService.to_asgi(), headers=headers, raise_server_exceptions=False) as made:
        yield made


@pytest.fixture(scope="session")
def running(
    model_folders: dict[str, Path], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Running]:
    """A real service with two workers on a real port, models put in by the command line."""
    var = tmp_path_factory.mktemp("var")
    done = command(var, "import", *(str(model_folders[name]) for name in ENDPOINTS))
    assert done.returncode == 0, done.stderr
    service = launch(var, "--workers", "2")
    yield service
    assert end(service) == 0, "an orchestrator's TERM is an ordinary end"


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """The address of a real PostgreSQL server."""
    with server() as address:
        yield address


@pytest.fixture(params=["sqlite", "postgresql"])
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    """An empty database at the newest schema, once on SQLite and once on PostgreSQL."""
    if request.param == "sqlite":
        made = open_engine(f"sqlite:///{tmp_path / 'service.db'}")
        yield made
    else:
        made = open_engine(request.getfixturevalue("postgres"))
        yield made
        downgrade(made)
        with made.begin() as connection:
            connection.exec_driver_sql("DROP TABLE alembic_version")
    made.dispose()
