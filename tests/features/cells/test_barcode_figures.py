"""Figures of barcodes against loops over them."""

import numpy as np

from features.cells.barcode_figures import measure_barcodes


def test_each_barcode_fails_its_first_limit() -> None:
    """Counted one by one: empty droplets nowhere, good cells in no group."""
    rng = np.random.default_rng(3)
    total = rng.integers(0, 3000, 500).astype(np.int32)
    n_genes = (total * rng.uniform(0.05, 0.6, 500)).astype(np.int32)
    mito = (total * rng.beta(1, 6, 500)).astype(np.int32)
    figures = measure_barcodes(total, n_genes, mito, ones=n_genes // 2, has_mito=True)
    fails = {"umis": 0, "genes": 0, "mito": 0, "none": 0}
    for umis, genes, mitochondrial in zip(total, n_genes, mito, strict=True):
        if umis > 100:
            first = "umis" if umis < 400 else "genes" if genes < 200 else "mito"
            good = umis >= 400 and genes >= 200 and mitochondrial <= 0.2 * umis
            fails["none" if good else first] += 1
    counted = (figures.n_few_umis, figures.n_few_genes, figures.n_high_mito)
    assert counted == (fails["umis"], fails["genes"], fails["mito"])
    assert figures.n_filled == sum(fails.values())
    assert figures.median_umis == np.median(total[total > 100])
    cells = (total > 100) & (n_genes >= 200)
    assert figures.n_cells == cells.sum()
    assert figures.ones_share == (n_genes // 2)[cells].sum() / n_genes[cells].sum()


def test_without_mitochondrial_genes_none_fails_by_them() -> None:
    """And the share is missing, not 0."""
    ones = np.full(3, 300, np.int32)
    figures = measure_barcodes(ones * 3, ones, ones, ones=ones, has_mito=False)
    assert figures.n_high_mito == 0
    assert np.isnan(figures.median_mito)


def test_no_barcodes_have_no_figures() -> None:
    """Empty droplets alone."""
    figures = measure_barcodes(*np.full((3, 9), 4, np.int32), ones=np.zeros(9), has_mito=True)
    assert (figures.n_barcodes, figures.n_filled, figures.n_cells) == (9, 0, 0)
