"""The whole protocol on a large cohort, beside the same protocol written plainly.

    python -m benchmarks protocol_speed

334 simulated patients at risk, both endpoints, 25 features, all four candidates, two processes:
10 x 5 nested folds, 200 permutations of 1 x 5 folds, 200 refits at each of three horizons. The
plain version is what one writes with scikit-learn: pipelines, GridSearchCV for the penalty,
cross_val_predict for selection and calibration, LGBMClassifier. It would take too long to run
whole: some of its fits are timed and multiplied by the number of fits that ours made. Both are
also given in CPU seconds, which a busy machine moves less; halved, they are what two free cores
take. Goals: ours under 2 minutes on two cores, five times faster.
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

from benchmarks._cohorts import labels_and_design, synthetic_cohort
from features.schema import CORE, MODEL_FEATURES
from models.candidates import PANEL_PENALTIES
from models.trees import ROUNDS, SETTING
from training.cohort.outcomes import ENDPOINTS
from training.cohort.protocol import BIOMARKERS, Protocol
from training.evaluation.design import Design
from training.evaluation.fit_endpoint import fit_endpoint
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
    """Tune, select, calibrate and fit as RiskModel does, step by step; name of the chosen."""
    columns = {
        "biomarker": [BIOMARKERS[endpoint]],
        "core_panel": list(PROTOCOL.core_panel),
        "lightgbm": list(PROTOCOL.features),
    }
    y = design.y[rows]
    inner = StratifiedKFold(5, shuffle=True, random_state=seed)
    losses = {}
    models = plain_candidates(design.X.iloc[rows][columns["core_panel"]].to_numpy(), y, inner)
    for name, model in models.items():
        X = design.X.iloc[rows][columns[name]].to_numpy()
        risk = cross_val_predict(model, X, y, cv=inner, method="predict_proba")[:, 1]
        logit = np.log(risk / (1 - risk))[:, None]
        risk = LogisticRegression().fit(logit, y).predict_proba(logit)[:, 1]
        losses[name] = -np.log(np.where(y == 1, risk, 1 - risk))
    best = min(losses, key=lambda name: losses[name].mean())
    for name in models:
        d = losses[name] - losses[best]
        if d.mean() <= d.std() / np.sqrt(len(d)):
            break
    clone(models[name]).fit(design.X.iloc[rows][columns[name]].to_numpy(), y)
    return name


def plain_seconds(design: Design, endpoint: str) -> float:
    """CPU seconds of one plain fit on four fifths of the cohort, the mean of several."""
    rng = np.random.default_rng(0)
    known = np.flatnonzero(design.has_label)
    parts = [rng.permutation(known)[: len(known) * 4 // 5] for _ in range(TIMED + 1)]
    with threadpool_limits(1):
        plain_fit(design, endpoint, parts[0], 0)  # to warm up
        started = time.process_time()
        for seed, rows in enumerate(parts[1:]):
            plain_fit(design, endpoint, rows, seed)
        return (time.process_time() - started) / TIMED


def cpu_seconds() -> float:
    """CPU time so far of this process and of those at work for it."""
    own = psutil.Process()
    times = [process.cpu_times() for process in (own, *own.children(recursive=True))]
    return float(sum(t.user + t.system for t in times))


def fits_made(evaluation: dict[str, Any]) -> int:
    """How many times everything that learns was fitted for an endpoint."""
    folds = evaluation["folds"]
    permutation = evaluation["permutation"]
    permuted = folds["folds"] * (1 + permutation["drawn"]) if permutation else 0
    horizons = len(evaluation["models"])
    return int(folds["repeats"] * folds["folds"] + permuted + horizons * (1 + PROTOCOL.refits))


def main() -> None:
    """Print seconds of both ways and their ratio."""
    cohort = synthetic_cohort("seed-optimistic", 450, 5)
    frame, members = cohort.samples.frame, cohort.at_risk.patient_id[:PATIENTS]
    frame = frame[frame["patient_id"].isin(members)].reset_index(drop=True)
    cohort = replace(cohort, samples=replace(cohort.samples, frame=frame))
    ours = plain = wall = 0.0
    print(f"{'endpoint':16}{'at risk':>8}{'events':>8}{'fits':>7}"
          f"{'ours, s':>9}{'ours, CPU s':>13}{'plain, CPU s':>14}")  # fmt: skip
    for endpoint in ENDPOINTS:
        started, spent = time.perf_counter(), cpu_seconds()
        with progress_bars(f"{endpoint}: ") as report:
            fitted = fit_endpoint(cohort, PROTOCOL, endpoint, progress=report, n_jobs=PROCESSES)
        seconds, spent = time.perf_counter() - started, cpu_seconds() - spent
        e: dict[str, Any] = fitted.evaluation
        count = fits_made(e)
        estimate = count * plain_seconds(labels_and_design(cohort, endpoint, PROTOCOL)[1], endpoint)
        wall, ours, plain = wall + seconds, ours + spent, plain + estimate
        print(f"{endpoint:16}{e['counts']['at_risk']:8}{e['counts']['events']:8}{count:7}"
              f"{seconds:9.1f}{spent:13.1f}{estimate:14.0f}")  # fmt: skip
    print(f"both: ours {wall:.0f} s ({ours / PROCESSES:.0f} s on two free cores; goal: under 120), "
          f"plain about {plain / PROCESSES:.0f} s on two free cores (extrapolated from {TIMED} "
          f"fits an endpoint), ratio {plain / ours:.1f} (goal: 5)")  # fmt: skip


if __name__ == "__main__":
    main()
