"""Standard errors against 200 bootstraps over cells."""

import math
from collections.abc import Callable

import numpy as np
import pytest

from features.cells.cell_counts import CellCounts
from features.celltypes.cell_types import NAMES, Typing
from features.measures import ambient_correction
from features.measures.cd7.component_rates import ComponentRate, TwoComponentRates
from features.measures.cd7.mixture import mle_share
from features.measures.pooled_expression import mean_log_expression
from features.measures.s100 import s100_features
from features.measures.standard_errors import binomial_se, log_ratio_se

BOOTSTRAPS = 200


def bootstrapped(
    estimate: Callable[[np.ndarray], float], n: int, rng: np.random.Generator
) -> float:
    """Standard deviation of an estimate over resampled cells."""
    return float(np.std([estimate(rng.integers(0, n, n)) for _ in range(BOOTSTRAPS)], ddof=1))


def agree(pairs: list[tuple[float, float]]) -> None:
    """In 95 % of cases within 15 % (200 bootstraps know their own answer to 5 %)."""
    ratio = np.array([ours / boot for ours, boot in pairs])
    assert (np.abs(ratio - 1) <= 0.15).mean() >= 0.95, np.sort(ratio).round(2)


def test_fractions_and_log_ratio() -> None:
    """Binomial and log-ratio errors, from 5 to 70 % and 200 to 2,000 cells."""
    rng = np.random.default_rng(0)
    shares, ratios = [], []
    for _ in range(40):
        n, p = int(rng.integers(200, 2000)), rng.uniform(0.05, 0.7)
        draw = rng.choice(3, n, p=[p, 0.9 - p, 0.1])
        a, b = int((draw == 0).sum()), int((draw == 1).sum())
        shares.append(
            (binomial_se(a, n), bootstrapped(lambda i, d=draw: (d[i] == 0).mean(), n, rng))
        )
        ratios.append(
            (
                log_ratio_se(a, b),
                bootstrapped(
                    lambda i, d=draw: math.log(
                        ((d[i] == 0).sum() + 0.5) / ((d[i] == 1).sum() + 0.5)
                    ),
                    n, rng,
                ),
            )
        )  # fmt: skip
    agree(shares)
    agree(ratios)


def test_pooled_expression() -> None:
    """Linearised ratio of overdispersed genes, few and many cells, weighted."""
    rng = np.random.default_rng(1)
    pairs = []
    for _ in range(40):
        n = int(rng.integers(80, 800))
        t = rng.lognormal(8, 0.4, n).astype(int)
        rates = rng.lognormal(1, 1, 6)
        x = rng.poisson(t[:, None] / 1e4 * rates * rng.gamma(1.0, 1.0, (n, 6)))
        w = rng.uniform(0.7, 1.0, n)
        pairs.append(
            (
                mean_log_expression(x, t, w).se,
                bootstrapped(
                    lambda i, x=x, t=t, w=w: mean_log_expression(x[i], t[i], w[i]).value, n, rng
                ),
            )
        )
    agree(pairs)


def test_cd7_share_with_rates_fixed() -> None:
    """Curvature of the likelihood, at shares from 15 to 85 %."""
    rng = np.random.default_rng(2)
    kinds = TwoComponentRates(ComponentRate(0.6, 1.0, 0), ComponentRate(4.6, 4.0, 0))
    pairs = []
    for _ in range(20):
        n, p = int(rng.integers(300, 800)), rng.uniform(0.15, 0.85)
        depth = rng.lognormal(math.log(0.35), 0.4, n)
        rate = np.where(rng.random(n) < p, 0.6, 4.6)
        size = np.where(rate == 0.6, 1.0, 4.0)
        k = rng.negative_binomial(size, size / (size + depth * rate))
        se = mle_share(k, depth, kinds)[1]
        boot = bootstrapped(lambda i, k=k, d=depth: mle_share(k[i], d[i], kinds)[0], n, rng)
        pairs.append((se, boot))
    agree(pairs)


def test_s100_without_the_error_of_the_ambient_profile(monkeypatch: pytest.MonkeyPatch) -> None:
    """Errors of all four S100 numbers and of the ambient share they use, over cells alone."""
    monkeypatch.setattr(ambient_correction, "AMBIENT_RELATIVE_SD", 0.0)
    rng = np.random.default_rng(3)
    genes = ("S100A8", "S100A9", "LYZ", "VCAN")
    rates_by_type = {"cd14_monocyte": [80, 90, 70, 10], "cd4_t": [2, 2, 0, 0], "b": [2, 2, 0, 0]}
    pairs_by_column: dict[str, list[tuple[float, float]]] = {}
    for _ in range(6):
        names = rng.choice(list(rates_by_type), int(rng.integers(800, 1600)), p=[0.25, 0.6, 0.15])
        n = len(names)
        t = rng.lognormal(8, 0.3, n).astype(int)
        rates = np.array([rates_by_type[name] for name in names]) * rng.gamma(2.0, 0.5, (n, 1))
        profile = (rates * t[:, None]).sum(axis=0) / t.sum()
        x = rng.poisson(t[:, None] / 1e4 * (0.92 * rates + 0.08 * profile)).astype(np.int32)
        counts = CellCounts(t, t, t * 0, x, genes)
        call = np.array([NAMES.index(name) for name in names], np.int8)
        typing = Typing(call, np.ones(n, np.float32))
        columns = s100_features(counts, typing)
        again = [
            s100_features(counts.select(i), typing.select(i))
            for i in (rng.integers(0, n, n) for _ in range(BOOTSTRAPS))
        ]
        for name in columns:
            if name.endswith("_se"):
                boot = float(np.std([row[name.removesuffix("_se")] for row in again], ddof=1))
                pairs_by_column.setdefault(name, []).append((columns[name], boot))
    agree([pair for pairs in pairs_by_column.values() for pair in pairs])


def test_nothing_observed() -> None:
    """No cells give a missing error; a type nobody has gives a finite log-ratio error."""
    assert math.isnan(binomial_se(0, 0))
    assert log_ratio_se(0, 0) == pytest.approx(2)
