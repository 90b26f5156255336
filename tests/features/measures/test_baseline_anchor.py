"""The share against the patient's own first sample: slow likelihood, simulation, real cells."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import nbinom

from benchmarks import cd7 as benchmark
from benchmarks.make_cd7_calibration import t_cells
from features.measures.baseline_anchor import (
    HEALTHY,
    HEALTHY_SD,
    WITHIN_PATIENT,
    anchored,
    anchored_share,
    ends,
)
from features.measures.cd7 import pooled_rate
from features.measures.cd7_rates import load_calibration
from features.measures.history import add_history
from features.measures.mixture import Kind, Kinds, integrated
from features.measures.pooled_expression import Level
from features.table.row import Row, empty_row, number

KINDS = load_calibration()
BEFORE = Level(HEALTHY * KINDS.negative.rate + (1 - HEALTHY) * KINDS.positive.rate, 0.05)

Cells = tuple[np.ndarray, np.ndarray]


def mixed(share: float) -> float:
    """Mean rate of T cells of which a share is negative, at the calibrated rates."""
    return share * KINDS.negative.rate + (1 - share) * KINDS.positive.rate


def drawn(share: float, n: int, person: float, rng: np.random.Generator) -> Cells:
    """CD7 counts and depths of n T cells of one person, whose rates are multiplied by `person`."""
    depth = rng.lognormal(np.log(0.3), 0.4, n)
    negative = np.arange(n) < share * n
    rate = np.where(negative, KINDS.negative.rate, KINDS.positive.rate) * person
    size = np.where(negative, KINDS.negative.size, KINDS.positive.size)
    return rng.negative_binomial(size, size / (size + depth * rate)), depth


def naive_anchored(now: Cells, before: Cells) -> float:
    """Slow: posterior mean of the share from both samples' cells over a grid of persons.

    The person's rate has the between-person spread as prior and sees the first sample through the
    share of negatives expected before therapy; both samples' likelihoods are cell by cell.
    """
    shares, healthy = np.linspace(0.005, 0.995, 100), HEALTHY + HEALTHY_SD * np.linspace(-1.8, 2, 9)

    def log_likelihood(cells: Cells, person: float, of: np.ndarray) -> np.ndarray:
        k, depth = cells
        f = [
            nbinom.pmf(k, kind.size, kind.size / (kind.size + depth * kind.rate * person))
            for kind in (KINDS.negative, KINDS.positive)
        ]
        return np.log(of[:, None] * f[0] + (1 - of[:, None]) * f[1]).sum(axis=1)

    total, weight = np.zeros(len(shares)), []
    persons = np.exp(np.linspace(-0.7, 0.7, 57))
    of_healthy = -0.5 * ((healthy - HEALTHY) / HEALTHY_SD) ** 2
    for person in persons:
        prior = -0.5 * (math.log(person) / KINDS.spread) ** 2
        weight.append(
            prior + np.logaddexp.reduce(log_likelihood(before, person, healthy) + of_healthy)
        )
    weights = np.exp(np.array(weight) - max(weight))
    for person, w in zip(persons, weights, strict=True):
        logs = log_likelihood(now, person, shares)
        own = np.exp(logs - logs.max())
        total += w * own / own.sum()
    return float(total @ shares / total.sum())


@pytest.mark.parametrize("true", [0.05, 0.2, 0.5, 0.8, 0.95])
def test_agrees_with_the_likelihood_of_every_cell(true: float) -> None:
    """Two mean rates give the share that the slow joint likelihood gives, within 3 points."""
    apart = []
    for seed in range(6):
        rng = np.random.default_rng(seed)
        person = math.exp(rng.normal(0, KINDS.spread))
        before, now = drawn(0.10, 1500, person, rng), drawn(true, 1500, person, rng)
        fast = anchored_share(pooled_rate(*now), pooled_rate(*before), KINDS)
        apart.append(fast.value - naive_anchored(now, before))
    assert abs(np.mean(apart)) < 0.03
    assert np.abs(apart).max() < 0.08


def test_interval_is_narrower_than_one_samples_and_covers() -> None:
    """Over persons and samples that vary as stated: covers in 85 % or more, a tenth narrower."""
    rng = np.random.default_rng(5)
    covered, widths = [], []
    for _ in range(150):
        true, person = rng.uniform(0.02, 0.98), rng.normal(0, KINDS.spread)
        healthy = np.clip(rng.normal(HEALTHY, HEALTHY_SD), 0, 1)
        now = drawn(true, 400, math.exp(person + rng.normal(0, WITHIN_PATIENT)), rng)
        before = drawn(healthy, 400, math.exp(person), rng)
        found = anchored_share(pooled_rate(*now), pooled_rate(*before), KINDS)
        (low, high), _ = integrated(*now, KINDS)
        if not math.isnan(found.value):
            covered.append(ends(found)[0] <= true <= ends(found)[1])
            widths.append((ends(found)[1] - ends(found)[0], high - low))
    assert len(covered) > 130
    assert np.mean(covered) >= 0.85
    narrow, wide = np.mean(widths, axis=0)
    assert narrow < 0.9 * wide


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
    r, person = KINDS.negative.rate, math.exp(log_person)

    def seen(rate: float) -> Level:
        return Level(r + person * (rate - r), 0.02)

    found = anchored_share(seen(mixed(share)), seen(BEFORE.value), KINDS)
    assert math.isnan(found.value) or found.value == pytest.approx(share)


def test_each_error_widens_it() -> None:
    """Fewer cells in either sample and a less certain negative rate make the error greater."""
    now = Level(mixed(0.5), 0.05)
    plain = anchored_share(now, BEFORE, KINDS).se
    assert anchored_share(Level(now.value, 0.3), BEFORE, KINDS).se > plain
    assert anchored_share(now, Level(BEFORE.value, 0.3), KINDS).se > plain
    doubtful = Kinds(Kind(KINDS.negative.rate, 10.0, 0.9), KINDS.positive, 0.25, 0.5)
    assert anchored_share(now, BEFORE, doubtful).se > plain


def test_unresolved_where_nothing_can_be_said() -> None:
    """A first sample without CD7, one far off the calibration, and huge errors give no number."""
    now = Level(mixed(0.5), 0.05)
    for before in (0.1, mixed(0.75), 12.0, math.nan):
        assert math.isnan(anchored_share(now, Level(before, 0.05), KINDS).value)
    assert math.isnan(anchored_share(Level(math.nan, 0.05), BEFORE, KINDS).value)
    assert math.isnan(anchored_share(Level(now.value, 3.0), BEFORE, KINDS).value)


def at(day: int, share: float, **more: str | None) -> Row:
    """A blood sample of patient A whose T cells show the mean rate of a share of negatives."""
    known = {"patient_id": "A", "sample_id": f"S{day}", "day": day, "enrichment": "none"}
    rates = {"cd7_t_rate": mixed(share), "cd7_t_rate_se": 0.05}
    return {**empty_row(), **known, **rates, **more}


def share_of(row: Row) -> float:
    """The anchored share of a row with history."""
    return number(row, "cd7neg_t_fraction_anchored")


def test_history_anchors_on_the_earliest_sample_before_infusion() -> None:
    """Later samples are measured against day -20, whatever day -2 says; the early ones are not."""
    rows = add_history([at(28, 0.6), at(-2, 0.4), at(-20, HEALTHY), at(60, 0.3)])
    assert [share_of(row) for row in rows] == pytest.approx(
        [math.nan, math.nan, 0.6, 0.3], nan_ok=True
    )
    assert number(rows[-1], "cd7neg_t_fraction_anchored_se") > 0


@pytest.mark.parametrize(
    "first",
    [
        at(5, HEALTHY),
        at(-5, HEALTHY, tissue="BM"),
        at(-5, HEALTHY, enrichment="product"),
        at(-5, HEALTHY, enrichment="sorted"),
        at(-5, HEALTHY, chemistry="5prime"),
        at(-5, HEALTHY, typing_source="labels"),
        at(-5, math.nan),
    ],
    ids=["after", "marrow", "product", "sorted", "chemistry", "labels", "no rate"],
)
def test_other_samples_are_no_anchor(first: Row) -> None:
    """Only a comparable blood sample with a rate from before infusion is one."""
    assert math.isnan(share_of(add_history([first, at(28, 0.5)])[-1]))
    assert share_of(add_history([first, at(-9, HEALTHY), at(28, 0.5)])[-1]) == pytest.approx(0.5)


def test_products_have_no_anchored_share_of_their_own() -> None:
    """A row without a rate, as of a product that hides CD7, stays missing beside a good anchor."""
    hidden = at(28, math.nan)
    assert math.isnan(anchored([at(-5, HEALTHY), hidden], hidden).value)
