"""Speed of the whole protocol on a large cohort, against the same protocol in plain scikit-learn.

    python -m benchmarks protocol_speed

334 simulated patients at risk, both endpoints, 25 features, all four candidates, two processes:
10 x 5 nested folds, 200 permutations of 1 x 5 folds, 200 refits at each of three horizons. The
plain version uses scikit-learn as usual: pipelines, GridSearchCV for the penalty,
cross_val_predict for selection and calibration, LGBMClassifier. A complete run would take too
long: some of its fits are timed and multiplied by the number of our fits. Both are also given in
CPU seconds, which depend less on a busy machine; half of them is the time of two free cores.
Goals: ours under 2 minutes on two cores, five times faster.
"""

import time
from dataclasses import replace
from typing import Any

import numpy as np
import psutil
from lightgbm import LGBMClassifier
from sklearn.base import clone
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, StratifiedKFold, cross_val_predict
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from threadpoolctl import threadpool_limits
from training.evaluation.fit_endpoint import fit_endpoint

from benchmarks._cohorts import labels_and_design, synthetic_cohort
from features.schema import CORE, MODEL_FEATURES
from models.candidates import PANEL_PENALTIES
from models.endpoints import ENDPOINTS
from models.trees import ROUNDS, SETTING
from training.cohort.cohort import Cohort
from training.cohort.protocol import BIOMARKERS, Protocol
from training.evaluation.design import Design
from training.jobs import progress_bars

PATIENTS, FEATURES, PROCESSES, TIMED = 334, 25, 2, 6
ORDERED = (*CORE, *(name for name in MODEL_FEATURES if name not in CORE))
PROTOCOL = replace(Protocol(), features=tuple(dict.fromkeys(ORDERED))[:FEATURES])


def pipeline(model: Any) -> Any:
    """Median imputation with indicators, scaling, a model."""
    return make_pipeline(
        SimpleImputer(strategy="median", add_indicator=True), StandardScaler(), model
    )


def plain_candidates(X: np.ndarray, y: np.ndarray, inner: StratifiedKFold) -> dict[str, Any]:
    """The three models; the ridge with the penalty that the inner folds prefer.

    As in ours, the tuned penalty's own out-of-fold values serve selection and calibration: a
    further loop around the tuning would make the plain version five times slower still.
    """
    panel = GridSearchCV(
        pipeline(LogisticRegression(max_iter=1000)),
        {"logisticregression__C": 1 / PANEL_PENALTIES},
        scoring="neg_log_loss",
        cv=inner,
        refit=False,
    ).fit(X, y)
    ridge = pipeline(LogisticRegression(max_iter=1000)).set_params(**panel.best_params_)
    leaves = {key: SETTING[key] for key in ("num_leaves", "learning_rate", "max_bin")}
    boosted = LGBMClassifier(
        n_estimators=ROUNDS, min_child_samples=5, n_jobs=1, verbose=-1, **leaves
    )
    return {"biomarker": pipeline(LogisticRegression()), "core_panel": ridge, "lightgbm": boosted}


def plain_fit(design: Design, endpoint: str, rows: np.ndarray, seed: int) -> str:
    """Tune, select, calibrate and fit as RiskModel does, step by step; the selected name."""
    columns = {
        "biomarker": [BIOMARKERS[endpoint]],
        "core_panel": list(PROTOCOL.core_panel),
        "lightgbm": list(PROTOCOL.features),
    }
    y = design.y[rows]
    inner = StratifiedKFold(5, shuffle=True, random_state=seed)
    tables = {name: design.X.iloc[rows][columns[name]].to_numpy() for name in columns}
    models = plain_candidates(tables["core_panel"], y, inner)
    losses = {name: plain_losses(models[name], tables[name], y, inner) for name in models}
    name = one_se_choice(losses)
    clone(models[name]).fit(tables[name], y)
    return name


def plain_losses(model: Any, X: np.ndarray, y: np.ndarray, inner: StratifiedKFold) -> np.ndarray:
    """Each patient's log loss of the calibrated out-of-fold risk."""
    risk = cross_val_predict(model, X, y, cv=inner, method="predict_proba")[:, 1]
    logit = np.log(risk / (1 - risk))[:, None]
    risk = LogisticRegression().fit(logit, y).predict_proba(logit)[:, 1]
    return -np.log(np.where(y == 1, risk, 1 - risk))


def one_se_choice(losses: dict[str, np.ndarray]) -> str:
    """The first, simplest model within one standard error of the best."""
    best = min(losses, key=lambda name: losses[name].mean())
    for name in losses:
        d = losses[name] - losses[best]
        if d.mean() <= d.std() / np.sqrt(len(d)):
            return name
    return best


def plain_seconds(design: Design, endpoint: str) -> float:
    """CPU seconds of one plain fit on four fifths of the cohort, the mean of several."""
    rng = np.random.default_rng(0)
    patients = np.flatnonzero(design.has_label)
    parts = [rng.permutation(patients)[: len(patients) * 4 // 5] for _ in range(TIMED + 1)]
    with threadpool_limits(1):
        plain_fit(design, endpoint, parts[0], 0)  # to warm up
        start = time.process_time()
        for seed, rows in enumerate(parts[1:]):
            plain_fit(design, endpoint, rows, seed)
        return (time.process_time() - start) / TIMED


def cpu_seconds() -> float:
    """CPU time so far of this process and its children."""
    process = psutil.Process()
    times = [member.cpu_times() for member in (process, *process.children(recursive=True))]
    return float(sum(t.user + t.system for t in times))


def count_fits(evaluation: dict[str, Any]) -> int:
    """How often the whole learning procedure was fitted for an endpoint."""
    folds = evaluation["folds"]
    permutation = evaluation["permutation"]
    permuted = folds["folds"] * (1 + permutation["drawn"]) if permutation else 0
    horizons = len(evaluation["models"])
    return int(folds["repeats"] * folds["folds"] + permuted + horizons * (1 + PROTOCOL.refits))


def large_cohort() -> Cohort:
    """A simulated cohort of which PATIENTS are at risk at the landmark."""
    cohort = synthetic_cohort("seed-optimistic", 450, 5)
    frame, members = cohort.samples.frame, cohort.at_risk.patient_id[:PATIENTS]
    frame = frame[frame["patient_id"].isin(members)].reset_index(drop=True)
    return replace(cohort, samples=replace(cohort.samples, frame=frame))


def endpoint_seconds(cohort: Cohort, endpoint: str) -> np.ndarray:
    """Print one endpoint; wall and CPU seconds of ours, CPU seconds of the plain version."""
    start, cpu_start = time.perf_counter(), cpu_seconds()
    with progress_bars(f"{endpoint}: ") as report:
        fit = fit_endpoint(cohort, PROTOCOL, endpoint, progress=report, n_jobs=PROCESSES)
    wall, ours = time.perf_counter() - start, cpu_seconds() - cpu_start
    evaluation: dict[str, Any] = fit.evaluation
    n_fits, counts = count_fits(evaluation), evaluation["counts"]
    design = labels_and_design(cohort, endpoint, PROTOCOL)[1]
    plain = n_fits * plain_seconds(design, endpoint)
    print(f"{endpoint:16}{counts['at_risk']:8}{counts['events']:8}{n_fits:7}"
          f"{wall:9.1f}{ours:13.1f}{plain:14.0f}")  # fmt: skip
    return np.array([wall, ours, plain])


def main() -> None:
    """Print seconds of both ways and their ratio."""
    cohort = large_cohort()
    print(f"{'endpoint':16}{'at risk':>8}{'events':>8}{'fits':>7}"
          f"{'ours, s':>9}{'ours, CPU s':>13}{'plain, CPU s':>14}")  # fmt: skip
    seconds = [endpoint_seconds(cohort, endpoint) for endpoint in ENDPOINTS]
    wall, ours, plain = np.sum(seconds, axis=0)
    print(f"both: ours {wall:.0f} s ({ours / PROCESSES:.0f} s on two free cores; goal: under 120), "
          f"plain about {plain / PROCESSES:.0f} s on two free cores (extrapolated from {TIMED} "
          f"fits an endpoint), ratio {plain / ours:.1f} (goal: 5)")  # fmt: skip


if __name__ == "__main__":
    main()
