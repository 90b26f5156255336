"""Data leakage: traps that inflate the AUC, and their effect on the usual way and on `training`.

    python -m benchmarks leakage

Every cohort is drawn so that nothing can be predicted: an honest AUC is 0.5. The table compares
the usual way, which falls into the trap, with `training` on the same tables. Means over 20 cohorts
of 60 patients (trap 1: five samples each).
"""

from collections.abc import Callable

import numpy as np
import pandas as pd
from lightgbm import LGBMClassifier
from sklearn.base import ClassifierMixin
from threadpoolctl import threadpool_limits

from features.arrays import Bools, Floats, Ints
from models.endpoints import ENDPOINTS, LANDMARK, PRIMARY_HORIZON
from models.risk_model import RiskModel
from training.cohort.cohort import cohort_of
from training.cohort.labels import label
from training.cohort.outcomes import Outcomes, check_outcomes
from training.evaluation.design import design_for
from training.evaluation.folds import patient_fold_plan
from training.evaluation.joint.fit import fit_joint, joint_data
from training.evaluation.joint.resampling import cross_validate_joint, out_of_fold
from training.evaluation.joint.rows import joint_rows
from training.statistics.accuracy.auc import auc

COHORTS, PATIENTS, COLUMNS, SAMPLES, FOLDS = 20, 60, 6, 5, 5
FEATURES = tuple(f"x{j}" for j in range(COLUMNS))
NO_SITE = ""


def boosted() -> LGBMClassifier:
    """LightGBM with small leaves: the model most able to recognise a patient."""
    return LGBMClassifier(n_estimators=100, min_child_samples=5, n_jobs=1, verbose=-1)


def outcomes_of(event: Bools, day: int = 100) -> Outcomes:
    """Patients in remission at day 28, of whom some relapse on a day."""
    return check_outcomes(
        pd.DataFrame(
            {
                "patient_id": [f"P{i}" for i in range(len(event))],
                "followup_day": "400",
                "relapse_day": np.where(event, str(day), ""),
                "death_day": "",
                "death_cause": "",
                "transplant_day": "",
                "response_day28": "CR",
            }
        )
    )


def table_of(X: Floats, patient: Ints, day: Ints, site: object = NO_SITE) -> pd.DataFrame:
    """One row a sample."""
    frame = pd.DataFrame(X, columns=list(FEATURES))
    return frame.assign(patient_id=[f"P{i}" for i in patient], day=day, site=site)


def training_auc(table: pd.DataFrame, outcomes: Outcomes) -> float:
    """Out-of-fold AUC of relapse as `training` computes it, from the tables on."""
    cohort, relapse = cohort_of(table, outcomes), ENDPOINTS["relapse"]
    rows = joint_rows(
        cohort, (LANDMARK,), (PRIMARY_HORIZON,), features=FEATURES, core_panel=FEATURES
    )
    labels = label(cohort.at_risk, relapse, PRIMARY_HORIZON)
    plan = patient_fold_plan(labels.y.astype(np.int64), cohort.at_risk.site, 1, FOLDS, 0)
    scores = cross_validate_joint(joint_data(cohort, rows, [relapse]), plan, fit_joint)
    design = design_for(labels, cohort.samples, FEATURES, FEATURES)
    oof = out_of_fold(scores, relapse, design, 0)
    return auc(oof.logit[0], labels.y, oof.weight[0], plan.stratum[0])


def in_folds(X: Floats, y: Floats, fold: Ints, make: Callable[[], ClassifierMixin]) -> float:
    """Plain cross-validation over rows in given folds; pairs of one fold only."""
    score = np.empty(len(y))
    for k in np.unique(fold):
        test = fold == k
        score[test] = make().fit(X[~test], y[~test]).predict_proba(X[test])[:, 1]
    return auc(score, y, np.ones(len(y)), fold)


def several_samples(rng: np.random.Generator) -> dict[str, float]:
    """Five samples a patient that resemble each other, labels random by patient."""
    patient = np.repeat(np.arange(PATIENTS), SAMPLES)
    means = rng.normal(size=(PATIENTS, COLUMNS))
    X = means[patient] + 0.2 * rng.normal(size=(len(patient), COLUMNS))
    event = rng.permutation(np.arange(PATIENTS) % 2 == 0)
    y = event[patient].astype(float)
    day = np.tile(np.array([-5, 7, 14, 21, 27]), PATIENTS)
    rows = rng.permutation(len(y)) % 5
    by_patient = (rng.permutation(PATIENTS) % 5)[patient]
    return {
        "trap": in_folds(X, y, rows, boosted),
        "cure": in_folds(X, y, by_patient, boosted),
        "training": training_auc(table_of(X, patient, day), outcomes_of(event)),
    }


def site_with_label(rng: np.random.Generator) -> dict[str, float]:
    """Two hospitals, one with nine events in ten patients, the other with one; batches differ."""
    site = np.arange(PATIENTS) % 2
    event = rng.random(PATIENTS) < np.where(site == 1, 0.9, 0.1)
    X = rng.normal(size=(PATIENTS, COLUMNS)) + 2.0 * site[:, None]
    patient, day = np.arange(PATIENTS), np.full(PATIENTS, 25)
    names = np.where(site == 1, "A", "B")
    folds = rng.permutation(PATIENTS) % 5
    return {
        "trap": in_folds(X, event.astype(float), folds, RiskModel),
        "cure": in_folds(X, event.astype(float), folds * 2 + site, RiskModel),
        "training": training_auc(table_of(X, patient, day, names), outcomes_of(event)),
    }


def sample_after_relapse(rng: np.random.Generator) -> dict[str, float]:
    """All have a second sample on day 110; with blasts after a relapse on day 100."""
    event = rng.permutation(np.arange(PATIENTS) % 2 == 0)
    patient, day = np.tile(np.arange(PATIENTS), 2), np.repeat([25, 110], PATIENTS)
    X = rng.normal(size=(2 * PATIENTS, COLUMNS))
    X[PATIENTS:, 0] += 3.0 * event
    folds = rng.permutation(PATIENTS) % 5
    y = event.astype(float)
    return {
        "trap": in_folds(X[PATIENTS:], y, folds, RiskModel),  # each patient's last sample
        "cure": in_folds(X[:PATIENTS], y, folds, RiskModel),
        "training": training_auc(table_of(X, patient, day), outcomes_of(event)),
    }


def scaled_before_folds(rng: np.random.Generator) -> dict[str, float]:
    """Columns standardised over all patients, the test patients included, before any fold."""
    event = rng.permutation(np.arange(PATIENTS) % 2 == 0)
    X = rng.normal(size=(PATIENTS, COLUMNS)) ** 3
    patient, day = np.arange(PATIENTS), np.full(PATIENTS, 25)
    outcomes = outcomes_of(event)
    z = (X - X.mean(axis=0)) / X.std(axis=0)
    raw = training_auc(table_of(X, patient, day), outcomes)
    return {
        "trap": training_auc(table_of(z, patient, day), outcomes),
        "cure": raw,
        "training": raw,
    }


TRAPS: dict[str, Callable[[np.random.Generator], dict[str, float]]] = {
    "1 five samples a patient": several_samples,
    "2 a site that predicts the label": site_with_label,
    "3 a sample after the relapse": sample_after_relapse,
    "4 standardised over the cohort": scaled_before_folds,
}
CURES = (
    "rows in random folds | folds by patient | one sample a patient, at the landmark",
    "folds by patient | pairs of one site only | the same, or whole sites left out",
    "each patient's last sample | the sample before | only samples up to the landmark",
    "scaled before the folds | scaled inside them | the same; the fit does not see the scale",
)


def table(cohorts: int = COHORTS) -> pd.DataFrame:
    """Mean AUC of each trap over cohorts, and its standard error."""
    rows = []
    for name, draw in TRAPS.items():
        with threadpool_limits(1):
            areas = pd.DataFrame([draw(np.random.default_rng(seed)) for seed in range(cohorts)])
        error = areas["training"].std() / np.sqrt(cohorts)
        rows.append({"": name, **areas.mean().to_dict(), "SE": error})
    return pd.DataFrame(rows)


def main() -> None:
    """Print the table and the meaning of its columns."""
    print("AUC where nothing can be predicted (honest: 0.5)")
    print(table().round(3).to_string(index=False))
    print("\n".join(f"{i}: {words}" for i, words in enumerate(CURES, 1)))


if __name__ == "__main__":
    main()
