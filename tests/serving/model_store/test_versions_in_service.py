"""Import and rollback: which version is in service, what is recorded, what is refused."""

import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import select

from features.errors import InputError
from models.endpoints import ENDPOINTS
from models.persistence import save
from serving.model_store import versions_in_service
from serving.model_store.model_store import folder
from serving.model_store.service_history import versions
from serving.model_store.versions_in_service import (
    install,
    manifests_in_service,
    names_in_service,
    require_known_quantities,
    require_servable,
    rollback,
)
from serving.storage.audit_log import AuditLog
from serving.storage.tables import audit
from tests.serving.conftest import with_version
from tests.serving.fitted import CMV, TREATED, fitted_models, joint_models, with_covariates

Folders = dict[str, Path]


def test_rollback_goes_back_one_version_at_a_time(
    audit_log: AuditLog, model_folders: Folders
) -> None:
    """1, 2, back to 1, and no further; importing 2 again serves it again."""
    for name in ("relapse", "relapse-2"):
        install([model_folders[name]], audit_log, "admin")
    assert rollback("relapse", audit_log, "admin") == {"relapse": "1"}
    with pytest.raises(InputError, match="none was in service"):
        rollback("relapse", audit_log, "admin")
    install([model_folders["relapse-2"]], audit_log, "admin")
    assert rollback("relapse", audit_log, "admin") == {"relapse": "1"}


def test_every_change_is_recorded(audit_log: AuditLog, model_folders: Folders) -> None:
    """Who put which version in service stands in the audit chain."""
    for name in ("relapse", "relapse-2"):
        install([model_folders[name]], audit_log, "admin")
    rollback("relapse", audit_log, "night shift")
    with audit_log.engine.connect() as connection, connection.begin():
        rows = connection.execute(select(audit).order_by(audit.c.number)).all()
    assert [(row.kind, row.actor) for row in rows] == [
        ("import", "admin"), ("import", "admin"), ("rollback", "night shift"),
    ]  # fmt: skip
    assert json.loads(rows[-1].body) == {"endpoint": "relapse", "version": "1"}


def test_a_version_never_changes_its_content(
    audit_log: AuditLog, model_folders: Folders, tmp_path: Path
) -> None:
    """The same folder again is fine; another model under the same version is refused."""
    install([model_folders["relapse"]], audit_log, "admin")
    install([model_folders["relapse"]], audit_log, "admin")
    other = shutil.copytree(model_folders["relapse-2"], tmp_path / "other")
    manifest = json.loads((other / "manifest.json").read_text())
    (other / "manifest.json").write_text(json.dumps(manifest | {"version": "1"}))
    with pytest.raises(InputError, match="with other content"):
        install([other], audit_log, "admin")


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        ({"schema_version": "0"}, "schema_version"),
        ({"format_version": "99"}, "format_version"),
        ({"version": ""}, "registry version"),
        ({"files": {"arrays.npz": "0" * 64}}, "SHA-256"),
    ],
)
def test_a_folder_that_does_not_fit_is_refused(
    audit_log: AuditLog,
    model_folders: Folders,
    tmp_path: Path,
    change: dict[str, object],
    rule: str,
) -> None:
    """Checksum, format, schema and version are checked before anything is stored."""
    changed = shutil.copytree(model_folders["relapse"], tmp_path / "changed")
    manifest = json.loads((changed / "manifest.json").read_text())
    (changed / "manifest.json").write_text(json.dumps(manifest | change))
    with pytest.raises(InputError, match=rule):
        install([changed], audit_log, "admin")
    assert not (tmp_path / "bentoml" / "models" / "cd7watch-relapse").exists()


def test_an_unknown_endpoint_is_refused(audit_log: AuditLog, model_folders: Folders) -> None:
    """The sentence names the endpoints that were in service."""
    with pytest.raises(InputError, match="none was in service"):
        rollback("cure", audit_log, "admin")
    install([model_folders[n] for n in ("relapse", "fatal_infection")], audit_log, "admin")
    with pytest.raises(InputError, match="relapse or fatal_infection"):
        rollback("cure", audit_log, "admin")


def test_models_of_another_fit_come_together(audit_log: AuditLog, model_folders: Folders) -> None:
    """One alone is refused and not stored; all at once replace the old, and go back together."""
    install([model_folders[name] for name in ENDPOINTS], audit_log, "admin")
    for names in (["relapse-other"], ["relapse-other", "fatal_infection-other"]):
        with pytest.raises(InputError, match=r"load its companions together: .*severe_infection"):
            install([model_folders[name] for name in names], audit_log, "admin")
    with pytest.raises(InputError, match="5 is not"):
        folder("relapse", "5")
    with pytest.raises(InputError, match="import them together"):
        install([model_folders[n] for n in ("relapse-other", "fatal_infection")], audit_log, "x")
    others = [model_folders[f"{name}-other"] for name in ENDPOINTS]
    assert install(others, audit_log, "admin") == dict.fromkeys(ENDPOINTS, "5")
    assert rollback("severe_infection", audit_log, "admin") == dict.fromkeys(ENDPOINTS, "1")
    require_servable(audit_log.engine)


def test_replacing_takes_the_others_out(audit_log: AuditLog, model_folders: Folders) -> None:
    """With `replace` a fit without an endpoint comes into service, and the rollback undoes it."""
    install([model_folders[name] for name in ENDPOINTS], audit_log, "admin")
    pair = [model_folders[f"{name}-other"] for name in ("relapse", "fatal_infection")]
    chosen = install(pair, audit_log, "admin", replace=True)
    assert chosen == {"relapse": "5", "fatal_infection": "5", "severe_infection": ""}
    assert set(manifests_in_service(audit_log.engine)) == {"relapse", "fatal_infection"}
    assert rollback("relapse", audit_log, "admin") == dict.fromkeys(ENDPOINTS, "1")


def test_a_rollback_does_not_mix_fits(audit_log: AuditLog, model_folders: Folders) -> None:
    """A version of the old fit cannot come back beside one that was added to the new fit."""
    install([model_folders["relapse"]], audit_log, "admin")
    install([model_folders["relapse-other"]], audit_log, "admin")
    install([model_folders["fatal_infection-other"]], audit_log, "admin")
    with pytest.raises(InputError, match="joint fit"):
        rollback("relapse", audit_log, "admin")
    assert versions_now(audit_log) == {"relapse": "5", "fatal_infection": "5"}


def versions_now(audit_log: AuditLog) -> dict[str, str]:
    """The versions in service now."""
    with audit_log.engine.connect() as connection, connection.begin():
        return versions(connection)


def test_an_endpoint_of_another_landmark_has_a_fit_of_its_own(
    audit_log: AuditLog, model_folders: Folders, tmp_path: Path
) -> None:
    """Severe infection at day 7 comes from another fit than relapse at day 28."""
    early = joint_models(21, [ENDPOINTS["severe_infection"]], 7, n=60, refits=2)
    save(with_version(early["severe_infection"], "1"), tmp_path / "early")
    install([model_folders["relapse"], tmp_path / "early"], audit_log, "admin")
    require_servable(audit_log.engine)


def test_an_import_in_between_is_told(
    audit_log: AuditLog, model_folders: Folders, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was checked must still be in service when it is written: the later one starts again."""
    store = versions_in_service.keep

    def keep_while_another_imports(source: Path, endpoint: str, version: str) -> None:
        monkeypatch.setattr(versions_in_service, "keep", store)
        install([model_folders["fatal_infection-other"]], audit_log, "somebody else")
        store(source, endpoint, version)

    monkeypatch.setattr(versions_in_service, "keep", keep_while_another_imports)
    with pytest.raises(InputError, match="run this one again"):
        install([model_folders["relapse"]], audit_log, "admin")
    assert versions_now(audit_log) == {"fatal_infection": "5"}


def test_two_folders_of_one_endpoint_are_refused(
    audit_log: AuditLog, model_folders: Folders
) -> None:
    """One version answers for an endpoint."""
    with pytest.raises(InputError, match="two folders hold relapse"):
        install([model_folders["relapse"], model_folders["relapse-2"]], audit_log, "admin")


def test_versions_that_cannot_be_served_are_told(
    audit_log: AuditLog, model_folders: Folders
) -> None:
    """An earlier build's version in service is refused at the start, and replaced by an import."""
    install([model_folders[n] for n in ("relapse", "fatal_infection")], audit_log, "admin")
    path = folder("fatal_infection", "1") / "manifest.json"
    text = path.read_text()
    path.write_text(json.dumps(json.loads(text) | {"format_version": "1"}))
    with pytest.raises(InputError, match="format_version 2"):
        require_servable(audit_log.engine)
    with pytest.raises(InputError, match=r"companions together: .*fatal_infection"):
        install([model_folders["relapse-2"]], audit_log, "admin")
    install([model_folders["relapse-2"]], audit_log, "admin", replace=True)
    require_servable(audit_log.engine)


def test_a_name_keeps_its_quantity_in_a_service(audit_log: AuditLog, tmp_path: Path) -> None:
    """Another unit under a name that any version used is refused; a wider range is not."""
    models = fitted_models()
    folders = {}
    for name, endpoint, version, declared in (
        ("first", "relapse", "1", (CMV, TREATED)), ("plain", "relapse", "2", ()),
        ("wider", "fatal_infection", "1", (replace(CMV, high=12.0),)),
        ("other unit", "fatal_infection", "2", (replace(CMV, unit="IU/mL"),)),
    ):  # fmt: skip
        model = with_covariates(models[endpoint], *declared).model
        folders[name] = tmp_path / name
        save(with_version(model, version), folders[name])
    install([folders["first"]], audit_log, "admin")
    assert names_in_service(audit_log.engine) == {"adv_load", "treated"}
    install([folders["plain"]], audit_log, "admin")
    assert names_in_service(audit_log.engine) == set()
    install([folders["wider"]], audit_log, "admin")
    with pytest.raises(InputError, match=r"adv_load is a number in IU/mL .* give one of them an"):
        install([folders["other unit"]], audit_log, "admin")
    with pytest.raises(InputError, match=r"cohort\.parquet"):
        require_known_quantities(
            audit_log.engine, (replace(TREATED, unit="days"),), "cohort.parquet"
        )


def test_an_input_that_nothing_describes_is_refused(audit_log: AuditLog, tmp_path: Path) -> None:
    """A model of another table would answer with reasons that have no label."""
    model = with_version(with_covariates(fitted_models()["relapse"], CMV).model, "1")
    save(replace(model, manifest={**model.manifest, "covariates": []}), tmp_path / "model")
    with pytest.raises(InputError, match="adv_load is neither"):
        install([tmp_path / "model"], audit_log, "admin")
