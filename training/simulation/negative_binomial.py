"""Gamma-Poisson counts of one sample's cells, drawn by inversion and kept sparse."""

import numba
import numpy as np

from features.arrays import Floats32, Ints, Ints32

SIZE = 3  # gamma shape of a gene's rate over the cells of a type: variance = mean + mean^2 / 3

_DRAW = (
    "int64(float32[:, ::1], int64[::1], int64[::1], float32[::1], float32[::1], float32[:, ::1], "
    "float32[::1], float32[::1], float32, float32[:, ::1], int32[::1], int32[::1], int64[::1])"
)


@numba.njit(_DRAW, cache=True, nogil=True)  # type: ignore[untyped-decorator, unused-ignore]
def draw_counts(
    profiles: Floats32,
    kind: Ints,
    partner: Ints,
    depth: Floats32,
    partner_depth: Floats32,
    uniform: Floats32,
    mitochondrial: Floats32,
    soup: Floats32,
    ambient: np.float32,
    mito: Floats32,
    genes: Ints32,
    counts: Ints32,
    indptr: Ints,
) -> int:
    """Fill `genes` and `counts` with the non-zero counts of cells in order; return how many.

    Cell i of kind k expects depth_i ((1 - ambient)((1 - m_i) profiles[k] + m_i mitochondrial) +
    ambient soup), a doublet the same again for its `partner` kind (-1: none). `mito` is (n, 1).
    `uniform` (n, g) in [0, 1) decides: the count is the smallest k whose negative binomial
    distribution function (size 3) exceeds it. `indptr` (n + 1,) gets each cell's bounds.
    """
    one = np.float32(1)
    longest = 1 << 15
    ratio = np.empty(longest, np.float32)  # ((SIZE + k) / (k + 1), k = 0, 1, ...)
    for k in range(longest):
        ratio[k] = (SIZE + k) / (k + 1)
    filled = 0
    for i in range(kind.shape[0]):
        indptr[i] = filled
        own, second = profiles[kind[i]], profiles[max(partner[i], 0)]
        share = one - mito[i, 0]
        both = depth[i] + partner_depth[i]
        for g in range(uniform.shape[1]):
            cellular = share * (depth[i] * own[g] + partner_depth[i] * second[g])
            mean = (one - ambient) * (cellular + mito[i, 0] * both * mitochondrial[g])
            mean += ambient * both * soup[g]
            zero = one / (one + mean * (one / np.float32(SIZE)))
            chance = zero * zero * zero
            left = uniform[i, g] - chance
            if left < 0:
                continue
            step, count = one - zero, 0
            while left >= 0 and (chance > 1e-9 or count < mean):
                chance *= ratio[count] * step
                count += 1
                left -= chance
            genes[filled] = g
            counts[filled] = count
            filled += 1
    indptr[kind.shape[0]] = filled
    return filled
