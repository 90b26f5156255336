"""How a worker follows the database: pending models, then models in service."""

import shutil
from pathlib import Path

import pytest
from sqlalchemy import insert

from features.errors import InputError
from serving.model_store import model_store
from serving.model_store.active_models import ActiveModels
from serving.model_store.versions_in_service import install
from serving.storage.audit_log import AuditLog
from serving.storage.tables import in_service

Folders = dict[str, Path]


def follow(active: ActiveModels) -> bool:
    """Put what the database names in service; whether it was anything new."""
    pending = active.pending()
    if pending is not None:
        active.put_in_service(pending)
    return pending is not None


def test_an_imported_model_is_in_service(audit_log: AuditLog, model_folders: Folders) -> None:
    """Following once loads it under its version; following again finds nothing new."""
    active = ActiveModels(audit_log.engine)
    assert install([model_folders["relapse"]], audit_log, "admin") == {"relapse": "1"}
    assert follow(active) and not follow(active)
    assert {name: m.version for name, m in active.current().items()} == {"relapse": "1"}


def test_pending_models_do_not_answer_yet(audit_log: AuditLog, model_folders: Folders) -> None:
    """The old models stay in service until the new ones are put there."""
    active = ActiveModels(audit_log.engine)
    install([model_folders["relapse"]], audit_log, "admin")
    follow(active)
    install([model_folders["relapse-2"]], audit_log, "admin")
    pending = active.pending()
    assert pending is not None and pending.models["relapse"].version == "2"
    assert active.current()["relapse"].version == "1"


def test_a_swap_replaces_the_whole_mapping(audit_log: AuditLog, model_folders: Folders) -> None:
    """Who holds the old mapping keeps the old models; the untouched endpoint is not loaded anew."""
    active = ActiveModels(audit_log.engine)
    install([model_folders[n] for n in ("relapse", "fatal_infection")], audit_log, "admin")
    follow(active)
    old = active.current()
    install([model_folders["relapse-2"]], audit_log, "admin")
    follow(active)
    assert (old["relapse"].version, active.current()["relapse"].version) == ("1", "2")
    assert active.current()["fatal_infection"] is old["fatal_infection"]


def test_an_embedded_version_serves_until_one_is_imported(
    audit_log: AuditLog, model_folders: Folders
) -> None:
    """A Bento's own models answer on an empty database, and an import takes over."""
    model_store.keep(model_folders["relapse"], "relapse", "1")
    active = ActiveModels(audit_log.engine, {"relapse": "1"})
    follow(active)
    assert active.current()["relapse"].version == "1"
    install([model_folders["relapse-2"]], audit_log, "admin")
    follow(active)
    assert active.current()["relapse"].version == "2"


def test_a_missing_version_leaves_what_serves(audit_log: AuditLog, model_folders: Folders) -> None:
    """When the store lost a version, the worker says so and keeps its models."""
    active = ActiveModels(audit_log.engine)
    install([model_folders["relapse"]], audit_log, "admin")
    follow(active)
    install([model_folders["relapse-2"]], audit_log, "admin")
    shutil.rmtree(model_store.folder("relapse", "2").parent)
    with pytest.raises(InputError, match="import its folder again"):
        follow(active)
    assert active.current()["relapse"].version == "1"


def test_embedded_models_of_another_fit_step_back(
    audit_log: AuditLog, model_folders: Folders
) -> None:
    """An import of another fit takes the Bento's models of the same landmark out of service."""
    for name in ("relapse", "fatal_infection"):
        model_store.keep(model_folders[name], name, "1")
    active = ActiveModels(audit_log.engine, {"fatal_infection": "1", "relapse": "1"})
    follow(active)
    assert list(active.current()) == ["relapse", "fatal_infection"]
    install([model_folders["relapse-other"]], audit_log, "admin")
    follow(active)
    assert {name: m.version for name, m in active.current().items()} == {"relapse": "5"}


def test_two_fits_are_not_served(audit_log: AuditLog, model_folders: Folders) -> None:
    """A database that names versions of two fits, as by hand, leaves what serves."""
    active = ActiveModels(audit_log.engine)
    install([model_folders["relapse"]], audit_log, "admin")
    follow(active)
    model_store.keep(model_folders["fatal_infection-other"], "fatal_infection", "5")
    row = {"endpoint": "fatal_infection", "version": "5", "action": "import", "actor": "x", "at": 0}
    with audit_log.engine.begin() as connection:
        connection.execute(insert(in_service), row)
    with pytest.raises(InputError, match="one joint fit"):
        follow(active)
    assert list(active.current()) == ["relapse"]
