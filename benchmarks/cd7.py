"""CD7-negative T cells from RNA against protein in the same cells (ECCITE-seq PBMC).

    python -m benchmarks.cd7

Rates are calibrated on one random half of the T cells; samples of 400 cells with a given true
share are drawn from the other half. 60 halves. Baselines: "RNA = 0", Rogan-Gladen on the zeros,
and an unconstrained mixture of two negative binomials.
"""

from collections.abc import Iterator

import numpy as np
import pandas as pd

from benchmarks._cd7_rates import (
    Half,
    after_loss,
    at_rates,
    by_rate,
    by_share,
)
from benchmarks._cd7_samples import print_samples
from benchmarks.make_cd7_calibration import NEGATIVE_SPREAD, SPREAD, t_cells
from features.arrays import Bools, Floats, Ints
from features.measures.cd7.baseline_anchor import (
    HEALTHY_SHARE,
    WITHIN_PATIENT_LOG_SD,
    anchored_share,
    interval_90,
)
from features.measures.cd7.component_rates import (
    ComponentRate,
    TwoComponentRates,
    calibrate,
    log_pmf,
)
from features.measures.cd7.mixture import mle_share, posteriors
from features.measures.cd7.rna_share import MAX_INTERVAL_WIDTH, pooled_rate
from features.measures.cd7.share_interval import posterior_interval

HALVES = 60
CELLS = 400
TRUE = (0.05, 0.20, 0.50, 0.80, 0.95)

Cells = tuple[Ints, Floats, Bools]


def zero_rate(depth: Floats, component: ComponentRate) -> float:
    """Expected share of zeros among cells of these depths."""
    return float(
        np.exp(log_pmf(np.zeros(1, np.int64), depth * component.rate, component.size)).mean()
    )


def rogan_gladen(k: Ints, depth: Floats, rates: TwoComponentRates) -> float:
    """Share of negatives from the share of zeros and both kinds' expected zeros."""
    of_negative, of_positive = zero_rate(depth, rates.negative), zero_rate(depth, rates.positive)
    return float(np.clip(((k == 0).mean() - of_positive) / (of_negative - of_positive), 0, 1))


def free_mixture(k: Ints, depth: Floats) -> float:
    """Share of the lower component of a two-component mixture fitted to this sample alone (EM)."""
    low, high, share = 0.3 * k.sum() / depth.sum(), 1.5 * k.sum() / depth.sum(), 0.5
    for _ in range(60):
        rates = TwoComponentRates(ComponentRate(low, 2.0, 0.0), ComponentRate(high, 2.0, 0.0))
        negative = posteriors(k, depth, rates, share)
        share = float(negative.mean())
        low = max(float(negative @ k / (negative @ depth)), 1e-6)
        high = max(float((1 - negative) @ k / max((1 - negative) @ depth, 1e-9)), 1e-6)
    return share if low <= high else 1 - share


def halves(cells: Cells, rng: np.random.Generator) -> Iterator[tuple[Bools, TwoComponentRates]]:
    """Random halves, each kind split evenly, with the rates calibrated on the chosen half."""
    k, depth, negative = cells
    for _ in range(HALVES):
        is_calibration = np.zeros(len(k), bool)
        for component in (negative, ~negative):
            of_kind = rng.permutation(np.flatnonzero(component))
            is_calibration[of_kind[: len(of_kind) // 2]] = True
        yield (
            is_calibration,
            TwoComponentRates(
                calibrate(k[is_calibration & negative], depth[is_calibration & negative]),
                calibrate(k[is_calibration & ~negative], depth[is_calibration & ~negative]),
                SPREAD,
                NEGATIVE_SPREAD,
            ),
        )


def draw_sample(cells: Cells, is_calibration: Bools, true: float, rng: np.random.Generator) -> Ints:
    """Indices of CELLS cells of the half not chosen, a share `true` of them negative."""
    negative, n = cells[2], round(CELLS * true)
    components = (~is_calibration & negative, ~is_calibration & ~negative)
    return np.concatenate(
        [
            rng.choice(np.flatnonzero(component), m)
            for component, m in zip(components, (n, CELLS - n), strict=True)
        ]
    )


def mixtures(cells: Cells, rng: np.random.Generator) -> pd.DataFrame:
    """One row per half and true share: estimates of every method and our interval."""
    k, depth, _ = cells
    rows = []
    for is_calibration, rates in halves(cells, rng):
        for true in TRUE:
            cell_rows = draw_sample(cells, is_calibration, true, rng)
            x, d = k[cell_rows], depth[cell_rows]
            share, se = mle_share(x, d, rates)
            (low, high), _ = posterior_interval(x, d, rates)
            rows.append(
                {
                    "true": true, "RNA = 0": (x == 0).mean(), "free mixture": free_mixture(x, d),
                    "Rogan-Gladen": rogan_gladen(x, d, rates), "likelihood": share,
                    "low": low, "high": high, "se": se,
                }
            )  # fmt: skip
    return pd.DataFrame(rows)


def summary(estimates: pd.DataFrame) -> pd.DataFrame:
    """Bias and mean absolute error in points, coverage, width and unresolved, by true share."""
    methods = ("RNA = 0", "free mixture", "Rogan-Gladen", "likelihood")
    error = {name: 100 * (estimates[name] - estimates["true"]) for name in methods}
    parts = {f"bias {name}": values for name, values in error.items()}
    parts |= {f"|error| {name}": values.abs() for name, values in error.items()}
    parts["covers, likelihood alone %"] = 100 * (
        error["likelihood"].abs() <= 164.5 * estimates["se"]
    ).astype(float)
    parts["covers, interval %"] = 100 * estimates["true"].between(
        estimates["low"], estimates["high"]
    )
    parts["width"] = 100 * (estimates["high"] - estimates["low"])
    parts["unresolved %"] = 100 * (estimates["high"] - estimates["low"] > 0.5)
    table = pd.DataFrame(parts).astype(float).groupby(estimates["true"]).mean().T
    table["all"] = table.mean(axis=1)
    return table


def with_persons(cells: Cells, rng: np.random.Generator, halves_used: int = HALVES) -> pd.DataFrame:
    """Two samples of a simulated person each, before (a tenth negative) and after infusion.

    The cells outside the calibration represent a person whose CD7 rate is lower than theirs by up
    to two spreads (counts thinned, the same in both samples; then thinned further per sample).
    """
    k, depth, _ = cells
    rows = []
    for i, (is_calibration, rates) in enumerate(halves(cells, rng)):
        if i == halves_used:
            break
        for true in TRUE:
            person = np.exp(-abs(rng.normal(0, SPREAD)))
            levels, parts = [], []
            for share in (HEALTHY_SHARE, true):
                cell_rows = draw_sample(cells, is_calibration, share, rng)
                thinning = person * np.exp(-abs(rng.normal(0, WITHIN_PATIENT_LOG_SD)))
                parts = [rng.binomial(k[cell_rows], thinning), depth[cell_rows]]
                levels.append(pooled_rate(parts[0], parts[1]))
            share_estimate = anchored_share(levels[1], levels[0], rates)
            low_anchored, high_anchored = interval_90(share_estimate)
            (low, high), _ = posterior_interval(parts[0], parts[1], rates)
            one_sample = mle_share(parts[0], parts[1], rates)[0]
            rows.append(
                {
                    "true": true,
                    "one sample": one_sample, "low one sample": low, "high one sample": high,
                    "anchored": share_estimate.value,
                    "low anchored": low_anchored, "high anchored": high_anchored,
                }
            )  # fmt: skip
    return pd.DataFrame(rows)


def anchored_summary(estimates: pd.DataFrame) -> pd.DataFrame:
    """Bias and error in points, coverage and width of 90 % intervals, by true share."""
    parts = {}
    for name in ("one sample", "anchored"):
        error, low, high = (
            100 * (estimates[name] - estimates["true"]),
            *(estimates[f"{end} {name}"] for end in ("low", "high")),
        )
        parts |= {
            f"bias {name}": error, f"|error| {name}": error.abs(),
            f"covers {name} %": 100 * estimates["true"].between(low, high).where(low.notna()),
            f"width {name}": 100 * (high - low),
        }  # fmt: skip
    table = pd.DataFrame(parts).astype(float).groupby(estimates["true"]).mean().T
    table["all"] = table.mean(axis=1)
    return table


def reliability(cells: Cells, rng: np.random.Generator) -> pd.DataFrame:
    """Probability of being negative against protein: share and rates as if known, and integrated.

    Resolved samples whose true share is drawn uniformly from 0 to 1, three to a half: at one fixed
    share, samples that overestimate it overestimate the probability of every cell.
    """
    k, depth, negative = cells
    probabilities: dict[str, list[Floats]] = {"as if known": [], "integrated": []}
    labels = []
    for is_calibration, rates in halves(cells, rng):
        for _ in range(3):
            cell_rows = draw_sample(cells, is_calibration, rng.uniform(), rng)
            x, d = k[cell_rows], depth[cell_rows]
            (low, high), probability = posterior_interval(x, d, rates)
            if high - low > MAX_INTERVAL_WIDTH:
                continue
            plugin = posteriors(x, d, rates, mle_share(x, d, rates)[0])
            probabilities["as if known"].append(plugin)
            probabilities["integrated"].append(probability)
            labels.append(negative[cell_rows])
    edges = [0, 0.02, 0.05, 0.1, 0.2, 0.35, 0.5, 0.65, 0.8, 0.9, 0.95, 0.98, 1]
    table = {}
    for name, parts in probabilities.items():
        values, truth = np.concatenate(parts), np.concatenate(labels)
        bins = pd.cut(values, edges, include_lowest=True)
        for title, column in (("estimated", values), ("true", truth.astype(float))):
            table[name, title] = pd.Series(column).groupby(bins, observed=True).mean()
        table[name, "cells"] = pd.Series(values).groupby(bins, observed=True).size()
    return pd.DataFrame(table)


def shallow(cells: Cells, rng: np.random.Generator) -> str:
    """Thin until 77 % of the positives read zero, as on a targeted panel; share unresolved."""
    k, depth, negative = cells
    keep = next(
        keep
        for keep in np.linspace(1, 0.02, 99)
        if (rng.binomial(k[~negative], keep) == 0).mean() >= 0.77
    )
    rates = TwoComponentRates(
        calibrate(k[negative], depth[negative]),
        calibrate(k[~negative], depth[~negative]),
        SPREAD,
        NEGATIVE_SPREAD,
    )
    unresolved = []
    for _ in range(HALVES):
        cell_rows = np.concatenate(
            [rng.choice(np.flatnonzero(negative), 200), rng.choice(np.flatnonzero(~negative), 200)]
        )
        (low, high), _ = posterior_interval(
            rng.binomial(k[cell_rows], keep), depth[cell_rows] * keep, rates
        )
        unresolved.append(high - low > 0.5)
    return (
        f"thinned to {keep:.2f}, true share 0.50: unresolved in {100 * np.mean(unresolved):.0f} %"
    )


def other_rates(cells: Cells, rng: np.random.Generator) -> Iterator[Half]:
    """Halves with a way to draw T cells of a share of negatives from the half not chosen."""
    k, depth, _ = cells
    for is_calibration, rates in halves(cells, rng):

        def draw(true: float, is_calibration: Bools = is_calibration) -> tuple[Ints, Floats]:
            rows = draw_sample(cells, is_calibration, true, rng)
            return k[rows], depth[rows]

        yield Half(rates, draw)


def print_other_rates(cells: Cells, rng: np.random.Generator) -> None:
    """Tables of `benchmarks._cd7_rates`."""
    table = at_rates(other_rates(cells, rng), rng)
    print("\nRates off the calibration, NK cells with them (log-SD 0.18 apart), all shares")
    print(by_rate(table).round(1).to_string())
    print("\nAt the calibrated rate, by true share")
    print(by_share(table).round(0).to_string())
    print("\nNK cells of which a share lost CD7")
    print(after_loss(other_rates(cells, rng), rng).round(2).T.to_string())


def main() -> None:
    """Print all tables."""
    rng = np.random.default_rng(7)
    cells = t_cells()
    k, _, negative = cells
    print(
        f"{len(k)} T cells, {negative.sum()} without CD7 protein; "
        f"{100 * (k[~negative] == 0).mean():.0f} % of the others show no CD7 RNA"
    )
    print(summary(mixtures(cells, rng)).round(1).to_string())
    print("\nAnchored on the person's own sample before infusion, beside one sample alone")
    print(anchored_summary(with_persons(cells, rng)).round(1).to_string())
    print("\nProbability of each cell against protein (1 in 10 is right when it says 0.1)")
    print(reliability(cells, rng).round(3).to_string())
    print("\nShallow assay:", shallow(cells, rng))
    print_other_rates(cells, rng)
    print_samples(rng)


if __name__ == "__main__":
    main()
