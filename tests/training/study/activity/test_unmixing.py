"""CD7-negative cells out of mixtures: against truth and repeated draws."""

from pathlib import Path

import anndata
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.cells.scan import scan_counts
from features.celltypes.cell_types import type_cells
from features.genes.annotation import assign_roles
from features.pseudobulk.sample_sums import CD7_GROUPS, group_cells
from features.readers.open_counts import open_counts
from training.study.activity.gene_sets import gene_sets
from training.study.activity.unmixing import effective_shares, unmix

SHARES = np.array([0.9, 0.4, 0.05])
UMIS = np.array([3e4, 6e5, 1.2e6])
N, P = np.array([4e-4, 1e-3, 2e-5]), np.array([1e-4, 1e-3, 2e-4])
MEAN = UMIS[:, None] * (SHARES[:, None] * N + (1 - SHARES[:, None]) * P)


def test_without_noise_the_truth_is_recovered() -> None:
    """Exact mixtures give the rates of the CD7-negative cells; pure cells give themselves."""
    np.testing.assert_allclose(unmix(MEAN, UMIS, SHARES).rates, N)
    pure = unmix(np.array([[5.0, 7.0], [1.0, 1.0]]), np.array([1e3, 1e3]), np.array([1.0, 0.0]))
    np.testing.assert_allclose(pure.rates, [5e-3, 7e-3])
    assert pure.umis == pytest.approx(1e3)


def test_variance_and_effective_umis_are_those_of_repeated_draws() -> None:
    """2,000 Poisson draws: unbiased; the variance stated; the effective UMIs of a pure sum."""
    rng = np.random.default_rng(0)
    draws = [unmix(rng.poisson(MEAN).astype(float), UMIS, SHARES) for _ in range(2000)]
    rates = np.array([one.rates for one in draws])
    se = rates.std(axis=0) / np.sqrt(2000)
    assert (np.abs(rates.mean(axis=0) - N) < 4 * se).all()
    variance = np.mean([one.variance for one in draws], axis=0)
    np.testing.assert_allclose(variance, rates.var(axis=0), rtol=0.15)
    # Gene 1 has equal rates in both kinds, as the effective UMIs assume.
    assert rates[:, 1].var() == pytest.approx(N[1] / draws[0].umis, rel=0.15)


@given(st.permutations(range(3)), st.integers(0, 2))
def test_rows_may_come_in_any_order_and_in_parts(order: list[int], split: int) -> None:
    """Permuting rows or cutting one in two equal ones changes nothing."""
    unsplit = unmix(MEAN, UMIS, SHARES)
    permuted = unmix(MEAN[order], UMIS[order], SHARES[order])
    np.testing.assert_allclose(permuted.rates, unsplit.rates)
    halves = np.array([0.5 if i == split else 1.0 for i in range(3)])
    rows = [0, 1, 2, split]
    split_rates = unmix((MEAN * halves[:, None])[rows], (UMIS * halves)[rows], SHARES[rows])
    np.testing.assert_allclose(split_rates.rates, unsplit.rates)
    assert split_rates.umis == pytest.approx(unsplit.umis)


def test_rows_of_one_share_are_undefined() -> None:
    """One row, or two of the same share, cannot be unmixed: no effective UMI."""
    for rows in ([0], [0, 0], []):
        result = unmix(MEAN[rows], UMIS[rows], SHARES[rows])
        assert result.umis == 0
        assert np.isnan(result.rates).all()


def test_unmixing_is_nearer_to_known_protein_than_a_gate(eccite: Path) -> None:
    """Unmixed scores lie nearer to T cells without CD7 protein than T cells without RNA do.

    The likeness was calibrated on these cells; 0 in its place makes it worse than not unmixing.
    """
    data = anndata.read_h5ad(eccite)
    source = open_counts(eccite)
    scan = scan_counts(source, assign_roles(source.reference))
    typing = type_cells(scan.cells)
    cells = group_cells(scan, typing, None)
    matrix = np.asarray(data[scan.barcode_index].to_df(), float)
    proteins = data.obsm["protein_counts"].iloc[scan.barcode_index]
    absent = (proteins["CD7"] / proteins.sum(axis=1)).to_numpy() < 0.006
    t_cells, total = typing.lineage_mask("t"), cells.depth

    def rates(mask: np.ndarray) -> np.ndarray:
        return matrix[mask].sum(axis=0) / total[mask].sum()

    rows = [cells.split == i for i in (1, 2)]
    umis = np.array([total[m].sum() for m in rows], float)
    shares = np.array([(cells.posterior * total)[m].sum() for m in rows]) / umis
    counts = np.array([matrix[m].sum(axis=0) for m in rows])
    groups = np.array(CD7_GROUPS[1:], object)
    result = {
        "gate": rates(t_cells & (scan.cells.gene_umis("CD7") == 0)),
        "unlike": unmix(counts, umis, shares).rates,
        "unmixed": unmix(counts, umis, effective_shares(groups, shares)).rates,
    }
    truth = rates(t_cells & absent)
    error = {name: distance(rate, truth, source.gene_names) for name, rate in result.items()}
    assert error["unmixed"] < 0.8 * error["gate"] < error["unlike"]


def distance(rate: np.ndarray, truth: np.ndarray, names: list[str]) -> float:
    """Root mean square difference of the sets' scores."""
    level = [np.sign(r) * np.log1p(1e4 * np.abs(r)) for r in (rate, truth)]
    sets = [np.isin(names, one.genes) for one in gene_sets()]
    return float(np.sqrt(np.mean([(level[0][m].mean() - level[1][m].mean()) ** 2 for m in sets])))


def test_shares_twice_too_large_halve_the_difference() -> None:
    """The limit that the docstring states: N - P shrinks by the factor of the error."""
    shares = np.array([0.4, 0.1])
    counts = UMIS[:2, None] * (shares[:, None] / 2 * N + (1 - shares[:, None] / 2) * P)
    result = unmix(counts, UMIS[:2], shares)
    np.testing.assert_allclose(result.rates - P, (N - P) / 2, atol=1e-12)
