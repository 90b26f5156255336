"""Unmixing: expression of CD7-negative T cells from groups with known CD7-negative shares.

Before infusion most T cells are CD7-positive and a quarter of those show no CD7 RNA, so hardly any
single cell is certainly negative: a gate at posterior 0.8 finds none of 5,430 T cells in six real
samples, 15 of 597 in a seventh. But the share of negatives in each row of the split is known, and
mixtures of different shares can be unmixed. Counting the uncertain cells as negatives instead
would compare CD7-positive cells before infusion with CD7-negative ones after it.
"""

from typing import NamedTuple

import numpy as np

from features.arrays import Floats, Objects
from features.pseudobulk.sample_sums import CD7_GROUPS

# Position of CD7-positive T cells without CD7 RNA between those with it (0) and CD7-negative ones
# (1): they make less CD7, and more of them are memory cells, so their other genes differ too. From
# T cells with CD7 protein measured (ECCITE, benchmarks/make_cd7_likeness.py): 0.44, with a
# standard error of 0.24. With 0, the estimated difference would be 2.3 times too large there.
LIKENESS = 0.44


class UnmixedRates(NamedTuple):
    """`rates` (n_genes,) UMIs per UMI, may be below 0 by noise; `umis` the effective UMIs.

    As many UMIs of CD7-negative cells alone would give rates as precise. `variance` (n_genes,) of
    the rates, from counting alone.
    """

    rates: Floats
    umis: float
    variance: Floats


def unmix(counts: Floats, umis: Floats, negative: Floats) -> UnmixedRates:
    """Rates of the CD7-negative cells from rows of known shares of them.

    `counts` (rows, n_genes) sums, `umis` (rows,) all UMIs of each row, `negative` (rows,) the share
    of them from CD7-negative cells. Each row's rate is a mixture,

        counts_rg / umis_r = negative_r N_g + (1 - negative_r) P_g,

    solved for N by least squares weighted with umis, for all genes at once. Assumes that the shares
    are right (`effective_shares`): shares twice as large as the true ones halve the difference
    between N and P. `umis` is 1 / [(A' W A)^-1]_NN with A = (negative, 1 - negative): under Poisson
    noise of about equal rates N has the error of a sum over that many UMIs. 0 UMIs and NaN rates
    where all rows have the same share.
    `variance` sums c_r^2 counts_rg over rows, rates being sum c_r counts_rg: Poisson counts.

    >>> two = unmix(np.array([[30.0], [10.0]]), np.array([1000.0, 1000.0]), np.array([0.75, 0.25]))
    >>> two.rates.round(3).tolist(), round(two.umis)
    ([0.04], 400)
    """
    mix = np.column_stack([negative, 1 - negative])
    normal = mix.T @ (mix * umis[:, None])
    if umis.size == 0 or np.linalg.cond(normal) > 1e9:
        undefined = np.full(counts.shape[1], np.nan)
        return UnmixedRates(undefined, 0.0, undefined)
    inverse = np.linalg.inv(normal)
    weights = (inverse @ mix.T)[0]
    return UnmixedRates(weights @ counts, 1 / float(inverse[0, 0]), weights**2 @ counts)


def effective_shares(group: Objects, negative: Floats) -> Floats:
    """Share of CD7-negative expression in each row of the CD7 split, (rows,).

    Rows of cells without CD7 RNA (cd7neg_t, cd7unsure_t) hold negatives and dropouts, which are
    `LIKENESS` like them: negative + 0.44 (1 - negative). Rows with CD7 RNA keep their share.

    >>> effective_shares(np.array(["cd7unsure_t", "cd7pos_t"]), np.array([0.5, 0.1])).tolist()
    [0.72, 0.1]
    """
    silent = np.isin(group, CD7_GROUPS[:2])
    return np.where(silent, negative + LIKENESS * (1 - negative), negative)
