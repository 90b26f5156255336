"""Expression profiles with this sample's ambient RNA mixed in.

In samples with a quarter of ambient RNA (CARPALL has two), lymphocytes show so many monocyte
transcripts that a fixed table reads a sixth of them as doublets; with the sample's own ambient RNA
mixed into the rates one in a hundred remains. Only the ambient RNA is estimated from the sample:
the rates are not.

Beyond about a third of ambient RNA shallow samples are no longer typed well, and the row says so
(`features.measures.fit_limits.MAX_AMBIENT`); a mixed-in share above a half did not help.
"""

import numpy as np

from features.arrays import Bools, Floats, Ints

MAX_SHARE = 0.50  # a greater share is an error of the tracers
MIN_SHARE = 0.02  # less changes no call: the rates already hold 5 % of ordinary blood's ambient RNA
MIN_LYMPHOID_CELLS = 50
DOUBLET_QUANTILE = 0.10  # lymphocytes with the most tracers, left out: they may be doublets


def rough_ambient_share(tracers: Ints, depth: Ints, lymphoid: Bools) -> float:
    """Ambient share of depth, before doublets are known; 0 under 50 lymphoid cells.

    Tracers per UMI in T and NK cells, without the tenth with most of them, over tracers per UMI
    in all cells. All arrays (n,). See `features.measures.ambient` for the estimate that is
    reported.

    >>> tracers = np.array([0, 1] * 50 + [20] * 50)
    >>> round(rough_ambient_share(tracers, np.full(150, 100), tracers < 20), 3)
    0.071
    """
    if lymphoid.sum() < MIN_LYMPHOID_CELLS or tracers.sum() == 0:
        return 0.0
    umis, lymphoid_depth = tracers[lymphoid], depth[lymphoid]
    shares = umis / lymphoid_depth
    is_single = shares <= np.quantile(shares, 1 - DOUBLET_QUANTILE)
    rate = umis[is_single].sum() / lymphoid_depth[is_single].sum()
    return min(MAX_SHARE, float(rate / (tracers.sum() / depth.sum())))


def add_ambient(rates: Floats, pooled_profile: Floats, share: float) -> Floats:
    """Rates (genes, types) with a share of their UMIs from the pooled profile (genes,).

    >>> add_ambient(np.array([[10.0, 1.0]]), np.array([5.0]), 0.2)
    array([[9. , 1.8]])
    """
    lowest = rates.min(axis=1, keepdims=True)
    return np.asarray(np.maximum((1 - share) * rates + share * pooled_profile[:, None], lowest))
