"""Cell type of every cell by likelihood under a fixed table of expression rates.

Each cell is typed alone and nothing is learned from the sample. S100A8/A9/A12 and CD7 are not used
for typing, because they are measured within the types.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from features.arrays import Bools, Floats32, Ints
from features.cells.cell_counts import CellCounts
from features.cells.scan import Scan
from features.celltypes.ambient_profiles import MIN_SHARE, add_ambient, rough_ambient_share
from features.celltypes.call_cells import CELL_TYPES, NAMES, call_cells
from features.celltypes.labels import MONOCYTE, MONOCYTE_TYPE, LabelColumn, types_of_labels
from features.celltypes.likelihood import DepthTable, tabulate
from features.celltypes.type_profiles import DOUBLET, LINEAGES, UNKNOWN, row_rates
from features.errors import InputError
from features.genes.expression_rates import TABLE, RateTable, load_rates
from features.genes.panels import AMBIENT_TRACERS
from features.readers.count_source import CountSource
from features.readers.open_counts import count_file_errors

__all__ = [
    "CELL_TYPES",
    "NAMES",
    "RateTable",
    "Typing",
    "load_rates",
    "type_cells",
    "typing_from_labels",
]

SURE_POSTERIOR = 0.9
MIN_CELLS = 50


@dataclass(frozen=True)
class Typing:
    """Called type of each cell.

    `call` indexes `NAMES`, shape (n,); `confidence` is the posterior of the called lineage (the
    greatest of all lineages where the call is unknown), shape (n,). `source` says where
    the types come from: our rate table or the user's own labels. Without `has_split_monocytes`
    some labels say monocyte alone: these count as CD14, and how many are CD14 or CD16 is unknown.
    """

    call: NDArray[np.int8]
    confidence: Floats32
    source: Literal["rate_table", "labels"] = "rate_table"
    has_split_monocytes: bool = True

    def type_mask(self, *types: str) -> Bools:
        """Mask of the cells called one of these types, shape (n,)."""
        has_type = np.array([name in types for name in NAMES])
        return np.asarray(has_type[self.call])

    def lineage_mask(self, *lineages: str) -> Bools:
        """Mask of the cells called any type of these lineages, shape (n,)."""
        return self.type_mask(*(name for lineage in lineages for name in LINEAGES[lineage]))

    def names(self) -> list[str]:
        """Type of each cell by name."""
        return [NAMES[i] for i in self.call]

    def unsure_fraction(self) -> float:
        """Share of cells in which no lineage reaches posterior 0.9, or that are called unknown."""
        unsure = (self.confidence < SURE_POSTERIOR) | self.type_mask(UNKNOWN)
        return float(unsure.mean()) if unsure.size else float("nan")

    def fraction(self, *types: str) -> float:
        """Share of the cells called one of these types."""
        return float(self.type_mask(*types).mean()) if self.call.size else float("nan")

    def select(self, cells: Bools | Ints) -> "Typing":
        """The same for some of the cells, by mask or index."""
        return replace(self, call=self.call[cells], confidence=self.confidence[cells])


@dataclass(frozen=True)
class _PresentRates:
    """Genes of the rate table that a file holds: panel columns, rates, and likelihood tables."""

    columns: Ints
    rates: RateTable
    table: DepthTable


@lru_cache(maxsize=8)
def _present_rates(genes: tuple[str, ...], table: Path) -> _PresentRates:
    rates = load_rates(table)
    rows = [i for i, gene in enumerate(rates.genes) if gene in genes]
    if not rows:
        raise InputError(
            "Cell typing needs genes of the rate table, but the file has none of them; "
            "give human genes by Ensembl id or HGNC name."
        )
    columns = np.array([genes.index(rates.genes[i]) for i in rows], np.int64)
    part = rates.select(rows)
    return _PresentRates(columns, part, tabulate(row_rates(part)))


def missing_share(genes: Sequence[str]) -> float:
    """Share of the genes of the rate table that are not among these.

    >>> missing_share(load_rates().genes)
    0.0
    """
    rate_genes = set(load_rates().genes)
    return 1 - len(rate_genes.intersection(genes)) / len(rate_genes)


def _ambient_share(counts: CellCounts, likeliest: NDArray[np.int8], typing: Typing) -> float:
    """Rough ambient share; 0 under 50 monocytes, because ambient RNA then lacks tracers.

    Ambient RNA makes cells look like doublets, so a doublet counts here as its likelier half.
    """
    as_single = typing.type_mask(DOUBLET) | (likeliest == typing.call)
    lymphoid, monocytes = (
        as_single & np.isin(likeliest, [NAMES.index(name) for name in types])
        for types in ((*LINEAGES["t"], "nk"), LINEAGES["monocyte"])
    )
    if monocytes.sum() < MIN_CELLS:
        return 0.0
    return rough_ambient_share(counts.summed_umis(AMBIENT_TRACERS), counts.depth, lymphoid)


def type_cells(counts: CellCounts, rates: Path = TABLE, processes: int = 1) -> Typing:
    """Call each cell's type by the rate table, or by another table of the same types.

    P(type | counts) ~ prior x product over genes of NB(k; mean = depth x rate, size 1). A cell is
    called when the posterior of its lineage reaches 0.5, as the likeliest type within it; else
    unknown. Rare types are excluded where fewer than two of their markers are detected, doublets
    where fewer than two of either partner's are. A common type's cell without its markers is
    unknown where its depth makes one due (`features.celltypes.marker_negative_profiles`). Where
    ambient RNA makes over 2 % of UMIs, cells are called again with it in the rates
    (`features.celltypes.ambient_profiles`); nothing else is estimated from the sample, and neither
    the order of cells nor the number of threads (`processes`) changes a call. Raises `InputError`
    when the reference holds no gene of the rate table.

    >>> counts = CellCounts(np.array([2000]), np.array([900]), np.array([40]),
    ...                     np.array([[3, 2, 0, 2]], np.int32), ("CD3D", "TRAC", "LYZ", "IL7R"))
    >>> type_cells(counts).names()
    ['cd4_t']
    """
    present = _present_rates(counts.genes, rates)
    calls = call_cells(counts, present.columns, present.table, processes)
    typing = Typing(calls.call, calls.confidence)
    share = _ambient_share(counts, calls.single, typing)
    if share < MIN_SHARE:
        return typing
    pooled_profile = 1e4 * counts.panel_sums()[present.columns] / counts.depth.sum()
    ambient_rates = add_ambient(present.rates.rates, pooled_profile, share)
    table = tabulate(row_rates(replace(present.rates, rates=ambient_rates)))
    calls = call_cells(counts, present.columns, table, processes)
    return Typing(calls.call, calls.confidence)


def typing_from_labels(labels: Sequence[str], label_map: Mapping[str, str] | None = None) -> Typing:
    """Types by the user's own labels of the cells, as `labels.types_of_labels` reads them.

    >>> typing_from_labels(["nk", "B cells"]).names()
    ['nk', 'b']
    """
    types = types_of_labels(labels, label_map)
    call = np.array(
        [NAMES.index(MONOCYTE_TYPE if name == MONOCYTE else name) for name in types], np.int8
    )
    confidence = np.ones(len(labels), np.float32)
    return Typing(call, confidence, "labels", has_split_monocytes=MONOCYTE not in types)


def type_good_cells(
    source: CountSource, scan: Scan, labels: LabelColumn | None, processes: int = 1
) -> Typing:
    """Types of a scan's good cells: by their panel counts, or from the user's `labels` column.

    Raises `InputError` when that column does not name every cell, or has labels of no type.
    """
    if labels is None:
        return type_cells(scan.cells, processes=processes)
    with count_file_errors(source.path):
        barcode_labels = source.read_column(labels.column)
        if len(barcode_labels) != source.n_cells:
            raise InputError(f"its column {labels.column} must name every cell")
        good_labels = [barcode_labels[i] for i in scan.barcode_index]
        return typing_from_labels(good_labels, dict(labels.label_map))
