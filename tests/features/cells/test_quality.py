"""The median mitochondrial share of barcodes."""

import numpy as np
import pytest

from features.cells.quality import cell_limits, median_mito


def test_the_limits_follow_what_the_reference_lacks() -> None:
    """Usual ones without a reason; fewer UMIs and genes where ribosomal genes are missing."""
    assert cell_limits() == cell_limits(("few_genes", "no_mito_genes")) == (400, 200, 20)
    assert cell_limits(("no_ribosomal_genes", "no_noncoding_genes")) == (280, 180, 23)


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
