"""Calling cells: from panel counts to the likeliest type of each, a few thousand at a time.

Each cell is called alone, so neither the blocks nor the threads that share them change a call.
"""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from features.arrays import Bools, Floats32, Ints, Ints32
from features.cells.cell_counts import CellCounts
from features.celltypes.likelihood import DepthTable, count_seen, log_likelihood, shares
from features.celltypes.type_profiles import (
    DOUBLET,
    LINEAGES,
    OWN_GENES,
    PARTNER_GENES,
    UNKNOWN,
    doublet_pairs,
    row_log_priors,
    row_names,
)
from features.genes.expression_rates import load_rates

CALL_POSTERIOR = 0.5
LEAST_SEEN = 2  # own genes that a rare type, and each partner of a doublet, must show
BLOCK = 2_000  # cells at a time: their 28 log likelihoods stay in the processor's cache
CELL_TYPES: tuple[str, ...] = load_rates().types
NAMES: tuple[str, ...] = (*CELL_TYPES, UNKNOWN, DOUBLET)

_ROWS = row_names(load_rates())
_NAME_OF_ROW = np.array([NAMES.index(row) for row in _ROWS], np.int64)
_DOUBLET_ROWS = [i for i, row in enumerate(_ROWS) if row == DOUBLET]
_LOG_PRIORS = row_log_priors(load_rates()).astype(np.float32)
_LINEAGE_OF = np.array(
    [next(i for i, types in enumerate(LINEAGES.values()) if name in types) for name in NAMES]
)


class Calls(NamedTuple):
    """Of each cell, shape (n,): the call, the posterior of its lineage, the likeliest single type.

    `call` and `single` index `NAMES`; `single` is what the cell is if it is one cell and known.
    """

    call: NDArray[np.int8]
    confidence: Floats32
    single: NDArray[np.int8]


def call_cells(counts: CellCounts, columns: Ints, table: DepthTable, processes: int = 1) -> Calls:
    """Call each cell by the rows of `table`, whose genes lie in these `columns` of the panel.

    P(name | counts) ~ sum over its rows of prior x likelihood, without the rows of rare types and
    doublets whose own genes the cell does not show. Called when the posterior of a lineage reaches
    0.5, as the likeliest type within it; else unknown. `processes` threads share the blocks.
    """
    n = counts.n_cells
    calls = Calls(np.empty(n, np.int8), np.empty(n, np.float32), np.empty(n, np.int8))

    def fill(start: int) -> None:
        cells = slice(start, start + BLOCK)
        panel = counts.select(cells).panel
        logs = log_likelihood(panel, columns, counts.total[cells], table) + _LOG_PRIORS
        logs[_strays(panel, counts.genes)] = -np.inf
        found = _call(shares(logs, _NAME_OF_ROW, len(NAMES)))
        calls.call[cells], calls.confidence[cells], calls.single[cells] = found

    starts = range(0, n, BLOCK)
    if processes == 1:
        for start in starts:
            fill(start)
        return calls
    with ThreadPoolExecutor(processes) as threads:
        for _ in threads.map(fill, starts):
            pass  # raises what a thread raised
    return calls


def _strays(panel: Ints32, genes: tuple[str, ...]) -> Bools:
    """Which rows are excluded in which cell: rare types and doublets without two own genes."""
    excluded = np.zeros((panel.shape[0], len(_ROWS)), np.bool_)
    for name, own in OWN_GENES.items():
        excluded[:, CELL_TYPES.index(name)] = ~_enough_seen(panel, genes, own)
    partner = {name: _enough_seen(panel, genes, own) for name, own in PARTNER_GENES.items()}
    for row, (one, other) in zip(_DOUBLET_ROWS, doublet_pairs(), strict=True):
        excluded[:, row] = ~(partner[one] & partner[other])
    return excluded


def _enough_seen(panel: Ints32, genes: tuple[str, ...], own: tuple[str, ...]) -> Bools:
    return np.asarray(count_seen(panel, _columns(genes, own)) >= LEAST_SEEN)


@lru_cache(maxsize=64)
def _columns(genes: tuple[str, ...], own: Sequence[str]) -> Ints:
    return np.array([genes.index(gene) for gene in own if gene in genes], np.int64)


def _call(posterior: Floats32) -> Calls:
    lineage = np.zeros((posterior.shape[0], len(LINEAGES)), np.float32)
    for column, of in enumerate(_LINEAGE_OF):
        lineage[:, of] += posterior[:, column]
    best = lineage.argmax(axis=1)
    confidence = lineage[np.arange(len(best)), best]
    within = np.where(_LINEAGE_OF[None, :] == best[:, None], posterior, -1.0)
    call = within.argmax(axis=1)
    call[confidence < CALL_POSTERIOR] = NAMES.index(UNKNOWN)
    single = posterior[:, : len(CELL_TYPES)].argmax(axis=1)
    return Calls(call.astype(np.int8), confidence, single.astype(np.int8))
