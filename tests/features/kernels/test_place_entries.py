"""Entries in any order against scipy's conversion."""

import numpy as np
from scipy import sparse

from features.kernels.place_entries import place_entries


def test_entries_are_placed_as_scipy_does() -> None:
    """Random entries, placed in two parts."""
    rng = np.random.default_rng(0)
    rows, columns = np.divmod(rng.permutation(5000)[:900].astype(np.int32), np.int32(50))
    counts = rng.integers(1, 9, 900).astype(np.int32)
    expected = sparse.csr_matrix((counts, (rows, columns)), shape=(100, 50))
    indptr = expected.indptr.astype(np.int64)
    position, indices, data = indptr[:-1].copy(), np.zeros(900, np.int32), np.zeros(900, np.int32)
    for part in (slice(0, 400), slice(400, 900)):
        place_entries(rows[part], columns[part], counts[part], position, indices, data)
    placed = sparse.csr_matrix((data, indices, indptr), shape=(100, 50))
    np.testing.assert_array_equal(placed.toarray(), expected.toarray())
    np.testing.assert_array_equal(position, indptr[1:])
