"""Score test of sets of features against binary labels, permuted within sites."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from features.arrays import Floats, Ints
from training.statistics.significance.arrangements import (
    all_arrangements,
    drawn_arrangements,
    n_arrangements,
    site_members,
    smallest_p,
)

PERMUTATIONS = 1999  # standard error of p 0.005 at p = 0.05; under 0.1 s
# Added to the variances of a set's standardised scores. 0 divides by directions in which the
# features hardly differ, where the noise is; a large one counts a signal once for each feature
# that repeats it, and each feature of noise in full. `benchmarks gate_test` prints all three.
RIDGE = 1.0
DECIMALS = 9  # differences below are rounding errors
TIE = 1e-9  # statistics closer than this, relatively, are equal


@dataclass(frozen=True)
class ScoreTest:
    """p of the combined sets, of each set alone (uncorrected), and the smallest possible p.

    `smallest_p` is what the clearest signal could have given with these labels, weights and
    sites. `arrangements` counts the different ways to deal the labels out within sites. Where
    `is_exact`, every one of them was tried; else `permutations` random ones.
    """

    p: float
    set_p: tuple[float, ...]
    smallest_p: float
    permutations: int
    arrangements: int
    is_exact: bool


def score_test(
    design: Floats,
    label: Floats,
    weight: Floats,
    *,
    site: Ints,
    sets: Sequence[Sequence[int]],
    permutations: int = PERMUTATIONS,
    ridge: float = RIDGE,
) -> ScoreTest:
    """Test whether any declared set of features tells who has the event; two-sided.

    Assumes that, were there no signal, patients of one site could exchange their labels and
    censoring weights, which move together. Nothing is fitted, tuned or split into folds. The score
    of a set is U = sum over patients of x r (see `score_residuals`), V its covariance under
    permutation, z = U / sqrt(diag V), C the correlation of V; its statistic is
    z' (C + ridge I)^-1 z. The sets' p are combined as the mean of tan((0.5 - p) pi) (Cauchy); the
    test's p is the rank of that number among the permutations, the observed labels included, so
    it keeps its level at any size and however alike the sets are. Where all arrangements are no
    more than the permutations, all are tried instead and p is exact.

    `design` (n, q) without missing values and made without the labels; `label`, `weight`
    (n, horizons), weight 0 where a label is unknown; `site` (n,) codes; `sets`: each set's columns,
    at least one set. The random numbers are seeded by the data: the same patients in another order
    give the same p. References: Goeman et al., JRSS B 2006;68:477 (one score statistic of many
    effects); Liu and Xie, JASA 2020;115:393 (Cauchy); Phipson and Smyth, Stat Appl Genet Mol Biol
    2010;9:39 (p of permutations is never 0).

    >>> x = np.arange(8.0)[:, None]
    >>> top = (x > 4).astype(float)
    >>> test = score_test(x, top, np.ones((8, 1)), site=np.zeros(8, np.int64), sets=[[0]])
    >>> test.arrangements, round(test.p, 4), round(test.smallest_p, 4)
    (56, 0.0357, 0.0179)
    """
    residual = score_residuals(label, weight, site)
    order = _standard_order(design, residual, site)
    residual, members = residual[order], site_members(site[order])
    x = _centred(design[order], members)
    count = n_arrangements(residual, members)
    is_exact = count <= permutations + 1
    if is_exact:
        permuted = all_arrangements(residual, members)
    else:
        rng = np.random.default_rng(_seed(x, residual, members))
        permuted = drawn_arrangements(residual, members, permutations, rng)
    covariance = _covariance(x, residual, members)
    scores = permuted @ x
    ranks = np.stack([_rank_p(set_statistic(scores, covariance, s, ridge)) for s in sets])
    return ScoreTest(
        p=float(_rank_p(_cauchy(ranks))[0]),
        set_p=tuple(ranks[:, 0].tolist()),
        smallest_p=smallest_p(residual, members, count, permutations),
        permutations=len(permuted) - 1,
        arrangements=count,
        is_exact=is_exact,
    )


def score_residuals(label: Floats, weight: Floats, site: Ints) -> Floats:
    """Each patient's r = sum over horizons of w (y - weighted mean of y in the site), (n,).

    `label`, `weight` (n, horizons). The score of a weighted logistic model with an intercept a
    site, at no effect, is sum of x r. A patient with the event at every horizon counts at each.

    >>> y = np.array([[1.0], [0.0], [0.0], [0.0]])
    >>> score_residuals(y, np.ones((4, 1)), np.zeros(4, np.int64)).tolist()
    [0.75, -0.25, -0.25, -0.25]
    """
    y = np.where(weight > 0, label, 0.0)
    _, position = np.unique(site, return_inverse=True)
    member = np.equal.outer(np.arange(position.max(initial=-1) + 1), position).astype(float)
    total = member @ weight
    mean = np.divide(member @ (weight * y), total, out=np.zeros_like(total), where=total > 0)
    residual: Floats = np.round(np.sum(weight * (y - mean[position]), axis=1), DECIMALS)
    return residual


def set_statistic(
    scores: Floats, covariance: Floats, columns: Sequence[int], ridge: float = RIDGE
) -> Floats:
    """z' (C + ridge I)^-1 z of one set of columns, for each row of `scores` (m, q); shape (m,).

    `covariance` (q, q) of the scores. A feature that is the same in every patient of a site has no
    score and adds nothing. `ridge` 0 gives the multivariate score test, a large one the sum of
    squares.
    """
    block = covariance[np.ix_(columns, columns)]
    variance = np.diag(block)
    varies = variance > TIE * max(float(variance.max(initial=0.0)), TIE)
    scale = np.where(varies, 1 / np.sqrt(np.where(varies, variance, 1.0)), 0.0)
    z = scores[:, list(columns)] * scale
    inner = np.linalg.pinv(block * np.outer(scale, scale) + ridge * np.eye(len(scale)))
    statistic: Floats = np.sum((z @ inner) * z, axis=1)
    return statistic


def _centred(design: Floats, members: Sequence[Ints]) -> Floats:
    centred = design.astype(np.float64)
    for inside in members:
        centred[inside] -= centred[inside].mean(axis=0)
    return centred


def _covariance(x: Floats, residual: Floats, members: Sequence[Ints]) -> Floats:
    """Covariance of the scores under permutation within sites, (q, q); x centred by site."""
    total = np.zeros((x.shape[1], x.shape[1]))
    for inside in members:
        if len(inside) > 1:
            total += float(np.var(residual[inside], ddof=1)) * (x[inside].T @ x[inside])
    return total


def _rank_p(statistic: Floats) -> Floats:
    """Share of statistics (m,) that reach each of them, ties counted as reached."""
    slack = TIE * (np.abs(statistic) + TIE)
    below = np.searchsorted(np.sort(statistic), statistic - slack, side="left")
    share: Floats = (len(statistic) - below) / len(statistic)
    return share


def _cauchy(p: Floats) -> Floats:
    """Mean over sets of tan((0.5 - p) pi), (m,), from rank p (sets, m); half a rank below p = 1."""
    middle = p - 0.5 / p.shape[1]
    combined: Floats = np.tan((0.5 - middle) * np.pi).mean(axis=0)
    return combined


def _standard_order(design: Floats, residual: Floats, site: Ints) -> Ints:
    """An order of the patients that does not depend on the table's."""
    keys = np.column_stack([residual, np.round(design, DECIMALS), site])
    return np.lexsort(keys.T[::-1]).astype(np.int64)


def _seed(x: Floats, residual: Floats, members: Sequence[Ints]) -> int:
    """Seed from the data in standard order, the same whatever the sites are called.

    Rounded coarsely, because processors differ in the last digits.
    """
    first = np.zeros(len(residual), np.int64)
    for inside in members:
        first[inside] = inside[0]
    content = np.column_stack([residual, x]).round(DECIMALS // 2) + 0.0  # no -0
    digest = hashlib.sha256(content.tobytes() + first.tobytes()).digest()
    return int.from_bytes(digest[:8], "little")
