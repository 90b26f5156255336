"""Fatal infection after stem-cell transplantation, relapse competing: 8,966 real patients.

Prints cumulative incidences beside lifelines (with the time both take), then time-dependent AUC
and Brier score of our model for fatal infection within 24 months beside a plain scikit-learn
logistic regression that drops the patients lost to follow-up.

    python -m benchmarks ebmt

Data: EBMT registry, as in the R package mstate (de Wreede, Fiocco, Putter, J Stat Softw 2011).
"""

import time
import warnings

import numpy as np
import pandas as pd
from lifelines import AalenJohansenFitter
from sklearn.linear_model import LogisticRegression

from features.settings import data_dir
from models.risk_model import RiskModel
from training.brier import brier, skill
from training.censoring import censoring_weights
from training.cross_validation import Design, cross_validate
from training.discrimination import auc
from training.folds import fold_plan
from training.incidence import cumulative_incidence
from training.labels import labels
from training.logistic import sigmoid

CAUSES = {"Alive": 0, "Relapse": 1, "Bacterial": 2, "Viral": 2, "Fungal": 2, "GvHD": 3, "Other": 4}
NAMES = {1: "relapse", 2: "fatal infection", 3: "graft-versus-host", 4: "other death"}
MONTHS = (6, 12, 24, 60)
HORIZON = 24.0


def incidences(months: np.ndarray, code: np.ndarray) -> None:
    """Aalen-Johansen at fixed times, ours and lifelines', and the seconds of each."""
    started = time.perf_counter()
    ours = {cause: cumulative_incidence(months, code, cause) for cause in NAMES}
    mine = time.perf_counter() - started
    started = time.perf_counter()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # lifelines says that it jitters tied times
        theirs = {
            cause: AalenJohansenFitter(seed=0).fit(months, code, cause).cumulative_density_
            for cause in NAMES
        }
    other = time.perf_counter() - started
    print(f"{'cumulative incidence':22}" + "".join(f"{m:>16} mo" for m in MONTHS))
    for cause, name in NAMES.items():
        cells = []
        for month in MONTHS:
            value, error = ours[cause].at(month)
            reference = float(theirs[cause].loc[:month].iloc[-1, 0])
            cells.append(f"{value:.4f}±{error:.4f} ({value - reference:+.0e})")
        print(f"{name:18}" + "".join(f"{cell:>24}" for cell in cells))
    print("in brackets: difference to lifelines")
    print(f"with variances: ours {mine:.3f} s, lifelines {other:.2f} s, ratio {other / mine:.0f}\n")


def design_of(frame: pd.DataFrame, months: np.ndarray, code: np.ndarray) -> Design:
    """What is known at transplantation, as indicators; label: fatal infection in 24 months."""
    X = pd.get_dummies(frame[["dissub", "match", "tcd", "year", "age"]], dtype=float)
    y = labels(months, code, 2, HORIZON)
    return Design(X, y, months, code, np.full(len(X), "", dtype=object), int(HORIZON))


class DropLost:
    """The usual notebook: patients lost to follow-up are left out, no weights."""

    def fit(self, X, y, sample_weight=None, groups=None):
        """Fit without weights."""
        self.model = LogisticRegression(C=1.0, max_iter=1000).fit(X, y)
        return self

    def logit(self, X):
        """Log-odds."""
        return self.model.decision_function(X)


def compare(design: Design) -> None:
    """Both models on the same folds, judged with the same weights."""
    plan = fold_plan(design.y, design.site, 1, 5, 0)
    print(f"fatal infection within 24 months: {int(np.nansum(design.y))} events, "
          f"{int(np.isnan(design.y).sum())} of {len(design.y)} lost before")  # fmt: skip
    print(f"{'':34}{'AUC':>8}{'Brier':>10}{'skill':>10}{'expected':>10}{'seconds':>10}")
    weight = np.where(design.known, censoring_weights(design.time, design.code, HORIZON), 0.0)
    for name, make in (
        ("RiskModel (ridge), weighted", lambda seed: RiskModel(candidates=("core_panel",))),
        ("scikit-learn logistic, lost dropped", lambda seed: DropLost()),
    ):
        started = time.perf_counter()
        oof = cross_validate(design, plan, make, 0)
        seconds = time.perf_counter() - started
        risk = sigmoid(oof.logit[0])
        ours, reference = (brier(r, design.y, weight) for r in (risk, oof.prevalence[0]))
        area = auc(oof.logit[0], design.y, weight, plan.stratum[0])
        print(f"{name:34}{area:8.3f}{ours:10.5f}{skill(ours, reference):10.4f}"
              f"{risk.mean():10.4f}{seconds:10.1f}")  # fmt: skip
    truth, error = cumulative_incidence(design.time, design.code, 2).at(HORIZON)
    print(f"incidence at 24 months (Aalen-Johansen): {truth:.4f} ± {error:.4f}")


def main() -> None:
    """Read the registry and print both tables."""
    frame = pd.read_csv(data_dir() / "ebmt" / "ebmt2.csv")
    months, code = frame["time"].to_numpy(float), frame["cod"].map(CAUSES).to_numpy(int)
    counts = ", ".join(f"{NAMES[c]} {int(np.sum(code == c))}" for c in NAMES)
    print(f"{len(frame)} transplants: {counts}\n")
    incidences(months, code)
    compare(design_of(frame, months, code))
