"""Per-cell counts of one sample after a pass over its file: totals and panel genes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from features.arrays import Bools, Bytes, Ints, Ints32, UInts16
from features.genes.depth_genes import MIN_DEPTH_SHARE

NO_DEPTH: Ints = np.zeros(0, np.int64)  # stands for "not given"


@dataclass(frozen=True)
class CellCounts:
    """Per-cell state of one sample, cells in file order.

    `total`, `n_genes` and `mito` are UMIs, detected genes and mitochondrial UMIs, shape (n,).
    `depth` (n,) are UMIs of the genes that all references share, over which rates are formed; all
    UMIs when it is not given. `depth_share` is the share of those genes that this reference holds
    (`features.genes.depth_genes`). `low` (n, p + q) are UMIs of the panel genes that the reference
    holds, named in order by `genes` (the names of `features.genes.panels`, whatever alias the file
    used), then UMIs of the `viruses` that the sheet names, then the counts of the antibodies
    `proteins`. After a scan these are single bytes, and `high` holds the high bytes (in units of
    256) of each column with a count over 255: read the counts by the methods. `missing_genes` are
    the panel genes that the reference lacks. `car` is (n,) UMIs of the CAR sequence, None when the
    reference lacks it.

    >>> counts = CellCounts(np.array([500]), np.array([300]), np.array([10]),
    ...                     np.array([[3, 0]], np.int32), ("CD3D", "LYZ"), ("CD7",))
    >>> counts.gene_umis("CD3D"), counts.gene_umis("CD7")
    (array([3], dtype=int32), array([0], dtype=int32))
    """

    total: Ints
    n_genes: Ints
    mito: Ints
    low: Bytes | Ints32
    genes: tuple[str, ...]
    missing_genes: tuple[str, ...] = ()
    car: Ints32 | None = field(default=None)
    high: Mapping[int, UInts16] = field(default_factory=dict)
    depth: Ints = field(default_factory=lambda: NO_DEPTH)
    proteins: tuple[str, ...] = ()
    depth_share: float = 1.0
    viruses: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """All UMIs are the depth where no other is given."""
        if self.depth is NO_DEPTH:
            object.__setattr__(self, "depth", self.total)

    @property
    def has_depth(self) -> bool:
        """Whether the reference holds enough depth genes for rates that other files share."""
        return self.depth_share >= MIN_DEPTH_SHARE

    @property
    def n_cells(self) -> int:
        """Number of cells."""
        return int(self.total.shape[0])

    @property
    def panel(self) -> Ints32:
        """UMIs of all panel genes, shape (n, p): a copy, four bytes each."""
        panel = self.low[:, : len(self.genes)].astype(np.int32, order="F")
        for column, high in self.high.items():
            if column < len(self.genes):
                panel[:, column] += 256 * high.astype(np.int32)
        return panel

    def panel_columns(self, columns: Sequence[int]) -> Ints32:
        """UMIs of some panel genes by their index in `genes`, shape (n, len(columns)): a copy."""
        umis = [self.low[:, column].astype(np.int32) for column in columns]
        for values, column in zip(umis, columns, strict=True):
            if column in self.high:
                values += 256 * self.high[column].astype(np.int32)
        return np.stack(umis, axis=1) if umis else np.empty((self.n_cells, 0), np.int32)

    def panel_sums(self) -> Ints:
        """UMIs of each panel gene in all cells together, shape (p,)."""
        sums = self.low[:, : len(self.genes)].sum(axis=0, dtype=np.int64)
        for column, high in self.high.items():
            if column < len(self.genes):
                sums[column] += 256 * high.sum(dtype=np.int64)
        return np.asarray(sums)

    def gene_umis(self, gene: str) -> Ints32:
        """UMIs of one panel gene, shape (n,); zeros when the reference lacks it."""
        if gene not in self.genes:
            return np.zeros(self.n_cells, np.int32)
        return self.panel_columns([self.genes.index(gene)])[:, 0]

    def protein_counts(self, protein: str) -> Ints32:
        """Counts of one antibody, shape (n,).

        Raises `ValueError` when the reference lacks it.
        """
        first = len(self.genes) + len(self.viruses)
        return self.panel_columns([first + self.proteins.index(protein)])[:, 0]

    def viral_umis(self, virus: str) -> Ints:
        """UMIs of one virus's sequences, shape (n,); zeros when the reference lacks them all."""
        first = len(self.genes)
        columns = [first + i for i, name in enumerate(self.viruses) if name == virus]
        return np.asarray(self.panel_columns(columns).sum(axis=1, dtype=np.int64))

    def summed_umis(self, genes: tuple[str, ...]) -> Ints:
        """UMIs of several genes together, shape (n,); absent genes add nothing."""
        sums = np.zeros(self.n_cells, np.int64)
        for gene in genes:  # one at a time, which needs less memory than a copy of several
            sums += self.gene_umis(gene)
        return sums

    def select(self, cells: Bools | Ints | slice) -> "CellCounts":
        """The counts of some of the cells, by mask, index or slice (which copies nothing)."""
        return CellCounts(
            self.total[cells],
            self.n_genes[cells],
            self.mito[cells],
            self.low[cells],
            self.genes,
            self.missing_genes,
            None if self.car is None else self.car[cells],
            {column: values[cells] for column, values in self.high.items()},
            self.depth[cells],
            self.proteins,
            self.depth_share,
            self.viruses,
        )
