"""PyDESeq2 on unmixed counts: a planted gene, calibrated p, and decoupler's t by hand."""

import sys

import numpy as np
import pandas as pd
import pytest
from scipy.stats import linregress

from features.errors import InputError
from training.study.activity.differential import (
    differential_table,
    effective_counts,
    enrichment,
    need_study_extra,
)
from training.study.activity.gene_sets import GeneSet
from training.study.activity.negative_pairs import NegativePairs, Side

GENES = np.array(["CCR7", "SELL", "LEF1", "TCF7", *(f"g{i}" for i in range(76))], object)


def pairs(n: int = 8, planted: float = 2.0, seed: int = 0) -> NegativePairs:
    """Gamma-Poisson rates of n patients; g0 is multiplied after infusion, g75 hardly expressed."""
    rng = np.random.default_rng(seed)
    base = rng.lognormal(-8, 0.5, GENES.size) * rng.lognormal(0, 0.3, (n, GENES.size))
    base[:, -1] = 1e-7
    sides = []
    for late, umis in enumerate((8e4, 5e5)):
        mean = base * rng.gamma(20, 0.05, base.shape)
        mean[:, 4] *= planted**late
        counts = rng.poisson(mean * umis)
        sides.append(Side(counts / umis, counts / umis**2, np.full(n, umis)))
    ids = tuple(f"p{i}" for i in range(n))
    return NegativePairs(ids, GENES, GENES, *sides, 0)


@pytest.fixture(scope="module")
def table() -> pd.DataFrame:
    """One fit with one gene that doubles twice."""
    return differential_table(pairs(planted=4.0))


def test_a_planted_gene_leads(table: pd.DataFrame) -> None:
    """A fourfold gene is first, with its log2 fold change; p of the others are no smaller."""
    first = table.iloc[0]
    assert first["gene_name"] == "g0"
    assert first["log2_fold_change"] == pytest.approx(2.0, abs=3 * first["se"])
    assert first["p_adjusted"] < 0.01
    assert (table["p_adjusted"].iloc[1:] < 0.05).mean() < 0.05
    assert "g75" not in set(table["gene_name"])


def test_counts_are_rates_times_effective_umis() -> None:
    """Rates times effective UMIs, whole and not negative; a rate below 0 becomes no count."""
    one = pairs(3)
    one.before.rates[0, 0] = -1e-4
    counts = effective_counts(one)
    assert counts.shape == (6, GENES.size)
    assert counts[0, 0] == 0
    np.testing.assert_array_equal(counts[3:], np.rint(one.after.rates * 5e5))


def test_too_few_patients_give_no_rows() -> None:
    """Three patients leave one degree of freedom: an empty table with its columns."""
    result = differential_table(pairs(3))
    assert result.empty
    assert "log2_fold_change" in result


def test_enrichment_is_the_regression_on_membership(table: pd.DataFrame) -> None:
    """decoupler's score and p are those of a line through statistic against membership."""
    one = GeneSet("some", "function", ("g0", "g1", "g2", "g3"), "here")
    result = enrichment(table, (one,)).loc["some"]
    line = linregress(table["gene_name"].isin(one.genes).astype(float), table["stat"])
    assert result["score"] == pytest.approx(line.slope / line.stderr, rel=1e-6)
    assert result["p"] == pytest.approx(line.pvalue, rel=1e-6)
    assert enrichment(table.iloc[:5], (one,)).empty


def test_without_the_libraries_the_error_gives_the_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    """One sentence that says what to install."""
    monkeypatch.setitem(sys.modules, "pydeseq2", None)
    with pytest.raises(InputError, match=r"needs pydeseq2.*pip install pydeseq2"):
        need_study_extra()
