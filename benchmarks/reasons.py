"""Reasons: path integrals and permutations beside shap's values, their exactness and time.

    python -m benchmarks reasons

20 drawn models of 26 features x 50 patients for each endpoint, risks over 180 days: base rates of
the simulated cohort, 8 effects with SD 0.35 and 18 with 0.10 (what the prior allows), and both at
60 % (about what 120-300 patients leave of them). shap explains the same function against the same
average patient: PermutationExplainer on all features, ExactExplainer on the 8 strong ones with the
others average. Shown too: a wrong sign among a patient's first three, against "were it average".
"""

import time
import warnings
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from models.path_reasons import path_reasons, risks_at_average
from models.permutation_reasons import permutation_reasons

from features.arrays import Bools, Floats
from models.hazard_kernel import endpoint_log_odds
from models.log_odds import risk_of

MODELS, PATIENTS, FEATURES, CORE, SEED = 20, 50, 26, 8, 9801
ENDPOINTS = ("relapse", "fatal infection", "other death")
INTERCEPTS = np.array([[-2.2, -4.3, -3.6], [-2.0, -4.3, -3.6], [-1.6, -4.0, -3.3]])
HORIZON = 1  # the interval that ends at day 180
SIZES = (1.0, 0.6)
MISSING = (0.0, 0.04, 0.2, 0.5)


class Hazards(NamedTuple):
    """A model: intercepts (K, C), effects (p, C), covariance (p, p) of the inputs."""

    intercepts: Floats
    effects: Floats
    covariance: Floats


class Comparison(NamedTuple):
    """Per patient: largest difference to shap, and whether the first three are the same."""

    largest: Floats
    same: Bools


def drawn_hazards(rng: np.random.Generator, size: float) -> Hazards:
    """Normal effects, `size` x the prior's SD, and inputs correlated by two factors."""
    sd = np.where(np.arange(FEATURES) < CORE, 0.35, 0.10)[:, None]
    effects = size * sd * rng.normal(size=(FEATURES, len(ENDPOINTS)))
    factors = rng.normal(size=(FEATURES, 2))
    covariance = factors @ factors.T + np.eye(FEATURES)
    scale = np.sqrt(np.diag(covariance))
    return Hazards(INTERCEPTS, effects, covariance / np.outer(scale, scale))


def patients_of(rng: np.random.Generator, model: Hazards) -> Floats:
    """Standardised inputs (PATIENTS, p)."""
    drawn: Floats = rng.multivariate_normal(np.zeros(FEATURES), model.covariance, PATIENTS)
    return drawn


def log_odds_function(model: Hazards, in_endpoint: Floats) -> Callable[[Floats], Floats]:
    """The function that is explained: inputs (n, p) to log-odds (n,) at the horizon."""
    odds = np.exp(model.intercepts)

    def log_odds(Z: Floats) -> Floats:
        predictors = np.ascontiguousarray(Z) @ model.effects
        rows = [
            endpoint_log_odds(odds, u[None], 1.0, in_endpoint, np.ones(1))[HORIZON]
            for u in predictors
        ]
        return np.array(rows)

    return log_odds


def path_values(model: Hazards, Z: Floats, in_endpoint: Floats) -> Floats:
    """Path reasons (n, p) at the horizon."""
    return np.array(
        [
            path_reasons(
                z, model.intercepts, model.effects,
                in_endpoint=in_endpoint, covariance=model.covariance,
            ).contributions[HORIZON]
            for z in Z
        ]
    )  # fmt: skip


def permutation_values(model: Hazards, Z: Floats, in_endpoint: Floats) -> Floats:
    """Antithetic permutations (n, p) at the horizon."""
    return np.array(
        [
            permutation_reasons(
                z, model.intercepts, model.effects,
                in_endpoint=in_endpoint, covariance=model.covariance,
            )[HORIZON]
            for z in Z
        ]
    )  # fmt: skip


METHODS: dict[str, Callable[[Hazards, Floats, Floats], Floats]] = {
    "path": path_values,
    "permutations": permutation_values,
}


def shap_values(model: Hazards, Z: Floats, in_endpoint: Floats, *, kind: str) -> Floats:
    """Values (n, p) of shap's `kind` of explainer."""
    with warnings.catch_warnings():  # shap 0.51 builds colour maps the old way on import
        warnings.simplefilter("ignore", PendingDeprecationWarning)
        import shap

    explainer = getattr(shap, kind)(
        log_odds_function(model, in_endpoint), shap.maskers.Independent(np.zeros((1, Z.shape[1])))
    )
    values: Floats = explainer(Z, silent=True).values
    return values


def compare(ours: Floats, theirs: Floats) -> Comparison:
    """Two sets of contributions (n, p)."""
    first = [np.sort(np.argsort(-np.abs(c), axis=1)[:, :3], axis=1) for c in (theirs, ours)]
    return Comparison(np.abs(theirs - ours).max(axis=1), (first[0] == first[1]).all(axis=1))


def core_of(model: Hazards) -> Hazards:
    """The model of a patient whose other features are average."""
    return Hazards(model.intercepts, model.effects[:CORE], model.covariance[:CORE, :CORE])


def wrong_signs(model: Hazards, Z: Floats, in_endpoint: Floats) -> Bools:
    """Whether one of a patient's first three path reasons opposes "were it average, ..."."""
    wrong = []
    for z, contributions in zip(Z, path_values(model, Z, in_endpoint), strict=True):
        risk = risk_of(log_odds_function(model, in_endpoint)(z[None]))[0]
        average = risks_at_average(
            z, model.intercepts, model.effects,
            in_endpoint=in_endpoint, covariance=model.covariance,
        )[:, HORIZON]  # fmt: skip
        first = np.argsort(-np.abs(contributions))[:3]
        wrong.append((contributions * (risk - average) < 0)[first].any())
    return np.array(wrong)


def print_agreement() -> None:
    """A line for each endpoint, size of effects, explainer and method of ours."""
    print(
        f"{'endpoint':16} {'effects':>7} {'explainer':22} {'method':13} {'largest':>8} {'99 %':>7} "
        f"{'same 3':>7}   (goals 0.02, 99 %)"
    )
    for size in SIZES:
        for c, endpoint in enumerate(ENDPOINTS):
            rows, wrong = _rows(size, np.eye(len(ENDPOINTS))[c])
            for (kind, method), parts in rows.items():
                largest = np.concatenate([r.largest for r in parts])
                same = np.concatenate([r.same for r in parts])
                print(
                    f"{endpoint:16} {size:7.1f} {kind:22} {method:13} {largest.max():8.4f} "
                    f"{np.quantile(largest, 0.99):7.4f} {same.mean():7.1%}"
                )
            print(f"{endpoint:16} {size:7.1f} first three, wrong sign: {wrong:.2%} (goal 0)")


def _rows(
    size: float, in_endpoint: Floats
) -> tuple[dict[tuple[str, str], list[Comparison]], float]:
    """Comparisons by explainer and method, and the share of patients with a wrong sign."""
    rng = np.random.default_rng(SEED)
    rows: dict[tuple[str, str], list[Comparison]] = {}
    wrong = []
    for _ in range(MODELS):
        model = drawn_hazards(rng, size)
        Z = patients_of(rng, model)
        wrong.append(wrong_signs(model, Z, in_endpoint))
        cases = {
            "PermutationExplainer": (model, Z),
            "ExactExplainer": (core_of(model), np.ascontiguousarray(Z[:, :CORE])),
        }
        for kind, case in cases.items():
            theirs = shap_values(*case, in_endpoint, kind=kind)
            for method, values in METHODS.items():
                part = compare(values(*case, in_endpoint), theirs)
                rows.setdefault((kind, method), []).append(part)
    return rows, float(np.concatenate(wrong).mean())


def print_times() -> None:
    """Error of 16 nodes, error of the sum and time, by share of inputs missing."""
    print(
        f"\n{'missing':>7} {'nodes miss':>11} {'sum misses':>11} {'reasons us':>11} "
        f"{'permuted us':>11} {'average us':>11}   (reasons: goal 35-70 us)"
    )
    for share in MISSING:
        rng = np.random.default_rng(SEED)
        remainder = error = 0.0
        times: list[Floats] = []
        for _ in range(MODELS):
            model = drawn_hazards(rng, 1.0)
            for row in patients_of(rng, model):
                z = np.where(rng.random(FEATURES) < share, np.nan, row)
                arguments = {"in_endpoint": np.eye(3)[0], "covariance": model.covariance}
                start = time.perf_counter()
                patient = path_reasons(z, model.intercepts, model.effects, **arguments)
                middle = time.perf_counter()
                permutation_reasons(z, model.intercepts, model.effects, **arguments)
                late = time.perf_counter()
                risks_at_average(z, model.intercepts, model.effects, **arguments)
                times.append(np.diff([start, middle, late, time.perf_counter()]))
                total = patient.contributions.sum(axis=1)
                error = max(error, np.abs(patient.log_odds - patient.baseline - total).max())
                remainder = max(remainder, np.abs(patient.remainder).max())
        reasons, permuted, average = np.median(times, axis=0) * 1e6
        print(
            f"{share:7.0%} {remainder:11.1e} {error:11.1e} {reasons:11.0f} {permuted:11.0f} "
            f"{average:11.0f}"
        )


def main() -> None:
    """Print agreement with shap, exactness and time."""
    print_agreement()
    print_times()


if __name__ == "__main__":
    main()
