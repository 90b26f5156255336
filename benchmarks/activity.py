"""False claims of changed activity: cells as replicates and other analyses on null cohorts.

    python -m benchmarks activity
    python -m benchmarks.activity --draws 20 --patients 12

Simulated cohorts, two samples a patient of 400 T cells each (gamma-Poisson counts by CD7 kind,
patient, sample and memory composition; CD7 RNA drawn at the calibrated rates; CD7-negative share
about 12 % before and 85 % after infusion). Each analysis tests 12 gene sets, Holm-corrected; the
figure is the share of cohorts with at least one claim. Goal without an effect: at most 5 %.

    alike    nothing changes, CD7-negative T cells are like CD7-positive ones
    unlike   nothing changes in CD7-negative cells; they differ from CD7-positive ones (those
             without CD7 RNA lie between, at a point redrawn in each sample within its error), and
             memory composition shifts after infusion, which also moves cytotoxicity
    planted  as unlike, and activation rises by 0.6 (natural log) in CD7-negative cells
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

import click
import numpy as np
import pandas as pd
from scipy.stats import mannwhitneyu

from benchmarks._results import cached_results
from features.arrays import Bools, Floats, Ints
from features.measures.cd7.component_rates import ComponentRate
from features.measures.cd7.rna_share import load_calibration
from features.measures.cd7.share_interval import posterior_interval
from features.pseudobulk.sample_sums import CD7_GROUPS, NEGATIVE_FROM, POSITIVE_TO
from features.settings import prepare_libraries
from training.statistics.significance.holm import holm_adjusted
from training.statistics.significance.paired import adjusted_test, rank_test
from training.statistics.significance.proportions import clopper_pearson
from training.study.activity.differential import differential_table, enrichment
from training.study.activity.gene_sets import GeneSet, gene_sets, sets_to_test
from training.study.activity.negative_pairs import LEAST_UMIS, NegativePairs, Side
from training.study.activity.unmixing import LIKENESS, UnmixedRates, effective_shares, unmix

DRAWS, PATIENTS, CELLS, BACKGROUND = 100, 12, 400, 160
# log effects of being CD7-negative, and of a unit of memory shift, where kinds are unlike
OF_KIND = {"activation": 0.6, "cytotoxicity": 0.6, "naive": -0.6, "experienced": 0.4}
OF_MEMORY = {"naive": -1.0, "experienced": 0.5, "cytotoxicity": 0.5}
SCENARIOS = ("alike", "unlike", "planted")
TESTED_SETS = tuple(one for one in sets_to_test() if one.theme != "quality")
GENES = tuple(dict.fromkeys(gene for one in gene_sets() for gene in one.genes))
NAMES = np.array([*GENES, *(f"other{i}" for i in range(BACKGROUND))], object)


@dataclass(frozen=True)
class TCells:
    """One sample's T cells: counts (n, genes), UMIs (n,), CD7 UMIs (n,), posterior (n,)."""

    counts: Ints
    total: Floats
    cd7: Ints
    posterior: Floats


@cache
def members(one: GeneSet) -> Bools:
    """Which of `NAMES` are in a set."""
    return np.isin(NAMES, one.genes)


def log_effects(effects: dict[str, float]) -> Floats:
    """Effects by set name as log effects by gene, (genes,)."""
    return sum(
        (effects[one.name] * members(one) for one in gene_sets() if one.name in effects),
        np.zeros(NAMES.size),
    )


def draw_cells(log_rate: Floats, of_kind: Floats, negative: float, rng: Any) -> TCells:
    """Cells of one sample; `log_rate` (genes,) of a CD7-positive cell, per 10,000 UMIs."""
    calibration = load_calibration()
    depth = rng.lognormal(np.log(3000), 0.4, CELLS) / 1e4
    is_negative = rng.random(CELLS) < negative
    factor = np.exp(rng.normal(0, 0.13))  # a sample's CD7 rate differs from the calibrated one
    cd7 = np.where(
        is_negative,
        _draw_cd7(calibration.negative, depth, rng),
        _draw_cd7(calibration.positive, depth * factor, rng),
    )
    likeness = np.clip(rng.normal(LIKENESS, 0.24), 0, 1)  # with the uncertainty of LIKENESS
    like = np.where(is_negative, 1.0, np.where(cd7 == 0, likeness, 0.0))
    noise = rng.gamma(2.0, 0.5, (CELLS, NAMES.size))
    rates = np.exp(log_rate + like[:, None] * of_kind) * noise
    _, posterior = posterior_interval(cd7, depth, calibration)
    return TCells(rng.poisson(rates * depth[:, None]), depth * 1e4, cd7, posterior)


def _draw_cd7(component: ComponentRate, depth: Floats, rng: Any) -> Ints:
    counts: Ints = rng.poisson(
        component.rate * depth * rng.gamma(component.size, 1 / component.size, depth.size)
    )
    return counts


def draw_cohort(scenario: str, n: int, seed: int) -> tuple[list[TCells], list[TCells]]:
    """Samples of n patients before and after infusion; scenarios of a seed share their draws."""
    rng = np.random.default_rng(seed)
    base = rng.normal(0, 1, NAMES.size)
    unlike = scenario != "alike"
    of_kind = log_effects(OF_KIND) if unlike else np.zeros(NAMES.size)
    of_time = log_effects({"activation": 0.6}) if scenario == "planted" else 0.0
    before, after = [], []
    for number in range(n):
        patient = log_effects({one.name: rng.normal(0, 0.4) for one in gene_sets()})
        for late, side in enumerate((before, after)):
            sample = log_effects({one.name: rng.normal(0, 0.3) for one in TESTED_SETS})
            memory = unlike * rng.normal(0.5 * late, 0.4)
            log_rate = base + patient + sample + memory * log_effects(OF_MEMORY)
            share = 1 / (1 + np.exp(-rng.normal((-2.0, 1.7)[late], 0.8)))
            sample_rng = np.random.default_rng([seed, number, late])
            side.append(draw_cells(log_rate, of_kind + late * of_time, share, sample_rng))
    return before, after


def unmix_sample(cells: TCells) -> UnmixedRates:
    """The sample's CD7-negative T cells, from the three rows of the CD7 split."""
    q = cells.posterior
    split = (q >= NEGATIVE_FROM, (q > POSITIVE_TO) & (q < NEGATIVE_FROM), q <= POSITIVE_TO)
    present = [i for i, row in enumerate(split) if row.any()]
    rows = [split[i] for i in present]
    umis = np.array([cells.total[m].sum() for m in rows])
    shares = np.array([(q * cells.total)[m].sum() for m in rows]) / umis
    groups = np.array([CD7_GROUPS[i] for i in present], object)
    sums = np.array([cells.counts[m].sum(axis=0) for m in rows], float)
    return unmix(sums, umis, effective_shares(groups, shares))


def unmixed_pairs(before: list[TCells], after: list[TCells]) -> NegativePairs:
    """Unmixed pairs of the patients whose two samples have enough effective UMIs."""
    sides = [(unmix_sample(b), unmix_sample(a)) for b, a in zip(before, after, strict=True)]
    usable = [pair for pair in sides if min(one.umis for one in pair) >= LEAST_UMIS]
    side_arrays = [
        Side(np.array([p[i].rates for p in usable]), np.array([p[i].variance for p in usable]),
             np.array([p[i].umis for p in usable]))
        for i in (0, 1)
    ]  # fmt: skip
    ids = tuple(str(i) for i in range(len(usable)))
    return NegativePairs(ids, NAMES, NAMES, *side_arrays, len(sides) - len(usable))


def cells_as_replicates(before: list[TCells], after: list[TCells], one: GeneSet) -> float:
    """Rank-sum test between all T cells without CD7 RNA, ignoring patients (pseudoreplication)."""
    scores = [
        np.concatenate([np.log1p(1e4 * c.counts[:, members(one)].sum(1) / c.total)[c.cd7 == 0]
                        for c in side])
        for side in (before, after)
    ]  # fmt: skip
    return float(mannwhitneyu(*scores).pvalue)


def cells_without_rna(before: list[TCells], after: list[TCells], one: GeneSet) -> float:
    """Patients as replicates, but T cells without CD7 RNA taken for CD7-negative ones."""
    scores = [np.array([_mean_log_rate(c, members(one)) for c in side]) for side in (before, after)]
    return rank_test(one.name, *scores).p


def _mean_log_rate(cells: TCells, genes: Bools) -> float:
    without_rna = cells.cd7 == 0
    rates = cells.counts[without_rna][:, genes].sum(0) / cells.total[without_rna].sum()
    return float(np.log1p(1e4 * rates).mean())


def claims(p_by_set: dict[str, float]) -> dict[str, bool]:
    """Whether any set is claimed after Holm's correction, and whether activation is."""
    adjusted = dict(zip(p_by_set, holm_adjusted(list(p_by_set.values())), strict=True))
    return {"any": any(p <= 0.05 for p in adjusted.values()),
            "activation": bool(adjusted["activation"] <= 0.05)}  # fmt: skip


def one_cohort(scenario: str, n: int, seed: int, genes: bool) -> dict[str, Any]:
    """What each analysis claims of one cohort; with `genes` PyDESeq2 and ulm too (slow)."""
    before, after = draw_cohort(scenario, n, seed)
    pairs = unmixed_pairs(before, after)
    memory = pairs.memory()
    change = memory[1] - memory[0]
    analyses: dict[str, Callable[[GeneSet], float]] = {
        "cells as replicates": lambda one: cells_as_replicates(before, after, one),
        "patients, cells without CD7 RNA": lambda one: cells_without_rna(before, after, one),
        "patients, unmixed": lambda one: rank_test("", *pairs.scores(one)).p,
        "patients, unmixed, memory adjusted": lambda one: (
            adjusted_test("", *pairs.scores(one), change).p
        ),
    }
    results = {
        name: claims({one.name: analysis(one) for one in TESTED_SETS})
        for name, analysis in analyses.items()
    }
    if genes:
        table = enrichment(differential_table(pairs), TESTED_SETS)
        results["genes as replicates (PyDESeq2, ulm)"] = claims(
            {one.name: float(table["p"].get(one.name, 1.0)) for one in TESTED_SETS}
        )
    return {"scenario": scenario, "pairs": pairs.n, "claims": results}


def summary(results: list[dict[str, Any]]) -> pd.DataFrame:
    """One row per scenario and analysis: share of cohorts with a claim."""
    rows = []
    for scenario in SCENARIOS:
        cohort_claims = [result["claims"] for result in results if result["scenario"] == scenario]
        for name in dict.fromkeys(way for one in cohort_claims for way in one):
            outcomes = [one[name] for one in cohort_claims if name in one]
            claim = "activation" if scenario == "planted" else "any"
            k, total = sum(one[claim] for one in outcomes), len(outcomes)
            low, high = clopper_pearson(k, total)
            rows.append(
                {
                    "scenario": scenario, "analysis": name, "cohorts": total, "claim": claim,
                    "share (95 % exact)": f"{k / total:.0%} ({low:.0%} to {high:.0%})",
                }
            )  # fmt: skip
    return pd.DataFrame(rows)


def main(draws: int = DRAWS, patients: int = PATIENTS, with_genes: int = 10) -> None:
    """Print how often each analysis claims something."""
    tasks = [(s, patients, seed, seed < with_genes) for s in SCENARIOS for seed in range(draws)]
    results = cached_results("activity", tasks, one_cohort)
    pairs = np.mean([result["pairs"] for result in results])
    print(f"{patients} patients ({pairs:.1f} with usable pairs), {len(TESTED_SETS)} gene sets")
    print(summary(results).to_string(index=False))


@click.command()
@click.option("--draws", type=click.IntRange(1), default=DRAWS, show_default=True)
@click.option("--patients", type=click.IntRange(6), default=PATIENTS, show_default=True)
@click.option("--genes", type=click.IntRange(0), default=10, show_default=True,
              help="Draws that are analysed with PyDESeq2 too.")  # fmt: skip
def command(draws: int, patients: int, genes: int) -> None:
    """Run the activity benchmark on fewer or more cohorts."""
    prepare_libraries()
    main(draws, patients, genes)


if __name__ == "__main__":
    command()
