"""Cell types from a fixed table of expression rates: one cell at a time, nothing learned.

Neither S100A8/A9/A12 nor CD7 take part: those are what we measure inside the types.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from features.counts import CellCounts
from features.likelihood import DepthTable, log_likelihood, shares, tabulate
from features.panels import AMBIENT_TRACERS
from features.problem import BadInput
from features.rates import TABLE, RateTable, load_rates
from features.soup import LEAST, in_soup, rough_share
from features.typing_rows import (
    DOUBLET,
    LINEAGES,
    OWN_GENES,
    PARTNER_GENES,
    UNKNOWN,
    doublet_pairs,
    row_log_priors,
    row_names,
    row_rates,
)

__all__ = ["RateTable", "Typing", "load_rates", "type_cells", "typing_from_labels"]

CALL_POSTERIOR = 0.5
SURE_POSTERIOR = 0.9
MIN_CELLS = 50
BLOCK = 50_000
CELL_TYPES: tuple[str, ...] = load_rates().types
NAMES: tuple[str, ...] = (*CELL_TYPES, UNKNOWN, DOUBLET)

_NAME_OF_ROW = np.array([NAMES.index(row) for row in row_names(load_rates())], np.int64)
_DOUBLET_ROWS = [i for i, row in enumerate(row_names(load_rates())) if row == DOUBLET]
_LOG_PRIORS = row_log_priors(load_rates()).astype(np.float32)
_LINEAGE_NAMES = tuple(LINEAGES)
_LINEAGE_OF = np.array(
    [next(i for i, types in enumerate(LINEAGES.values()) if name in types) for name in NAMES]
)


@dataclass(frozen=True)
class Typing:
    """Called type of each cell.

    `call` indexes `NAMES`, shape (n,); `confidence` is the posterior of the called lineage (the
    greatest one where the call is unknown for want of it), shape (n,). `source` says what named
    the types: our rate table or the user's own labels.
    """

    call: NDArray[np.int8]
    confidence: NDArray[np.float32]
    source: Literal["rate_table", "labels"] = "rate_table"

    def are(self, *types: str) -> NDArray[np.bool_]:
        """Mask of the cells called one of these types, shape (n,)."""
        return np.isin(self.call, [NAMES.index(name) for name in types])

    def lineage(self, *lineages: str) -> NDArray[np.bool_]:
        """Mask of the cells called any type of these lineages, shape (n,)."""
        return self.are(*(name for lineage in lineages for name in LINEAGES[lineage]))

    def names(self) -> list[str]:
        """Type of each cell by name."""
        return [NAMES[i] for i in self.call]

    def unsure_fraction(self) -> float:
        """Share of cells in which no lineage reaches posterior 0.9, or that are called unknown."""
        unsure = (self.confidence < SURE_POSTERIOR) | self.are(UNKNOWN)
        return float(unsure.mean()) if unsure.size else float("nan")

    def select(self, cells: NDArray[np.bool_] | NDArray[np.int64]) -> "Typing":
        """The same for some of the cells, by mask or index."""
        return Typing(self.call[cells], self.confidence[cells], self.source)


@dataclass(frozen=True)
class _Present:
    """What the file holds of the rate table: columns of the panel, rates, and their tables."""

    columns: NDArray[np.int64]
    rates: RateTable
    table: DepthTable


@lru_cache(maxsize=8)
def _present(genes: tuple[str, ...], table: Path) -> _Present:
    rates = load_rates(table)
    held = [i for i, gene in enumerate(rates.genes) if gene in genes]
    if not held:
        raise BadInput(
            "Cell typing needs genes of the rate table, but the file has none of them; "
            "give human genes by Ensembl id or HGNC name."
        )
    columns = np.array([genes.index(rates.genes[i]) for i in held], np.int64)
    part = replace(rates, rates=rates.rates[held])
    return _Present(columns, part, tabulate(row_rates(part)))


def _two_seen(counts: CellCounts, genes: tuple[str, ...]) -> NDArray[np.bool_]:
    """Which cells show UMIs of at least two of the genes."""
    seen = np.zeros(counts.n_cells, np.int8)
    for gene in genes:
        seen += counts.of(gene) > 0
    return seen >= 2


def _strays(counts: CellCounts) -> NDArray[np.bool_]:
    """Which rows are excluded in which cell: rare types and doublets without two own genes."""
    excluded = np.zeros((counts.n_cells, len(_NAME_OF_ROW)), np.bool_)
    for name, own in OWN_GENES.items():
        excluded[:, CELL_TYPES.index(name)] = ~_two_seen(counts, own)
    partner = {name: _two_seen(counts, own) for name, own in PARTNER_GENES.items()}
    for row, (one, other) in zip(_DOUBLET_ROWS, doublet_pairs(), strict=True):
        excluded[:, row] = ~(partner[one] & partner[other])
    return excluded


def _posteriors(
    counts: CellCounts, present: _Present, table: DepthTable, strays: NDArray[np.bool_]
) -> NDArray[np.float32]:
    """Posterior of each name of `NAMES` in each cell, shape (n, len(NAMES)); rows sum to 1."""
    out = np.empty((counts.n_cells, len(NAMES)), np.float32)
    for start in range(
        0, counts.n_cells, BLOCK
    ):  # bounds memory: a million cells have 44 rows each
        part = slice(start, start + BLOCK)
        logs = log_likelihood(counts.panel[part], present.columns, counts.total[part], table)
        out[part] = shares(logs + _LOG_PRIORS, strays[part], _NAME_OF_ROW, len(NAMES))
    return out


def _soup_share(counts: CellCounts, posterior: NDArray[np.float32], typing: Typing) -> float:
    """Rough ambient share; 0 under 50 monocytes, without which the soup has no tracers.

    Soup makes cells look like doublets, so a doublet counts here as its likelier half.
    """
    likeliest = posterior[:, : len(CELL_TYPES)].argmax(axis=1)
    as_single = typing.are(DOUBLET) | (likeliest == typing.call)
    lymphoid, monocytes = (
        as_single & np.isin(likeliest, [NAMES.index(name) for name in types])
        for types in ((*LINEAGES["t"], "nk"), LINEAGES["monocyte"])
    )
    if monocytes.sum() < MIN_CELLS:
        return 0.0
    return rough_share(counts.sum_of(AMBIENT_TRACERS), counts.total, lymphoid)


def _call(posterior: NDArray[np.float32]) -> Typing:
    lineage = np.zeros((posterior.shape[0], len(_LINEAGE_NAMES)), np.float32)
    for column, of in enumerate(_LINEAGE_OF):
        lineage[:, of] += posterior[:, column]
    best = lineage.argmax(axis=1)
    confidence = lineage[np.arange(len(best)), best]
    within = np.where(_LINEAGE_OF[None, :] == best[:, None], posterior, -1.0)
    call = within.argmax(axis=1)
    call[confidence < CALL_POSTERIOR] = NAMES.index(UNKNOWN)
    return Typing(call.astype(np.int8), confidence.astype(np.float32))


def type_cells(counts: CellCounts, rates: Path = TABLE) -> Typing:
    """Call each cell's type by the rate table, or by another table of the same types.

    P(type | counts) ~ prior x product over genes of NB(k; mean = depth x rate, size 1). A cell is
    called when the posterior of its lineage reaches 0.5, as the likeliest type within it; else
    unknown. Rare types are excluded where fewer than two of their own genes are seen, doublets
    where fewer than two of either partner's are. Where the
    soup of ambient RNA makes over 2 % of UMIs, cells are called again with it in the rates
    (`features.soup`); nothing else is taken from the sample, and cells' order changes nothing.
    Raises BadInput when the reference holds no gene of the rate table.

    >>> counts = CellCounts(np.array([2000]), np.array([900]), np.array([40]),
    ...                     np.array([[3, 2, 0, 2]], np.int32), ("CD3D", "TRAC", "LYZ", "IL7R"))
    >>> type_cells(counts).names()
    ['cd4_t']
    """
    present = _present(counts.genes, rates)
    strays = _strays(counts)
    posterior = _posteriors(counts, present, present.table, strays)
    typing = _call(posterior)
    share = _soup_share(counts, posterior, typing)
    if share < LEAST:
        return typing
    pooled = 1e4 * counts.panel.sum(axis=0)[present.columns] / counts.total.sum()
    soupy = in_soup(present.rates.rates, pooled, share)
    table = tabulate(row_rates(replace(present.rates, rates=soupy)))
    return _call(_posteriors(counts, present, table, strays))


def typing_from_labels(labels: Sequence[str]) -> Typing:
    """Take the user's own names of the cells, which must be names of `NAMES`.

    >>> typing_from_labels(["nk", "b"]).source
    'labels'
    """
    strange = sorted(set(labels) - set(NAMES))
    if strange:
        raise BadInput(
            f"Cell labels must be among {', '.join(NAMES)}, but {strange[0]!r} came; rename them."
        )
    call = np.array([NAMES.index(label) for label in labels], np.int8)
    return Typing(call, np.ones(len(labels), np.float32), "labels")
