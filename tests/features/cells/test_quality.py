"""Limits of cells and samples, as sentences."""

import numpy as np
import pytest

from features.cells.quality import cell_limits, check_cells, check_typed, median_mito
from features.errors import Refusal


def test_too_few_cells_are_refused_with_the_figures() -> None:
    """The reason holds the limit, the number of usable barcodes and the mitochondrial share."""
    with pytest.raises(Refusal, match=r"needs 200 usable .* but 59 of 229 are.* 44 % mito"):
        check_cells(59, 229, 900.0, barcode_genes=800.0, mito=0.436)


def test_shallow_samples_are_refused() -> None:
    """A median under 400 genes, with what it is over all barcodes."""
    with pytest.raises(Refusal, match=r"median of 400 genes .* has 326 \(293 over all"):
        check_cells(2635, 4683, 326.0, barcode_genes=293.0, mito=float("nan"))
    check_cells(200, 200, 400.0, barcode_genes=400.0, mito=0.9)


def test_the_limits_follow_what_the_reference_lacks() -> None:
    """Usual ones without a reason; the refusal names those that were used."""
    assert cell_limits() == cell_limits(("few_genes", "no_mito_genes")) == (400, 200, 20)
    flex = cell_limits(("no_ribosomal_genes", "no_noncoding_genes"))
    assert flex == (280, 180, 23)
    with pytest.raises(Refusal, match="280 UMIs, >= 180 genes, <= 23 % mito"):
        check_cells(59, 229, 900.0, barcode_genes=800.0, mito=float("nan"), limits=flex)


def test_untyped_samples_are_refused() -> None:
    """Over 40 % of cells without a type of posterior 0.9."""
    check_typed(0.40)
    with pytest.raises(Refusal, match="but 41 % do"):
        check_typed(0.41)


def test_the_median_share_and_its_error_agree_with_a_bootstrap() -> None:
    """The order-statistic error is that of 400 resampled medians, within a quarter."""
    rng = np.random.default_rng(5)
    total = rng.integers(500, 5000, 2000)
    mito = rng.binomial(total, rng.beta(2, 30, 2000))
    share = mito / total
    middle, error = median_mito(total, mito)
    medians = [np.median(rng.choice(share, share.size)) for _ in range(400)]
    assert middle == pytest.approx(np.median(share))
    assert error == pytest.approx(np.std(medians), rel=0.25)


def test_without_barcodes_the_median_is_missing() -> None:
    """Empty droplets alone have no mitochondrial share."""
    assert np.isnan(median_mito(np.array([3, 0]), np.array([1, 0]))).all()
