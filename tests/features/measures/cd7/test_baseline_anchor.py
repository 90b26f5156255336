"""The share against the patient's baseline sample: slow likelihood, simulation, real cells."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import nbinom

from benchmarks import cd7 as benchmark
from benchmarks.make_cd7_calibration import t_cells
from features.measures.cd7.baseline_anchor import (
    HEALTHY_SHARE,
    HEALTHY_SHARE_SD,
    WITHIN_PATIENT_LOG_SD,
    anchored_fraction,
    anchored_share,
    interval_90,
)
from features.measures.cd7.component_rates import ComponentRate, TwoComponentRates
from features.measures.cd7.rna_share import load_calibration, pooled_rate
from features.measures.cd7.share_interval import posterior_interval
from features.measures.history import add_history
from features.measures.pooled_expression import Estimate
from features.table.row import Row, empty_row, number

RATES = load_calibration()
BASELINE = Estimate(
    HEALTHY_SHARE * RATES.negative.rate + (1 - HEALTHY_SHARE) * RATES.positive.rate, 0.05
)

Cells = tuple[np.ndarray, np.ndarray]


def mean_rate(share: float) -> float:
    """Mean rate of T cells of which a share is negative, at the calibrated rates."""
    return share * RATES.negative.rate + (1 - share) * RATES.positive.rate


def draw_cells(share: float, n: int, person: float, rng: np.random.Generator) -> Cells:
    """CD7 counts and depths of n T cells of one person, whose rates are multiplied by `person`."""
    depth = rng.lognormal(np.log(0.15), 0.4, n)
    negative = np.arange(n) < share * n
    rate = np.where(negative, RATES.negative.rate, RATES.positive.rate) * person
    size = np.where(negative, RATES.negative.size, RATES.positive.size)
    return rng.negative_binomial(size, size / (size + depth * rate)), depth


def naive_anchored(current: Cells, baseline: Cells) -> float:
    """Slow: posterior mean of the share from both samples' cells over a grid of persons.

    The person's rate has the between-person spread as prior and sees the first sample through the
    share of negatives expected before therapy; both samples' likelihoods are cell by cell.
    """
    shares = np.linspace(0.005, 0.995, 100)
    healthy = HEALTHY_SHARE + HEALTHY_SHARE_SD * np.linspace(-1.8, 2, 9)

    def log_likelihood(cells: Cells, person: float, share: np.ndarray) -> np.ndarray:
        k, depth = cells
        f = [
            nbinom.pmf(k, c.size, c.size / (c.size + depth * c.rate * person))
            for c in (RATES.negative, RATES.positive)
        ]
        return np.log(share[:, None] * f[0] + (1 - share[:, None]) * f[1]).sum(axis=1)

    total, weight = np.zeros(len(shares)), []
    persons = np.exp(np.linspace(-0.7, 0.7, 57))
    of_healthy = -0.5 * ((healthy - HEALTHY_SHARE) / HEALTHY_SHARE_SD) ** 2
    for person in persons:
        prior = -0.5 * (math.log(person) / RATES.spread) ** 2
        weight.append(
            prior + np.logaddexp.reduce(log_likelihood(baseline, person, healthy) + of_healthy)
        )
    weights = np.exp(np.array(weight) - max(weight))
    for person, w in zip(persons, weights, strict=True):
        logs = log_likelihood(current, person, shares)
        posterior = np.exp(logs - logs.max())
        total += w * posterior / posterior.sum()
    return float(total @ shares / total.sum())


@pytest.mark.parametrize("true", [0.05, 0.2, 0.5, 0.8, 0.95])
def test_agrees_with_the_likelihood_of_every_cell(true: float) -> None:
    """Two mean rates give the share that the slow joint likelihood gives, within 3 points."""
    differences = []
    for seed in range(6):
        rng = np.random.default_rng(seed)
        person = math.exp(rng.normal(0, RATES.spread))
        baseline, current = draw_cells(0.10, 1500, person, rng), draw_cells(true, 1500, person, rng)
        fast = anchored_share(pooled_rate(*current), pooled_rate(*baseline), RATES)
        differences.append(fast.value - naive_anchored(current, baseline))
    assert abs(np.mean(differences)) < 0.03
    assert np.abs(differences).max() < 0.08


def test_interval_is_narrower_than_one_samples_and_covers() -> None:
    """Over persons and samples that vary as stated: covers in 85 % or more, and is narrower."""
    rng = np.random.default_rng(5)
    covered, widths = [], []
    for _ in range(150):
        true, person = rng.uniform(0.02, 0.98), rng.normal(0, RATES.spread)
        healthy = np.clip(rng.normal(HEALTHY_SHARE, HEALTHY_SHARE_SD), 0, 1)
        current = draw_cells(
            true, 400, math.exp(person + rng.normal(0, WITHIN_PATIENT_LOG_SD)), rng
        )
        baseline = draw_cells(healthy, 400, math.exp(person), rng)
        share = anchored_share(pooled_rate(*current), pooled_rate(*baseline), RATES)
        (low, high), _ = posterior_interval(*current, RATES)
        if not math.isnan(share.value):
            covered.append(interval_90(share)[0] <= true <= interval_90(share)[1])
            widths.append((interval_90(share)[1] - interval_90(share)[0], high - low))
    assert len(covered) > 130
    assert np.mean(covered) >= 0.85
    narrow, wide = np.mean(widths, axis=0)
    assert narrow < wide


def test_figures_on_cells_with_protein(eccite) -> None:  # type: ignore[no-untyped-def]
    """Persons made by thinning half the cells: nearer the protein's share than one sample is."""
    table = benchmark.anchored_summary(
        benchmark.with_persons(t_cells(), np.random.default_rng(7), halves_used=30)
    )
    assert table.loc["|error| anchored", "all"] < table.loc["|error| one sample", "all"]
    assert table.loc["width anchored", "all"] < table.loc["width one sample", "all"]
    assert table.loc["covers anchored %"].min() >= 85


@given(st.floats(0, 0.9), st.floats(-0.4, 0.4))
def test_a_persons_rate_drops_out(share: float, log_person: float) -> None:
    """Multiplying both samples' signal by the person's rate leaves the share where it was."""
    r, person = RATES.negative.rate, math.exp(log_person)

    def rate_of_person(rate: float) -> Estimate:
        return Estimate(r + person * (rate - r), 0.02)

    estimate = anchored_share(
        rate_of_person(mean_rate(share)), rate_of_person(BASELINE.value), RATES
    )
    assert math.isnan(estimate.value) or estimate.value == pytest.approx(share)


def test_each_error_widens_it() -> None:
    """Fewer cells in either sample and a less certain negative rate make the error greater."""
    current = Estimate(mean_rate(0.5), 0.05)
    plain = anchored_share(current, BASELINE, RATES).se
    assert anchored_share(Estimate(current.value, 0.3), BASELINE, RATES).se > plain
    assert anchored_share(current, Estimate(BASELINE.value, 0.3), RATES).se > plain
    doubtful = TwoComponentRates(
        ComponentRate(RATES.negative.rate, 10.0, 0.9), RATES.positive, 0.25, 0.5
    )
    assert anchored_share(current, BASELINE, doubtful).se > plain


def test_unresolved_where_it_is_not_estimable() -> None:
    """A first sample without CD7, one far off the calibration, and huge errors give no number."""
    current = Estimate(mean_rate(0.5), 0.05)
    for baseline in (0.2, mean_rate(0.75), 24.0, math.nan):
        assert math.isnan(anchored_share(current, Estimate(baseline, 0.05), RATES).value)
    assert math.isnan(anchored_share(Estimate(math.nan, 0.05), BASELINE, RATES).value)
    assert math.isnan(anchored_share(Estimate(current.value, 6.0), BASELINE, RATES).value)


def row_at(day: int, share: float, **more: str | None) -> Row:
    """A blood sample of patient A whose T cells show the mean rate of a share of negatives."""
    keys = {"patient_id": "A", "sample_id": f"S{day}", "day": day, "enrichment": "none"}
    rates = {"cd7_t_rate": mean_rate(share), "cd7_t_rate_se": 0.05}
    return {**empty_row(), **keys, **rates, **more}


def share_of(row: Row) -> float:
    """The anchored share of a row with history."""
    return number(row, "cd7neg_t_fraction_anchored")


def test_history_anchors_on_the_earliest_sample_before_infusion() -> None:
    """Later samples are measured against day -20, whatever day -2 says; the early ones are not."""
    rows = add_history(
        [row_at(28, 0.6), row_at(-2, 0.4), row_at(-20, HEALTHY_SHARE), row_at(60, 0.3)]
    )
    assert [share_of(row) for row in rows] == pytest.approx(
        [math.nan, math.nan, 0.6, 0.3], nan_ok=True
    )
    assert number(rows[-1], "cd7neg_t_fraction_anchored_se") > 0


@pytest.mark.parametrize(
    "first",
    [
        row_at(5, HEALTHY_SHARE),
        row_at(-5, HEALTHY_SHARE, tissue="BM"),
        row_at(-5, HEALTHY_SHARE, enrichment="product"),
        row_at(-5, HEALTHY_SHARE, enrichment="sorted"),
        row_at(-5, HEALTHY_SHARE, chemistry="5prime"),
        row_at(-5, HEALTHY_SHARE, typing_source="labels"),
        row_at(-5, math.nan),
        {**row_at(-5, HEALTHY_SHARE), "cd7neg_t_fraction_low": 0.43},
    ],
    ids=["after", "marrow", "product", "sorted", "chemistry", "labels", "no rate", "negative"],
)
def test_other_samples_are_no_anchor(first: Row) -> None:
    """Only a comparable blood sample with a rate from before infusion is one.

    It holds nearly all CD7-positive T cells, as far as its own interval says.
    """
    assert math.isnan(share_of(add_history([first, row_at(28, 0.5)])[-1]))
    assert share_of(
        add_history([first, row_at(-9, HEALTHY_SHARE), row_at(28, 0.5)])[-1]
    ) == pytest.approx(0.5)


def test_products_have_no_anchored_share_of_their_own() -> None:
    """A row without a rate, as of a product that hides CD7, stays missing beside a good anchor."""
    hidden = row_at(28, math.nan)
    assert math.isnan(anchored_fraction([row_at(-5, HEALTHY_SHARE), hidden], hidden).value)
