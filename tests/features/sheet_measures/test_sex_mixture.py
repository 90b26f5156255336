"""Share of female cells: cells drawn from a mixture of known share, depth and rates."""

from dataclasses import replace

import numpy as np
import pytest

from features.sheet_measures.sex_mixture import LogNormal, SexCounts, SexPriors, female_share

PRIORS = SexPriors(
    LogNormal(18, 0.8), LogNormal(17, 0.3), LogNormal(1.5, 0.3), LogNormal(3.5, 0.3),
    LogNormal(0.02, 1.0),
)  # fmt: skip
SIZES = (1.5, 3.5)


def draw(
    share: float, *, n: int = 800, depth: float = 2000, rates: tuple[float, float] = (18, 17),
    soup: float = 0.0, seed: int = 0,
) -> SexCounts:  # fmt: skip
    """Cells whose first part is female; `soup` is the ambient share of their UMIs."""
    rng = np.random.default_rng(seed)
    n_female = round(n * share)
    depths = rng.lognormal(np.log(depth), 0.4, n) / 1e4
    is_female = np.arange(n) < n_female
    counts, pooled = [], []
    for shows, rate, size in zip((is_female, ~is_female), rates, SIZES, strict=True):
        ambient = rate * float(depths[shows].sum() / depths.sum())
        mean = depths * shows * rate * (1 - soup)
        k = rng.negative_binomial(size, size / (size + mean)) + rng.poisson(depths * soup * ambient)
        counts.append(k)
        pooled.append(float(k.sum() / depths.sum()))
    return SexCounts(counts[0], counts[1], depths, *pooled)


@pytest.mark.parametrize("share", [0.01, 0.2, 0.5, 0.9, 0.99])
@pytest.mark.parametrize("rates", [(18, 17), (5, 12), (35, 25)])
def test_the_share_comes_back_whatever_the_laboratory_s_rates(
    share: float, rates: tuple[float, float]
) -> None:
    """Within three points and three errors, at rates a log-SD or more from their priors."""
    value, error = female_share(draw(share, rates=rates), PRIORS)
    assert abs(value - share) <= 0.03
    assert abs(value - share) <= 3 * error


def test_dropout_is_no_share() -> None:
    """At 500 UMIs most cells show neither; the share stays, with a wider error."""
    deep, shallow = (female_share(draw(0.3, depth=d, n=2000), PRIORS) for d in (4000, 500))
    cells = draw(0.3, depth=500, n=2000)
    assert ((cells.xist == 0) & (cells.y_genes == 0)).mean() > 0.4
    assert abs(shallow[0] - 0.3) <= 2 * shallow[1]
    assert shallow[1] > 1.5 * deep[1]


def test_ambient_rna_is_no_cell() -> None:
    """With a tenth of soup, a few males show XIST; the known fraction keeps the share."""
    cells = draw(0.5, soup=0.1)
    both = ((cells.xist > 0) & (cells.y_genes > 0)).mean()
    assert both > 0.1
    value, error = female_share(cells, replace(PRIORS, ambient=LogNormal(0.1, 0.5)))
    assert abs(value - 0.5) <= 2 * error


@pytest.mark.parametrize("share", [0.0, 1.0])
def test_one_sex_alone_is_an_end_with_an_error(share: float) -> None:
    """Within a point of the end, and the error is not zero."""
    value, error = female_share(draw(share, depth=4000), PRIORS)
    assert abs(value - share) < 0.012
    assert 0.0002 < error < 0.01


def test_intervals_cover() -> None:
    """Of 60 samples of 300 cells at least 80 % lie within 1.645 errors."""
    fits = [female_share(draw(0.3, n=300, depth=1000, seed=s), PRIORS) for s in range(60)]
    assert np.mean([abs(value - 0.3) <= 1.645 * error for value, error in fits]) >= 0.8


def test_the_order_of_cells_changes_nothing() -> None:
    """The same cells in another order give the same share to the bit, at the flat end as well."""
    for share in (0.2, 0.01):
        cells = draw(share)
        order = np.random.default_rng(1).permutation(cells.depth.size)
        other = replace(
            cells, xist=cells.xist[order], y_genes=cells.y_genes[order], depth=cells.depth[order]
        )
        assert female_share(other, PRIORS) == female_share(cells, PRIORS)
