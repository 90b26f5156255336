"""Evaluation on real patients with fatal infection: 375 admissions with COVID-19, 174 deaths.

Same labels, evaluation, gate and RiskModel as for the feature table, on its own columns: first
values within a day of admission, landmark day 1, death within 35 days (the longest stay; patients
discharged alive count as alive). For comparison, on the same folds, a plain scikit-learn logistic
regression and a default LightGBM, both on the values as measured. Then a model of the patients
admitted first is applied to those admitted last as if their hospital had measured three columns
only, and the loss of accuracy is printed.

    python -m benchmarks tongji

Data: Yan et al., Nat Mach Intell 2020;2:283.
"""

import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any, Self

import numpy as np
import pandas as pd
from lightgbm import LGBMClassifier
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from training.evaluation.fit_endpoint import fit_endpoint
from training.evaluation.horizon_models import make_risk_model

from benchmarks._tongji_cohort import (
    AMOUNTS,
    FIRST_PANEL,
    NOT_FEATURES,
    PANEL,
    THREE,
    admissions,
    later_patients,
)
from features.arrays import Bools, Floats
from models.frozen import FrozenModel, freeze
from models.risk_model import RiskModel
from training.cohort.cohort import cohort_of
from training.cohort.labels import label
from training.cohort.protocol import Protocol
from training.evaluation.cross_validation import OutOfFold, cross_validate
from training.evaluation.design import Design, design_for
from training.evaluation.folds import fold_plan
from training.statistics.auc import auc
from training.statistics.bootstrap import bootstrap_copies, measure
from training.statistics.brier import bootstrap_mean, brier, skill, squared_loss
from training.statistics.calibration_curve import calibration_slope, observed_over_expected
from training.statistics.decision_curve import net_benefit
from training.statistics.logistic import logit, sigmoid

HORIZON, ENDPOINT = 35, "fatal_infection"
AT = (0.1, 0.3, 0.5)  # thresholds of the decision curve
OURS, BEFORE = "RiskModel", "RiskModel, first panel, no logs"
TREES, PLAIN = "RiskModel, LightGBM alone", "logistic, scikit-learn"
REAL = {"provenance": "real"}


class Plain:
    """A scikit-learn classifier as the cross-validation takes it."""

    def __init__(self, model: Any) -> None:
        self.model = model

    def fit(self, X: Any, y: Any, sample_weight: Any = None, groups: Any = None) -> Self:
        """Fit without weights: no patient is censored here."""
        self.model.fit(X.to_numpy(), y)
        return self

    def logit(self, X: Any) -> Any:
        """Log-odds of the predicted risk."""
        return logit(self.model.predict_proba(X.to_numpy())[:, 1])


def logistic(seed: int) -> Plain:
    """Median imputation, standard scaling, scikit-learn's default penalty."""
    steps = (SimpleImputer(strategy="median"), StandardScaler(), LogisticRegression(max_iter=2000))
    return Plain(make_pipeline(*steps))


def boosted(seed: int) -> Plain:
    """LightGBM with its defaults."""
    return Plain(LGBMClassifier(random_state=seed, n_jobs=1, verbose=-1))


def print_row(name: str, design: Design, make: Callable[[int], Any]) -> OutOfFold:
    """Print one model's figures over 3 x 5 folds; return its out-of-fold scores.

    Net benefit is that of the decision curve at three thresholds, on each patient's mean risk.
    """
    plan = fold_plan(design.y, design.site, 3, 5, 0)
    start = time.perf_counter()
    oof = cross_validate(design, plan, make, seed=0)
    seconds = time.perf_counter() - start
    weight, risk = oof.weight, sigmoid(oof.logit)
    areas = [auc(s, design.y, w, f) for s, w, f in zip(oof.logit, weight, plan.fold, strict=True)]
    scores = [brier(r, design.y, w) for r, w in zip(risk, weight, strict=True)]
    base = [brier(r, design.y, w) for r, w in zip(oof.prevalence, weight, strict=True)]
    slopes = [calibration_slope(r, design.y, w) for r, w in zip(risk, weight, strict=True)]
    ratios = [observed_over_expected(r, design.y, w) for r, w in zip(risk, weight, strict=True)]
    gain = skill(float(np.mean(scores)), float(np.mean(base)))
    benefits = "".join(f"{b:7.3f}" for b in benefit(risk.mean(axis=0), design.y, weight[0]))
    print(
        f"{name:34}{np.mean(areas):7.3f}{np.mean(scores):8.4f}{gain:7.3f}{np.mean(slopes):7.2f}"
        f"{np.mean(ratios):6.2f}{benefits}{seconds:6.1f}"
    )
    return oof


def benefit(risk: Floats, y: Floats, weight: Floats) -> list[float]:
    """Net benefit at each threshold."""
    return [net_benefit(risk, y, weight, threshold) for threshold in AT]


def difference(one: OutOfFold, other: OutOfFold, y: Floats) -> str:
    """Paired Brier difference with its interval from redrawing patients."""
    losses = [squared_loss(sigmoid(oof.logit), y, oof.weight) for oof in (one, other)]
    loss, weight = losses[0][0] - losses[1][0], losses[0][1]
    draws = bootstrap_mean(loss, weight, bootstrap_copies(len(y), 2000, 0))
    result = measure(float(loss.sum() / weight.sum()), draws)
    return f"{result.value:+.4f} ({result.low:+.4f} to {result.high:+.4f})"


def other_hospital(design: Design, later: Bools, features: tuple[str, ...]) -> None:
    """Print the accuracy of a model of the first patients on the last, by the columns measured."""
    X, y = design.X, design.y
    only_three = X.assign(**dict.fromkeys([f for f in features if f not in THREE], np.nan))
    full = RiskModel(biomarker=THREE[0], core_panel=PANEL, n_refits=20).fit(X[~later], y[~later])
    small = RiskModel(biomarker=THREE[0], core_panel=THREE, candidates=("biomarker", "core_panel"))
    small.fit(X.loc[~later, list(THREE)], y[~later])
    frozen = freeze(
        {HORIZON: full}, "fatal_infection", 1, features=features, training_X=X[~later], facts=REAL
    )
    print(f"\nTrained on the {(~later).sum()} admitted first, {full.candidate_}; applied to the "
          f"{later.sum()} admitted last ({int(y[later].sum())} deaths)")  # fmt: skip
    print(f"{'measured there':44}{'AUC':>8}{'Brier':>9}{'O/E':>7}{'slope':>7}{'abstains':>10}")
    for name, rows in (("all columns", X), ("three columns, same model", only_three)):
        share = f"{abstentions(frozen, rows[later].to_numpy()):.0%}"
        print_accuracy(name, full.predict_proba(rows[later])[:, 1], y[later], share)
    risk = small.predict_proba(X.loc[later, list(THREE)])[:, 1]
    print_accuracy("three columns, model of those three", risk, y[later], "")


def print_accuracy(name: str, risk: Floats, y: Floats, abstains: str) -> None:
    """Print AUC, Brier score and calibration of one model; all patients are followed."""
    ones = np.ones(len(y))
    print(
        f"{name:44}{auc(risk, y, ones):8.3f}{brier(risk, y, ones):9.4f}"
        f"{observed_over_expected(risk, y, ones):7.2f}"
        f"{calibration_slope(risk, y, ones):7.2f}{abstains:>10}"
    )


def abstentions(model: FrozenModel, X: Floats) -> float:
    """Share of patients to whom the served model gives no risk."""
    return float(np.mean([model.assess(x).abstained is not None for x in X]))


def print_middle_patient(model: FrozenModel, X: pd.DataFrame) -> None:
    """Print the clinician's view of the patient whose risk is the median."""
    risk = model.risks(X.to_numpy())[:, 0]
    middle = int(np.argsort(risk)[len(risk) // 2])
    answer = model.assess(X.iloc[middle].to_numpy()).horizons[0]
    order = np.argsort(-np.abs(answer.contributions))[:4]
    reasons = ", ".join(f"{model.features[j]} {answer.contributions[j]:+.2f}" for j in order)
    print(f"\nthe patient in the middle: risk {answer.risk:.2f}, stability interval "
          f"{answer.low:.2f} to {answer.high:.2f}; reasons in log-odds: {reasons}")  # fmt: skip


def as_measured(X: pd.DataFrame) -> pd.DataFrame:
    """Amounts back from their logarithms."""
    return X.assign(**{name: np.exp(X[name]) for name in AMOUNTS})


def protocol_of(features: tuple[str, ...]) -> Protocol:
    """The declared protocol on these columns, with fewer permutations, refits and bootstraps."""
    return Protocol(
        landmark=1, horizons=(HORIZON,), primary_horizon=HORIZON, features=features,
        core_panel=PANEL, biomarker={ENDPOINT: THREE[0]}, repeats=3,
        permutations=39, refits=50, bootstraps=200,
    )  # fmt: skip


def compare_models(design: Design, protocol: Protocol) -> None:
    """Print every model on the same folds, and Brier differences to LightGBM."""
    first = replace(protocol, core_panel=FIRST_PANEL)
    raw = replace(design, X=as_measured(design.X))
    net = "".join(f"{f'NB {t:.0%}':>7}" for t in AT)
    print(
        f"{'3 x 5 folds':34}{'AUC':>7}{'Brier':>8}{'skill':>7}{'slope':>7}{'O/E':>6}{net}{'s':>6}"
    )
    models = {
        OURS: print_row(OURS, design, partial(make_risk_model, protocol, ENDPOINT, 0)),
        BEFORE: print_row(BEFORE, raw, partial(make_risk_model, first, ENDPOINT, 0)),
        TREES: print_row(TREES, design, lambda s: RiskModel(candidates=("lightgbm",))),
        PLAIN: print_row(PLAIN, raw, logistic),
    }
    best = print_row("LightGBM, defaults", raw, boosted)
    treat_all = benefit(np.ones(len(design.y)), design.y, models[OURS].weight[0])
    print(f"{'treat all (treat none: 0)':69}" + "".join(f"{b:7.3f}" for b in treat_all))
    print("\nBrier minus that of LightGBM with its defaults (below 0: better), 95 % interval:")
    for name, oof in models.items():
        print(f"  {name:34}{difference(oof, best, design.y)}")


def main() -> None:
    """Compare models on the same folds, then run the whole fit and print its verdict."""
    table, outcomes = admissions()
    features = tuple(c for c in table.columns if c not in (*NOT_FEATURES, "patient_id"))
    protocol = protocol_of(features)
    cohort = cohort_of(table, outcomes, protocol)
    labels = label(cohort.at_risk, ENDPOINT, HORIZON)
    design = design_for(labels, cohort.samples, features, PANEL)
    print(f"{labels.at_risk.n} patients at risk on day 1, {labels.n_events} deaths, "
          f"{len(features)} features")  # fmt: skip
    compare_models(design, protocol)
    other_hospital(design, later_patients(labels.at_risk.patient_id), features)
    fit = fit_endpoint(cohort, protocol, ENDPOINT)
    assert fit.model is not None
    print_middle_patient(fit.model, design.X)
    print(f"selected in outer folds: {fit.evaluation['selection']}")
    instability: Any = fit.evaluation["instability"]
    print(f"refits move a risk by {instability['mean_absolute_difference']:.3f} on average")
    print(fit.verdict.sentences[0])


if __name__ == "__main__":
    main()
