"""Write serving/example_patient.json and example_answers.json from a simulated cohort.

    python -m training simulate --n 120 --seed 1 --features-only COHORT
    python -m tests.serving.make_examples patient COHORT/features.parquet
    CD7WATCH_VAR=NEW python -m tests.serving.make_examples answers COHORT/features.parquet \
        COHORT/outcomes.csv COHORT/infections.csv

The patient is the one who lies nearest to the middle of the cohort. The models have two
measurements, so that an answer with all its reasons stays short.
"""

import json
import math
import sys
import tempfile
import warnings
from pathlib import Path
from typing import Any

import numpy as np

from features import schema
from features.settings import REPOSITORY, prepare_libraries, var_dir
from features.table.feature_table import read_table
from features.table.row import Row
from models.applicability_domain import distance, learn_domain
from models.endpoints import ENDPOINTS, HORIZONS, LANDMARK
from models.frozen import FrozenModel, freeze
from models.persistence import save
from training.cohort.cohort import cohort_of
from training.cohort.infections import read_infections
from training.cohort.outcomes import read_outcomes
from training.evaluation.joint.fit import fit_joint, joint_data
from training.evaluation.joint.refits import bootstrap_refits, members_of
from training.evaluation.joint.rows import joint_rows, training_visits

REFITS = 200
MEASUREMENTS = ("s100a8a9_leukocyte", "monocyte_fraction")
COLUMNS = (
    "day", "provenance", "tissue", "enrichment", "preparation", "anc", "plt", "hb", "crp",
    "ferritin", "n_cells", "no_monocytes", "cd7neg_unresolved", "cd7_t_rate", "cd7_t_rate_se",
    *(feature.name for feature in schema.CELLS),
)  # fmt: skip
FACTS = {
    "provenance": "synthetic",
    "joint_fit": "5eed000000000001",
    "state": "candidate",
    "version": "1",
    "gate": {"passed": [], "failed": ["An example: never evaluated."]},
    "card": "An example, never evaluated.",
}
SERVING = REPOSITORY / "serving"


def patients(table: Path) -> list[list[Row]]:
    """Each patient's samples up to the landmark, of those who have two."""
    by_patient: dict[str, list[Row]] = {}
    for row in read_table(table).to_rows():
        if int(str(row["day"])) <= LANDMARK:
            own = {name: row[name] for name in schema.SAMPLE_COLUMNS}
            by_patient.setdefault(str(row["patient_id"]), []).append(own)
    return [rows for rows in by_patient.values() if len(rows) == 2]


def design(found: list[list[Row]]) -> np.ndarray:
    """The patients' latest samples as the models see them, (n, p)."""
    names = schema.MODEL_FEATURES
    return np.array([[rows[-1][name] for name in names] for rows in found], dtype=float)


def write_patient(table: Path) -> None:
    """The most ordinary patient of the cohort, without gaps, as the example's request."""
    found = patients(table)
    X = design(found)
    domain = learn_domain(X)
    whole = [
        all(_known(row[name]) for row in rows for name in schema.MODEL_FEATURES) for rows in found
    ]
    far = [distance(domain, x) if ok else math.inf for x, ok in zip(X, whole, strict=True)]
    samples = [
        {"sample_id": name} | {n: _short(row[n]) for n in COLUMNS if _known(row[n])}
        for name, row in zip(("before", "current"), found[int(np.argmin(far))], strict=True)
    ]
    text = json.dumps({"samples": samples}, indent=2)
    (SERVING / "example_patient.json").write_text(text + "\n")


def _known(value: object) -> bool:
    return value is not None and value == value


def _short(value: Any) -> Any:
    return float(f"{value:.4g}") if isinstance(value, float) else value


def models(features: Path, outcomes: Path, infections: Path) -> dict[str, FrozenModel]:
    """The standard endpoints of one joint fit of two measurements at the landmark."""
    cohort = cohort_of(
        read_table(features), read_outcomes(outcomes), infections=read_infections(infections)
    )
    rows = joint_rows(cohort, (LANDMARK,), HORIZONS, features=MEASUREMENTS, core_panel=MEASUREMENTS)
    data = joint_data(cohort, rows, list(ENDPOINTS.values()))
    everybody = np.arange(len(rows.patients))
    fit, refits = fit_joint(data, everybody), bootstrap_refits(data, fit_joint, REFITS, seed=1)
    made = {}
    for name, endpoint in ENDPOINTS.items():
        visits = training_visits(data.onset_rows.get(name, rows), everybody)
        made[name] = freeze(
            members_of(fit, refits, endpoint), endpoint, LANDMARK,
            events=data.events(endpoint), horizons=HORIZONS, features=MEASUREMENTS,
            training_X=rows.visits[0].X,
            prevalence=visits.incidence @ data.in_endpoint(endpoint), facts=FACTS,
        )  # fmt: skip
    return made


def write_answers(table: Path, outcomes: Path, infections: Path) -> None:
    """Serve the models in this process, call every operation once, write the answers."""
    prepare_libraries()
    from serving.auth import tokens
    from serving.model_store.versions_in_service import install
    from serving.storage.audit_log import open_audit_log

    audit_log = open_audit_log()
    made = models(table, outcomes, infections)
    for name, model in made.items():
        save(model, var_dir() / name)
    install([var_dir() / name for name in made], audit_log, "example")
    token = tokens.add(audit_log.engine, "example", tokens.ROLES, renew=True)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from starlette.testclient import TestClient

        from serving.service import RiskService
    from tests.serving.examples import all_answers

    headers = {"Authorization": f"Bearer {token}"}
    with (
        TestClient(RiskService.to_asgi(), "http://127.0.0.1:3000", headers=headers) as client,
        tempfile.TemporaryDirectory() as folder,
    ):
        found = all_answers(client, Path(folder))
    (SERVING / "example_answers.json").write_text(json.dumps(found, indent=1) + "\n")


if __name__ == "__main__":
    what, *given = sys.argv[1:]
    {"patient": write_patient, "answers": write_answers}[what](*map(Path, given))
