"""Gamma-Poisson (negative binomial) counts of one sample's cells, drawn by inversion, sparse."""

import numba
import numpy as np

from features.arrays import Floats32, Ints, Ints32

SIZE = 3  # gamma shape of a gene's rate over the cells of a type: variance = mean + mean^2 / 3

_DRAW = (
    "int64(float32[:, ::1], int64[::1], int64[::1], float32[::1], float32[::1], float32[:, ::1], "
    "float32[::1], float32[::1], float32, float32[:, ::1], int32[::1], int32[::1], int64[::1])"
)


# numba compiles positional parameters only, so that this kernel has many.
@numba.njit(_DRAW, cache=True, nogil=True)  # type: ignore[untyped-decorator, unused-ignore]
def draw_counts(
    profiles: Floats32,
    kind: Ints,
    partner: Ints,
    depth: Floats32,
    partner_depth: Floats32,
    uniform: Floats32,
    mitochondrial: Floats32,
    ambient_profile: Floats32,
    ambient_fraction: np.float32,
    mito: Floats32,
    genes: Ints32,
    counts: Ints32,
    indptr: Ints,
) -> int:
    """Fill `genes` and `counts` with the non-zero counts of cells in order; return how many.

    Cell i of kind k expects depth_i ((1 - a)((1 - m_i) profiles[k] + m_i mitochondrial) + a
    ambient_profile) with a = `ambient_fraction`, a doublet the same again for its `partner` kind
    (-1: none). `mito` (n, 1) is m. `uniform` (n, g) in [0, 1) decides: the count is the smallest k
    whose negative binomial distribution function (size 3) exceeds it. `indptr` (n + 1,) gets each
    cell's bounds.
    """
    one = np.float32(1)
    longest = 1 << 15
    ratio = np.empty(longest, np.float32)  # ((SIZE + k) / (k + 1), k = 0, 1, ...)
    for k in range(longest):
        ratio[k] = (SIZE + k) / (k + 1)
    n_entries = 0
    for i in range(kind.shape[0]):
        indptr[i] = n_entries
        first, second = profiles[kind[i]], profiles[max(partner[i], 0)]
        share = one - mito[i, 0]
        both = depth[i] + partner_depth[i]
        for g in range(uniform.shape[1]):
            cellular = share * (depth[i] * first[g] + partner_depth[i] * second[g])
            mean = (one - ambient_fraction) * (cellular + mito[i, 0] * both * mitochondrial[g])
            mean += ambient_fraction * both * ambient_profile[g]
            zero = one / (one + mean * (one / np.float32(SIZE)))
            chance = zero * zero * zero
            remainder = uniform[i, g] - chance
            if remainder < 0:
                continue
            step, count = one - zero, 0
            while remainder >= 0 and (chance > 1e-9 or count < mean):
                chance *= ratio[count] * step
                count += 1
                remainder -= chance
            genes[n_entries] = g
            counts[n_entries] = count
            n_entries += 1
    indptr[kind.shape[0]] = n_entries
    return n_entries
