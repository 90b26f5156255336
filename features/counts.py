"""What is kept of each cell after one pass over a count file: totals and panel counts."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class CellCounts:
    """Per-cell state of one sample, cells in file order.

    `total`, `n_genes` and `mito` are UMIs, detected genes and mitochondrial UMIs, shape (n,).
    `panel` is (n, p) UMIs of the panel genes that the reference holds, named in order by `genes`
    (the names of `features.panels`, whatever alias the file used): unsigned 16-bit numbers, or
    32-bit ones where a count needs them, so convert before arithmetic. `missing_genes` are the
    panel genes it lacks. `car` is (n,) UMIs of the CAR sequence, None when the reference lacks it.

    >>> counts = CellCounts(np.array([500]), np.array([300]), np.array([10]),
    ...                     np.array([[3, 0]], np.int32), ("CD3D", "LYZ"), ("CD7",))
    >>> counts.of("CD3D"), counts.of("CD7")
    (array([3], dtype=int32), array([0], dtype=int32))
    """

    total: NDArray[np.int64]
    n_genes: NDArray[np.int64]
    mito: NDArray[np.int64]
    panel: NDArray[Any]
    genes: tuple[str, ...]
    missing_genes: tuple[str, ...] = ()
    car: NDArray[np.int32] | None = field(default=None)

    @property
    def n_cells(self) -> int:
        """Number of cells."""
        return int(self.total.shape[0])

    def of(self, gene: str) -> NDArray[np.int32]:
        """UMIs of one panel gene, shape (n,); zeros when the reference lacks it."""
        if gene not in self.genes:
            return np.zeros(self.n_cells, np.int32)
        return self.panel[:, self.genes.index(gene)].astype(np.int32)

    def sum_of(self, genes: tuple[str, ...]) -> NDArray[np.int64]:
        """UMIs of several genes together, shape (n,); absent genes count nothing."""
        columns = [i for i, gene in enumerate(self.genes) if gene in genes]
        sums = np.zeros(self.n_cells, np.int64)
        for column in columns:  # one at a time: a copy of several would not fit beside the panel
            sums += self.panel[:, column]
        return sums

    def select(self, cells: NDArray[np.bool_] | NDArray[np.int64]) -> "CellCounts":
        """The same state for some of the cells, by mask or index."""
        return CellCounts(
            self.total[cells],
            self.n_genes[cells],
            self.mito[cells],
            self.panel[cells],
            self.genes,
            self.missing_genes,
            None if self.car is None else self.car[cells],
        )
