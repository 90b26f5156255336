"""Reasons for a risk beside shap's values of the same function: differences, order, time.

    python -m benchmarks reasons

1,000 new patients for each endpoint, risks by day 180, models of 5 simulated cohorts of 120 and 5
of 300 patients (preset "seed-optimistic"). shap explains the log-odds of the risk against the
average patient: PermutationExplainer with 30 orders, both ways, on all features, and ExactExplainer
on the core panel with the other features average. "same 3": share of patients whose three largest
reasons are the same features. "sum": largest difference of the reasons' sum to the log-odds. Goals:
differences up to 0.02 in log-odds, the same first three in 99 %.
"""

import time
import warnings
from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np
import pandas as pd

from benchmarks._cohorts import synthetic_cohort
from benchmarks._fits import FitCase, fit_case, served_model
from benchmarks._new_patients import new_patients
from benchmarks._sizes import FIRST_SEED, seeds_sentence
from features.arrays import Bools, Floats
from models.endpoints import ENDPOINTS, LANDMARK, Endpoint
from models.hazard_kernel import endpoint_log_odds
from models.hazard_model import HazardModel, complete_inputs
from models.reasons import reasons

PRESET, SIZES, MODELS, PATIENTS, ORDERS = "seed-optimistic", (120, 300), 5, 1000, 30
SHAP_KINDS = ("PermutationExplainer", "ExactExplainer")


class Explained(NamedTuple):
    """An endpoint's model, the position of its horizon, and its events' marks (C,)."""

    model: HazardModel
    column: int
    in_endpoint: Floats


class Comparison(NamedTuple):
    """Per patient: largest difference to shap, and whether the first three are the same."""

    largest: Floats
    same: Bools


def explained(case: FitCase, endpoint: Endpoint) -> Explained:
    """The model that would be served of a cohort."""
    data, fitted = served_model(case)
    return Explained(fitted.of(endpoint), case.column, data.in_endpoint(endpoint))


def log_odds_function(one: Explained) -> Callable[[Floats], Floats]:
    """The function that is explained: standardised inputs (n, p) to log-odds (n,)."""
    odds = np.exp(one.model.intercepts)

    def log_odds(Z: Floats) -> Floats:
        predictors = np.ascontiguousarray(Z) @ one.model.effects
        rows = [endpoint_log_odds(odds, u, one.in_endpoint)[one.column] for u in predictors]
        return np.array(rows)

    return log_odds


def our_values(one: Explained, Z: Floats) -> tuple[Floats, Floats, float]:
    """Reasons (n, p), the error of each patient's sum (n,), and microseconds a patient."""
    log_odds = log_odds_function(one)(Z)
    start, parts = time.perf_counter(), []
    for z in Z:
        terms = z[:, None] * one.model.effects
        parts.append(reasons(one.model.intercepts, terms, one.in_endpoint))
    microseconds = 1e6 * (time.perf_counter() - start) / len(Z)
    values = np.array([part.contributions[one.column] for part in parts])
    total = values.sum(axis=1) + parts[0].baseline[one.column]
    return values, np.abs(total - log_odds), microseconds


def shap_values(one: Explained, Z: Floats, kind: str) -> Floats:
    """Values (n, p) of shap's `kind` of explainer."""
    with warnings.catch_warnings():  # shap 0.51 builds colour maps the old way on import
        warnings.simplefilter("ignore", PendingDeprecationWarning)
        import shap

    average = shap.maskers.Independent(np.zeros((1, Z.shape[1])))
    explainer = getattr(shap, kind)(log_odds_function(one), average)
    if kind == "ExactExplainer":
        return np.asarray(explainer(Z, silent=True).values)
    evaluations = ORDERS * (2 * Z.shape[1] + 1)
    return np.asarray(explainer(Z, max_evals=evaluations, silent=True).values)


def core_of(one: Explained, core: Bools) -> Explained:
    """The model of patients whose other features are average."""
    effects = one.model.effects[core]
    model = HazardModel(one.model.scaling, one.model.intercepts, effects, one.model.drift[core],
                        one.model.time_terms, one.model.prior_sd)  # fmt: skip
    return Explained(model, one.column, one.in_endpoint)


def compare(ours: Floats, theirs: Floats) -> Comparison:
    """Two sets of contributions (n, p)."""
    first = [np.sort(np.argsort(-np.abs(c), axis=1)[:, :3], axis=1) for c in (theirs, ours)]
    return Comparison(np.abs(theirs - ours).max(axis=1), (first[0] == first[1]).all(axis=1))


def problems(
    endpoint: Endpoint, models: int, patients: int
) -> Iterator[tuple[FitCase, Explained, Floats]]:
    """Cohort, model and new patients' standardised inputs, by size and model; no patient twice."""
    X = new_patients(PRESET, endpoint).inputs[:patients]
    cases = [(n, FIRST_SEED + number) for n in SIZES for number in range(models)]
    for (n, seed), rows in zip(cases, np.array_split(X, len(cases)), strict=True):
        case = fit_case(synthetic_cohort(PRESET, n, seed))
        one = explained(case, endpoint)
        yield case, one, complete_inputs(rows, one.model.scaling)


def comparisons(endpoint: Endpoint, models: int, patients: int) -> pd.DataFrame:
    """One row a kind of explainer, over all patients of an endpoint."""
    parts: dict[str, list[Comparison]] = {kind: [] for kind in SHAP_KINDS}
    errors, times = [], []
    for case, one, Z in problems(endpoint, models, patients):
        core = case.rows.is_core
        our_values(one, Z[:1])  # compiles what is not yet compiled
        for kind, problem, inputs in (
            (SHAP_KINDS[0], one, Z), (SHAP_KINDS[1], core_of(one, core), Z[:, core]),
        ):  # fmt: skip
            ours, error, microseconds = our_values(problem, inputs)
            parts[kind].append(compare(ours, shap_values(problem, inputs, kind)))
            errors.append(error.max())
            times.append(microseconds)
    return pd.DataFrame([
        _row(endpoint.name, kind, of_kind, error=max(errors), microseconds=float(np.median(times)))
        for kind, of_kind in parts.items()
    ])  # fmt: skip


def _row(
    name: str, kind: str, parts: list[Comparison], *, error: float, microseconds: float
) -> dict[str, object]:
    largest = np.concatenate([part.largest for part in parts])
    same = np.concatenate([part.same for part in parts])
    return {
        "endpoint": name, "shap": kind, "patients": len(same),
        "largest": f"{largest.max():.4f}", "99 %": f"{np.quantile(largest, 0.99):.4f}",
        "same 3": f"{same.mean():.1%}", "sum": f"{error:.0e}", "us": f"{microseconds:.0f}",
    }  # fmt: skip


def main() -> None:
    """Print agreement with shap, exactness and time."""
    print(f"Preset {PRESET}, day {LANDMARK}, {MODELS} models of {SIZES[0]} and {SIZES[1]} patients "
          f"each, {seeds_sentence(MODELS, FIRST_SEED)}")  # fmt: skip
    print("goals: largest 0.02, same 3 99 %; before (path integrals): largest 0.049")
    tables = [comparisons(endpoint, MODELS, PATIENTS) for endpoint in ENDPOINTS.values()]
    print(pd.concat(tables).to_string(index=False))


if __name__ == "__main__":
    main()
