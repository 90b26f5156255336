"""The engine on real patients with fatal infection: 375 admissions with COVID-19, 174 deaths.

Same labels, evaluation, gate and RiskModel as for the feature table, on its own columns: first
values within a day of admission, landmark day 1, death within 35 days (the longest stay; who was
discharged alive counts as alive). Beside it, on the same folds, a plain scikit-learn logistic
regression and a default LightGBM. Then a model of the patients admitted first is applied to those
admitted last as if their hospital had measured three columns only, and what that costs is printed.

    python -m benchmarks tongji

Data: Yan et al., Nat Mach Intell 2020;2:283.
"""

import time
from collections.abc import Callable
from typing import Any, Self

import numpy as np
import pandas as pd
from lightgbm import LGBMClassifier
from numpy.typing import NDArray
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from features.settings import data_dir
from models.frozen import FrozenModel, freeze
from models.risk_model import RiskModel
from training.brier import bootstrap_mean, brier, skill, squared_loss
from training.calibration_curve import calibration_slope, observed_over_expected
from training.cross_validation import Design, OutOfFold, cross_validate
from training.discrimination import auc
from training.evaluate import design_for
from training.fit import fit_endpoint, make_risk_model
from training.folds import fold_plan
from training.intervals import bootstrap_copies, measure
from training.labels import at_risk, label
from training.logistic import logit, sigmoid
from training.outcomes import Outcomes, check_outcomes
from training.protocol import Protocol
from training.samples import samples_from

Floats = NDArray[np.float64]

# Named for severity in the first reports from Wuhan (Zhou et al., Lancet 2020;395:1054).
PANEL = (
    "age", "Lactate dehydrogenase", "High sensitivity C-reactive protein", "(%)lymphocyte",
    "monocytes(%)", "albumin", "Urea", "Platelet count", "D-D dimer", "Prothrombin activity",
)  # fmt: skip
NOT_FEATURES = ("PATIENT_ID", "outcome", "day", "stay")
# What the source study's external hospitals had (its decision tree uses these three).
THREE = ("Lactate dehydrogenase", "High sensitivity C-reactive protein", "(%)lymphocyte")
LATER = 0.35  # share of patients, by admission date, that play the other hospital
PRESENT = 0.6  # columns that this share of patients has, chosen without looking at outcomes
HORIZON = 35
REAL = {"provenance": "real"}


def admissions() -> tuple[pd.DataFrame, Outcomes]:
    """One row per patient with values in the first day, and what happened."""
    raw = pd.read_csv(data_dir() / "tongji" / "tongji_375.csv")
    admitted = pd.to_datetime(raw["Admission time"])
    raw["day"] = (pd.to_datetime(raw["RE_DATE"]) - admitted).dt.total_seconds() / 86_400
    raw["stay"] = (pd.to_datetime(raw["Discharge time"]) - admitted).dt.total_seconds() / 86_400
    numbers = raw.select_dtypes("number")
    table = numbers[numbers["day"] <= 1].groupby("PATIENT_ID").first()
    table = table.loc[:, table.notna().mean() >= PRESENT]
    table = table.assign(patient_id=[f"T{int(i)}" for i in table.index], day=1)
    people = numbers.groupby("PATIENT_ID").first()
    died = people["outcome"] == 1
    day = np.maximum(people["stay"], 0).round(2).astype(str)
    outcomes = pd.DataFrame(
        {
            "patient_id": [f"T{int(i)}" for i in people.index],
            "followup_day": np.where(died, day, "100"),
            "relapse_day": "",
            "death_day": np.where(died, day, ""),
            "death_cause": np.where(died, "infection", ""),
            "transplant_day": "",
            "response_day28": "CR",  # the landmark rule's counterpart here: nobody is excluded
        }
    )
    return table.reset_index(drop=True), check_outcomes(outcomes)


class Plain:
    """A scikit-learn classifier as the cross-validation takes it."""

    def __init__(self, model: Any) -> None:
        self.model = model

    def fit(self, X: Any, y: Any, sample_weight: Any = None, groups: Any = None) -> Self:
        """Fit without weights: nobody is lost here."""
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


def row(name: str, design: Design, make: Callable[[int], Any]) -> OutOfFold:
    """Print one model's figures over 3 x 5 folds; return its out-of-fold scores."""
    plan = fold_plan(design.y, design.site, 3, 5, 0)
    started = time.perf_counter()
    oof = cross_validate(design, plan, make, 0)
    seconds = time.perf_counter() - started
    weight = oof.weight
    risk = sigmoid(oof.logit)
    areas = [auc(s, design.y, w, f) for s, w, f in zip(oof.logit, weight, plan.fold, strict=True)]
    scores = [brier(r, design.y, w) for r, w in zip(risk, weight, strict=True)]
    base = [brier(r, design.y, w) for r, w in zip(oof.prevalence, weight, strict=True)]
    slopes = [calibration_slope(r, design.y, w) for r, w in zip(risk, weight, strict=True)]
    gain = skill(float(np.mean(scores)), float(np.mean(base)))
    print(
        f"{name:28}{np.mean(areas):8.3f}{np.mean(scores):9.4f}{gain:8.3f}{np.mean(slopes):8.2f}"
        f"{seconds:9.1f}"
    )
    return oof


def difference(one: OutOfFold, other: OutOfFold, y: Floats) -> str:
    """Paired Brier difference with its interval from redrawing patients."""
    losses = [squared_loss(sigmoid(oof.logit), y, oof.weight) for oof in (one, other)]
    paired, used = losses[0][0] - losses[1][0], losses[0][1]
    drawn = bootstrap_mean(paired, used, bootstrap_copies(len(y), 2000, 0))
    found = measure(float(paired.sum() / used.sum()), drawn)
    return f"{found.value:+.4f} ({found.low:+.4f} to {found.high:+.4f})"


def later_patients(patient_id: Any) -> NDArray[np.bool_]:
    """Who of the patients was admitted last, (n,)."""
    raw = pd.read_csv(data_dir() / "tongji" / "tongji_375.csv")
    first = pd.to_datetime(raw["Admission time"]).groupby(raw["PATIENT_ID"]).first()
    day = first.rename(lambda i: f"T{int(i)}").loc[list(patient_id)]
    return (day > day.quantile(1 - LATER)).to_numpy(bool)


def other_hospital(design: Design, later: NDArray[np.bool_], features: tuple[str, ...]) -> None:
    """Print what a model of the first patients is worth on the last, by what was measured."""
    X, y = design.X, design.y
    gone = [name for name in features if name not in THREE]
    only_three = X.assign(**dict.fromkeys(gone, np.nan))
    whole = RiskModel(biomarker=THREE[0], core_panel=PANEL, n_refits=20).fit(X[~later], y[~later])
    small = RiskModel(biomarker=THREE[0], core_panel=THREE, candidates=("biomarker", "core_panel"))
    small.fit(X.loc[~later, list(THREE)], y[~later])
    served = freeze({HORIZON: whole}, "fatal_infection", 1, features, X[~later], REAL)
    print(f"\nTrained on the {(~later).sum()} admitted first, {whole.candidate_}; applied to the "
          f"{later.sum()} admitted last ({int(y[later].sum())} deaths)")  # fmt: skip
    print(f"{'measured there':44}{'AUC':>8}{'Brier':>9}{'O/E':>7}{'slope':>7}{'abstains':>10}")
    for name, risk, rows in (
        ("all columns", whole.predict_proba(X[later])[:, 1], X),
        ("three columns, same model", whole.predict_proba(only_three[later])[:, 1], only_three),
        ("three columns, model of those three",
         small.predict_proba(X.loc[later, list(THREE)])[:, 1], None),
    ):  # fmt: skip
        ones = np.ones(int(later.sum()))
        silent = "" if rows is None else f"{abstentions(served, rows[later].to_numpy()):.0%}"
        print(
            f"{name:44}{auc(risk, y[later], ones):8.3f}{brier(risk, y[later], ones):9.4f}"
            f"{observed_over_expected(risk, y[later], ones):7.2f}"
            f"{calibration_slope(risk, y[later], ones):7.2f}{silent:>10}"
        )


def abstentions(model: FrozenModel, X: Floats) -> float:
    """Share of patients to whom the served model gives no risk."""
    return float(np.mean([model.assess(x).abstained is not None for x in X]))


def main() -> None:
    """Compare three models on the same folds, then run the whole fit and print its verdict."""
    table, outcomes = admissions()
    features = tuple(c for c in table.columns if c not in (*NOT_FEATURES, "patient_id"))
    protocol = Protocol(
        landmark=1, horizons=(HORIZON,), primary_horizon=HORIZON, features=features,
        core_panel=PANEL, biomarker={"fatal_infection": "Lactate dehydrogenase"}, repeats=3,
        permutations=39, refits=50, bootstraps=200,
    )  # fmt: skip
    samples = samples_from(table)
    labelled = label(at_risk(outcomes, samples, 1), "fatal_infection", HORIZON)
    design = design_for(labelled, samples, features, PANEL)
    print(f"{labelled.cohort.n} patients at risk on day 1, {labelled.n_events} deaths, "
          f"{len(features)} features")  # fmt: skip
    print(f"{'3 x 5 folds':28}{'AUC':>8}{'Brier':>9}{'skill':>8}{'slope':>8}{'seconds':>9}")
    ours = row(
        "RiskModel", design, lambda seed: make_risk_model(protocol, "fatal_infection", 0, seed)
    )
    trees = row(
        "RiskModel, LightGBM alone", design, lambda seed: RiskModel(candidates=("lightgbm",))
    )
    row("logistic, scikit-learn", design, logistic)
    best = row("LightGBM, defaults", design, boosted)
    print("Brier minus that of LightGBM with its defaults (below 0: ours is better):")
    print(f"  RiskModel, simplest within one error   {difference(ours, best, design.y)}")
    print(f"  RiskModel, LightGBM alone              {difference(trees, best, design.y)}")
    other_hospital(design, later_patients(labelled.cohort.patient_id), features)
    fitted = fit_endpoint(table, outcomes, protocol, "fatal_infection")
    print(f"selected in outer folds: {fitted.evaluation['selection']}")
    moved = fitted.evaluation["instability"]["mean_absolute_difference"]
    print(f"instability: refits move a risk by {moved:.3f} on average")
    print(fitted.verdict.sentences[0])
