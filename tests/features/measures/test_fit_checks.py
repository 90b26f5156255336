"""Checks of fit against a slow version, bootstraps, changed cells and leukaemic samples."""

import math
from pathlib import Path

import numpy as np
import pytest

from benchmarks.cells import carpall as read_carpall
from benchmarks.cells import eccite as read_eccite
from benchmarks.cells import pbmc3k as read_pbmc3k
from benchmarks.cells import thinned
from benchmarks.fit_checks import checks
from benchmarks.s100 import with_ambient
from features.cells.cell_counts import CellCounts
from features.celltypes.cell_types import NAMES, Typing, type_cells
from features.celltypes.marker_negative_profiles import T_GENES
from features.genes.expression_rates import load_rates
from features.measures.fit_checks import (
    expected_t_gene_rate,
    fit_features,
    fit_warnings,
    t_gene_rate,
    t_without_t_genes,
)

TABLE = load_rates()
CALLS = ("cd4_t", "cd8_t", "other_t", "nk", "cd14_monocyte")


def typed_cells(
    n: int, depth: tuple[int, int], without: float = 0.0, seed: int = 0
) -> tuple[CellCounts, Typing, np.ndarray]:
    """Cells with true calls; a share of the T cells makes none of the T-cell genes."""
    rng = np.random.default_rng(seed)
    names = rng.choice(CALLS, n, p=[0.4, 0.2, 0.1, 0.1, 0.2])
    depths = rng.integers(*depth, n)
    rates = np.array([TABLE.type_rates(name) for name in names])
    is_without = (rng.random(n) < without) & np.char.endswith(names, "_t")
    rates[np.ix_(is_without, np.isin(TABLE.genes, T_GENES))] = 1e-9
    mean = depths[:, None] / 1e4 * rates
    panel = rng.poisson(mean * rng.gamma(1.0, 1.0, mean.shape)).astype(np.int32)
    counts = CellCounts(depths, depths, depths * 0, panel, TABLE.genes)
    call = np.array([NAMES.index(name) for name in names], np.int8)
    return counts, Typing(call, np.ones(n, np.float32)), is_without


def naive_without(counts: CellCounts, typing: Typing) -> float:
    """Slow: cell by cell and gene by gene."""
    zeros, dropout, n = 0, 0.0, 0
    for cell, name in enumerate(typing.names()):
        if name.endswith("_t"):
            none = 1.0
            for gene in T_GENES:
                rate = TABLE.rates[TABLE.genes.index(gene), TABLE.types.index(name)]
                none /= 1 + counts.depth[cell] / 1e4 * rate
            n, dropout = n + 1, dropout + none
            zeros += sum(int(counts.gene_umis(gene)[cell]) for gene in T_GENES) == 0
    return (zeros - dropout) / (n - dropout)


def test_equals_the_slow_version() -> None:
    """Both numbers are those of plain loops."""
    counts, typing, _ = typed_cells(300, (500, 4000), 0.2)
    assert t_without_t_genes(counts, typing).value == pytest.approx(naive_without(counts, typing))
    t = np.array([name.endswith("_t") for name in typing.names()])
    umis = sum(counts.gene_umis(gene)[t].sum() for gene in T_GENES)
    assert t_gene_rate(counts, typing).value == pytest.approx(1e4 * umis / counts.depth[t].sum())


@pytest.mark.parametrize("depth", [(300, 900), (800, 2500), (2000, 8000)])
def test_the_share_without_is_found_at_every_depth(depth: tuple[int, int]) -> None:
    """30 % of T cells without T-cell genes come back within two standard errors."""
    counts, typing, is_without = typed_cells(3000, depth, 0.3)
    share = t_without_t_genes(counts, typing)
    true = is_without.sum() / typing.lineage_mask("t").sum()
    assert abs(share.value - true) < 2 * share.se
    assert "t_without_t_genes" in warnings_of(counts, typing)


def warnings_of(counts: CellCounts, typing: Typing) -> tuple[str, ...]:
    """Codes with the ambient fraction and doublets measured too."""
    return fit_warnings(counts, typing, checks(counts, typing))


def test_true_t_cells_pass() -> None:
    """Cells of the table have its rate, no share without T-cell genes and no warning."""
    counts, typing, _ = typed_cells(3000, (800, 3000))
    rate, share = t_gene_rate(counts, typing), t_without_t_genes(counts, typing)
    assert abs(rate.value - expected_t_gene_rate(counts, typing)) < 3 * rate.se
    assert share.value < 2 * share.se + 1e-9
    assert warnings_of(counts, typing) == ()


def test_errors_are_those_of_resampled_cells() -> None:
    """Within 15 % of 200 bootstraps over cells (which are exact to 5 %)."""
    counts, typing, _ = typed_cells(1500, (500, 3000), 0.2, seed=4)
    rng = np.random.default_rng(1)
    for measure in (t_gene_rate, t_without_t_genes):
        values = []
        for _ in range(200):
            cells = rng.integers(0, counts.n_cells, counts.n_cells)
            values.append(measure(counts.select(cells), typing.select(cells)).value)
        assert measure(counts, typing).se == pytest.approx(np.std(values, ddof=1), rel=0.15)


def test_missing_where_it_cannot_be_measured() -> None:
    """Under 50 T cells, with T cells too shallow, or without the genes both are NaN, and pass."""
    counts, typing, _ = typed_cells(60, (800, 3000))
    few = fit_features(counts, typing)
    assert all(math.isnan(value) for value in few.values())
    shallow, shallow_typing, _ = typed_cells(90, (10, 20))
    assert math.isnan(t_without_t_genes(shallow, shallow_typing).value)
    large, large_typing, _ = typed_cells(400, (800, 3000))
    lacking = [i for i, gene in enumerate(TABLE.genes) if gene not in T_GENES[:5]]
    part = CellCounts(
        large.total, large.n_genes, large.mito, large.panel[:, lacking],
        tuple(TABLE.genes[i] for i in lacking),
    )  # fmt: skip
    assert math.isnan(fit_features(part, large_typing)["t_gene_rate"])
    assert fit_warnings(part, large_typing, checks(part, large_typing)) == ()


def test_leukaemic_samples_are_flagged(carpall: Path) -> None:
    """Both files whose T calls are blasts are flagged by T-cell genes and by ambient RNA."""
    for sample in ("CAR-T10484034", "CAR-T10484036"):
        counts, _ = read_carpall(sample)
        codes = warnings_of(counts, type_cells(counts))
        assert {"t_without_t_genes", "ambient_high"} <= set(codes), sample
    assert "few_t_genes" in codes


@pytest.mark.parametrize("sample", ["CAR-T10310324", "CAR-T10484040", "CAR-T11141510"])
def test_carpalls_other_samples_pass(carpall: Path, sample: str) -> None:
    """Blood, blood with a fifth of ambient RNA, and a product have no warning of fit."""
    counts, _ = read_carpall(sample)
    assert warnings_of(counts, type_cells(counts)) == ()


def test_healthy_blood_passes_at_half_depth(pbmc3k: Path, eccite: Path) -> None:
    """No warning in pbmc3k and ECCITE-seq; half depth moves no number beyond its error."""
    for counts in (read_pbmc3k()[0], read_eccite()[0]):
        half = thinned(counts, 0.5, np.random.default_rng(2))
        full_columns, half_columns = (checks(c, type_cells(c)) for c in (counts, half))
        for name in ("t_gene_rate", "t_without_t_genes_fraction"):
            error = math.hypot(full_columns[f"{name}_se"], half_columns[f"{name}_se"])
            assert abs(full_columns[name] - half_columns[name]) <= error, name
        assert fit_warnings(half, type_cells(half), half_columns) == ()


def test_much_ambient_rna_is_flagged_whether_measured_or_not(pbmc3k: Path, eccite: Path) -> None:
    """Half of the UMIs from ambient RNA: measured in pbmc3k, seen by doublets in ECCITE-seq."""
    codes = []
    for counts in (read_pbmc3k()[0], read_eccite()[0]):
        ambient = with_ambient(counts, 0.5, np.random.default_rng(0))
        codes.append(warnings_of(ambient, type_cells(ambient)))
    assert codes == [("ambient_high",), ("ambient_unmeasured",)]
