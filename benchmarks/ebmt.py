"""Fatal infection after stem-cell transplantation, relapse competing: 8,966 real patients.

Prints cumulative incidences beside lifelines (with the time both take); AUC and Brier score over
time of our model for fatal infection, beside the same from lifelines' curve of censoring and
scikit-learn's functions; then both at 24 months beside a plain logistic regression that drops the
patients lost to follow-up. Draws the curves to var/benchmarks/ebmt.png.

    python -m benchmarks ebmt

Data: EBMT registry, as in the R package mstate (de Wreede, Fiocco, Putter, J Stat Softw 2011).
"""

import time
import warnings

import numpy as np
import pandas as pd
from lifelines import AalenJohansenFitter, KaplanMeierFitter
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import brier_score_loss, roc_auc_score

from benchmarks._cross_validation import cross_validate
from benchmarks._ebmt_picture import draw
from features.arrays import Floats, Ints
from features.settings import data_dir, var_dir
from models.risk_model import RiskModel
from training.cohort.labels import labels
from training.evaluation.design import Design
from training.evaluation.folds import label_codes, patient_fold_plan
from training.evaluation.out_of_fold import OutOfFold
from training.statistics.accuracy.auc import auc
from training.statistics.accuracy.brier import brier, skill
from training.statistics.calibration.logistic import sigmoid
from training.statistics.survival.censoring import censoring_weights
from training.statistics.survival.incidence import cumulative_incidence

CAUSES = {"Alive": 0, "Relapse": 1, "Bacterial": 2, "Viral": 2, "Fungal": 2, "GvHD": 3, "Other": 4}
NAMES = {1: "relapse", 2: "fatal infection", 3: "graft-versus-host", 4: "other death"}
MONTHS = (6, 12, 24, 60)
HORIZON, INFECTION = 24, 2


def incidences(months: Floats, code: Ints) -> dict[int, pd.Series]:
    """Print Aalen-Johansen at fixed times, ours and lifelines', and the seconds of each.

    Returns lifelines' curves by cause.
    """
    start = time.perf_counter()
    ours = {cause: cumulative_incidence(months, code, cause) for cause in NAMES}
    our_seconds = time.perf_counter() - start
    start = time.perf_counter()
    theirs = lifelines_incidences(months, code)
    their_seconds = time.perf_counter() - start
    print(f"{'cumulative incidence':22}" + "".join(f"{m:>16} mo" for m in MONTHS))
    for cause, name in NAMES.items():
        cells = []
        for month in MONTHS:
            value, error = ours[cause].at(month)
            reference = float(theirs[cause].loc[:month].iloc[-1])
            cells.append(f"{value:.4f}±{error:.4f} ({value - reference:+.0e})")
        print(f"{name:18}" + "".join(f"{cell:>24}" for cell in cells))
    print("in brackets: difference to lifelines")
    print(f"with variances: ours {our_seconds:.3f} s, lifelines {their_seconds:.2f} s, "
          f"ratio {their_seconds / our_seconds:.0f}\n")  # fmt: skip
    return theirs


def lifelines_incidences(months: Floats, code: Ints) -> dict[int, pd.Series]:
    """Cumulative incidence by cause from lifelines."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # lifelines warns that it jitters tied times
        fitters = {c: AalenJohansenFitter(seed=0).fit(months, code, c) for c in NAMES}
    return {cause: fitter.cumulative_density_.iloc[:, 0] for cause, fitter in fitters.items()}


def design_of(frame: pd.DataFrame, months: Floats, code: Ints, horizon: float = HORIZON) -> Design:
    """Data at transplantation, as indicators; label: fatal infection by the horizon."""
    X = pd.get_dummies(frame[["dissub", "match", "tcd", "year", "age"]], dtype=float)
    y = labels(months, code, INFECTION, horizon)
    return Design(X, y, months, code, np.full(len(X), "", dtype=object), int(horizon))


class Ridge:
    """All indicators by `RiskModel`, as the cross-validation takes a model."""

    def fit(self, X, y, sample_weight=None, groups=None):
        """Fit with weights for censoring."""
        self.model = RiskModel().fit(X, y, sample_weight)
        return self

    def logit(self, X):
        """Log-odds."""
        return self.model.logit(X)


def print_over_time(frame: pd.DataFrame, months: Floats, code: Ints) -> dict[float, OutOfFold]:
    """Print out-of-fold AUC and Brier score by horizon; return the out-of-fold scores."""
    print("fatal infection, relapse and other deaths competing")
    print(f"{'months':>6}{'events':>8}{'lost':>6}{'AUC':>20}{'Brier':>22}{'skill':>8}"
          f"{'expected':>10}{'observed':>18}")  # fmt: skip
    scores = {}
    for horizon in MONTHS:
        design = design_of(frame, months, code, horizon)
        plan = patient_fold_plan(label_codes(design.y), design.site, 1, 5, 0)
        scores[horizon] = cross_validate(design, plan, lambda seed: Ridge(), seed=0)
        print_horizon(design, scores[horizon], plan.fold[0])
    print("in brackets: difference to lifelines' weights in scikit-learn's functions; observed: "
          "Aalen-Johansen\n")  # fmt: skip
    return scores


def print_horizon(design: Design, oof: OutOfFold, fold: Ints) -> None:
    """Print one horizon's AUC and Brier score, with the difference to other programs."""
    horizon, risk = design.horizon, sigmoid(oof.logit[0])
    weight = np.where(design.has_label, censoring_weights(design.time, design.code, horizon), 0.0)
    area, loss = auc(risk, design.y, weight, fold), brier(risk, design.y, weight)
    other_area, other_loss = by_others(design, risk, fold)
    gain = skill(loss, brier(oof.prevalence[0], design.y, weight))
    observed, error = cumulative_incidence(design.time, design.code, INFECTION).at(horizon)
    print(
        f"{horizon:6}{int(np.nansum(design.y)):8}{int(np.isnan(design.y).sum()):6}"
        f"{f'{area:.4f} ({area - other_area:+.0e})':>20}"
        f"{f'{loss:.5f} ({loss - other_loss:+.0e})':>22}{gain:8.4f}{risk.mean():10.4f}"
        f"{f'{observed:.4f} ± {error:.4f}':>18}"
    )


def by_others(design: Design, risk: Floats, fold: Ints) -> tuple[float, float]:
    """AUC within folds and Brier score by lifelines and scikit-learn."""
    is_censored = design.code == 0  # moved after the events of the same time, where ties count
    censoring = KaplanMeierFitter().fit(design.time + 1e-6 * is_censored, is_censored)
    until = np.minimum(design.time, design.horizon)
    weight = 1 / censoring.survival_function_at_times(until).to_numpy()
    areas, pairs = [], []
    for k in np.unique(fold):
        members = design.has_label & (fold == k)
        area = roc_auc_score(design.y[members], risk[members], sample_weight=weight[members])
        areas.append(area)
        event = members & (design.y == 1)
        pairs.append(weight[event].sum() * weight[members & ~event].sum())
    use = design.has_label
    loss = brier_score_loss(design.y[use], risk[use], sample_weight=weight[use])
    return float(np.average(areas, weights=pairs)), float(loss)


class DropLost:
    """The usual analysis: patients lost to follow-up are left out, no weights."""

    def fit(self, X, y, sample_weight=None, groups=None):
        """Fit without weights."""
        self.model = LogisticRegression(C=1.0, max_iter=1000).fit(X, y)
        return self

    def logit(self, X):
        """Log-odds."""
        return self.model.decision_function(X)


def print_models(design: Design) -> None:
    """Print both models on the same folds, evaluated with the same weights."""
    plan = patient_fold_plan(label_codes(design.y), design.site, 1, 5, 0)
    print(f"fatal infection within 24 months: {int(np.nansum(design.y))} events, "
          f"{int(np.isnan(design.y).sum())} of {len(design.y)} lost before")  # fmt: skip
    print(f"{'':34}{'AUC':>8}{'Brier':>10}{'skill':>10}{'expected':>10}{'seconds':>10}")
    weight = np.where(design.has_label, censoring_weights(design.time, design.code, HORIZON), 0.0)
    for name, make in (
        ("RiskModel (ridge), weighted", lambda seed: Ridge()),
        ("scikit-learn logistic, lost dropped", lambda seed: DropLost()),
    ):
        start = time.perf_counter()
        oof = cross_validate(design, plan, make, seed=0)
        seconds = time.perf_counter() - start
        risk = sigmoid(oof.logit[0])
        ours, reference = (brier(r, design.y, weight) for r in (risk, oof.prevalence[0]))
        area = auc(oof.logit[0], design.y, weight, plan.stratum[0])
        print(f"{name:34}{area:8.3f}{ours:10.5f}{skill(ours, reference):10.4f}"
              f"{risk.mean():10.4f}{seconds:10.1f}")  # fmt: skip


def main() -> None:
    """Read the registry and print both tables."""
    frame = pd.read_csv(data_dir() / "ebmt" / "ebmt2.csv")
    months, code = frame["time"].to_numpy(float), frame["cod"].map(CAUSES).to_numpy(int)
    counts = ", ".join(f"{NAMES[c]} {int(np.sum(code == c))}" for c in NAMES)
    print(f"{len(frame)} transplants: {counts}\n")
    theirs = incidences(months, code)
    scores = print_over_time(frame, months, code)
    print_models(design_of(frame, months, code))
    path = var_dir() / "benchmarks" / "ebmt.png"
    path.parent.mkdir(parents=True, exist_ok=True)
    draw(months, code, NAMES, theirs, sigmoid(scores[HORIZON].logit[0]), INFECTION).savefig(path)
    print(f"curves: {path}")


if __name__ == "__main__":
    main()
