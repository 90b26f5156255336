"""Write serving/example_patient.json and example_answers.json from a simulated cohort.

    python -m training simulate --n 120 --seed 1 COHORT
    python -m features COHORT/samples.csv -o FEATURES
    python -m tests.serving.make_examples patient FEATURES
    python -m tests.serving.make_examples answers FEATURES COHORT/outcomes.csv

The patient is the one who lies nearest to the middle of the cohort. The models have one biomarker
each, so that an answer with all its reasons stays short.
"""

import csv
import json
import math
import sys
import tempfile
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from features import schema
from features.measures.history import add_history
from features.settings import REPOSITORY, prepare_libraries, var_dir
from features.table.feature_table import read_table
from features.table.row import Row
from models.applicability_domain import distance, learn_domain
from models.frozen import FrozenModel, freeze
from models.persistence import save
from models.risk_model import RiskModel

LANDMARK, HORIZONS = 28, (90, 180, 365)
BIOMARKERS = {"relapse": "s100a8a9_leukocyte", "fatal_infection": "monocyte_fraction"}
COLUMNS = (
    "day", "provenance", "tissue", "enrichment", "preparation", "anc", "plt", "hb", "crp",
    "ferritin", "n_cells", "no_monocytes", "cd7neg_unresolved", "cd7_t_rate", "cd7_t_rate_se",
    *(feature.name for feature in schema.CELLS),
)  # fmt: skip
FACTS = {
    "provenance": "synthetic",
    "state": "candidate",
    "version": "1",
    "gate": {"passed": [], "failed": ["An example: never evaluated."]},
    "card": "An example, never evaluated.",
}
SERVING = REPOSITORY / "serving"


def patients(table: Path) -> list[list[Row]]:
    """Each patient's samples up to the landmark with history, of those who have two."""
    by_patient: dict[str, list[Row]] = {}
    for row in read_table(table).to_rows():
        if int(str(row["day"])) <= LANDMARK:
            own = {name: row[name] for name in schema.SAMPLE_COLUMNS}
            by_patient.setdefault(str(row["patient_id"]), []).append(own)
    return [add_history(rows) for rows in by_patient.values() if len(rows) == 2]


def design(found: list[list[Row]]) -> np.ndarray:
    """The patients' latest samples as the models see them, (n, p)."""
    names = schema.MODEL_FEATURES
    return np.array([[rows[-1][name] for name in names] for rows in found], dtype=float)


def write_patient(table: Path) -> None:
    """The most ordinary patient of the cohort, without gaps, as the example's request."""
    found = patients(table)
    X = design(found)
    domain = learn_domain(X)
    whole = ~np.isnan(X).any(axis=1)
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


def models(features: Path, outcomes: Path) -> dict[str, FrozenModel]:
    """Both endpoints with one biomarker; events are counted, censoring is left aside."""
    found = patients(features)
    X = design(found)
    table = pd.DataFrame(X, columns=list(schema.MODEL_FEATURES))
    with outcomes.open() as file:
        course = {row["patient_id"]: row for row in csv.DictReader(file)}
    own = [course[str(rows[-1]["patient_id"])] for rows in found]
    made = {}
    for number, (endpoint, biomarker) in enumerate(BIOMARKERS.items(), 1):
        fitted = {
            horizon: RiskModel(
                candidates=("biomarker",), biomarker=biomarker, n_refits=200, random_state=number
            ).fit(table, np.array([_event(row, endpoint, horizon) for row in own]))
            for horizon in HORIZONS
        }
        made[endpoint] = freeze(
            fitted,
            endpoint,
            LANDMARK,
            features=schema.MODEL_FEATURES,
            training_X=X,
            facts=FACTS | {"training": {"n_patients": len(X)}},
        )
    return made


def _event(row: dict[str, str], endpoint: str, horizon: int) -> int:
    infection = endpoint == "fatal_infection"
    day = row["death_day"] if infection and row["death_cause"] == "infection" else ""
    day = day if infection else row["relapse_day"]
    return int(bool(day) and LANDMARK < int(day) <= LANDMARK + horizon)


def write_answers(table: Path, outcomes: Path) -> None:
    """Serve the models in this process, call every operation once, write the answers."""
    prepare_libraries()
    from serving.auth import tokens
    from serving.model_store.versions_in_service import install
    from serving.storage.audit_log import open_audit_log

    audit_log = open_audit_log()
    for name, model in models(table, outcomes).items():
        save(model, var_dir() / name)
        install(var_dir() / name, audit_log, "example")
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
