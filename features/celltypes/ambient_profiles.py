"""Expression profiles as they look in this sample's soup of ambient RNA.

In samples with a quarter of ambient RNA (CARPALL has two), lymphocytes show so many monocyte
transcripts that a fixed table reads a sixth of them as doublets; with the sample's own soup mixed
into the rates one in a hundred remains. Only the soup is taken from the sample: the rates are not.
"""

import numpy as np

from features.arrays import Bools, Floats, Ints

MOST = 0.50  # a greater share is an error of the tracers, not soup
LEAST = 0.02  # less changes no call: the rates already carry 5 % of ordinary blood's soup
LIKELY_DOUBLETS = 0.10  # lymphocytes with the most tracers, set aside: they may be doublets


def rough_share(tracers: Ints, total: Ints, lymphoid: Bools) -> float:
    """Share of UMIs from the soup, before doublets are known; 0 under 50 lymphoid cells.

    Tracers per UMI in T and NK cells, the tenth with most of them left out, over tracers per UMI
    in all cells. All arrays (n,). See `features.measures.ambient` for the estimate that is
    reported.

    >>> tracers = np.array([0, 1] * 50 + [20] * 50)
    >>> round(rough_share(tracers, np.full(150, 100), tracers < 20), 3)
    0.071
    """
    if lymphoid.sum() < 50 or tracers.sum() == 0:
        return 0.0
    inside, depth = tracers[lymphoid], total[lymphoid]
    shares = inside / depth
    kept = shares <= np.quantile(shares, 1 - LIKELY_DOUBLETS)
    rate = inside[kept].sum() / depth[kept].sum()
    return min(MOST, float(rate / (tracers.sum() / total.sum())))


def in_soup(rates: Floats, pooled: Floats, share: float) -> Floats:
    """Rates (genes, types) with a share of their UMIs from the pooled profile (genes,).

    >>> in_soup(np.array([[10.0, 1.0]]), np.array([5.0]), 0.2)
    array([[9. , 1.8]])
    """
    lowest = rates.min(axis=1, keepdims=True)
    return np.asarray(np.maximum((1 - share) * rates + share * pooled[:, None], lowest))
