"""Call the most likely type of each cell from its panel counts, a few thousand cells at a time.

Each cell is called alone, so neither the size of a block nor the number of threads changes a call.
"""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from features.arrays import Bools, Floats32, Ints, Ints32
from features.cells.cell_counts import CellCounts
from features.celltypes.likelihood import (
    DepthTable,
    count_detected,
    log_likelihood,
    posteriors_by_name,
)
from features.celltypes.type_profiles import (
    DOUBLET,
    DOUBLET_MARKERS,
    LINEAGES,
    RARE_TYPE_MARKERS,
    UNKNOWN,
    doublet_pairs,
    row_log_priors,
    row_names,
)
from features.genes.expression_rates import load_rates

CALL_POSTERIOR = 0.5
MIN_MARKERS = 2  # markers that a rare type, and each partner of a doublet, must show
BLOCK = 2_000  # cells at a time: their log likelihoods stay in the processor's cache
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
    """For each cell, shape (n,): the call, the posterior of its lineage, the likeliest single type.

    `call` and `single` index `NAMES`; `single` is the likeliest type without doublet and unknown.
    """

    call: NDArray[np.int8]
    confidence: Floats32
    single: NDArray[np.int8]


def call_cells(counts: CellCounts, columns: Ints, table: DepthTable, processes: int = 1) -> Calls:
    """Call each cell by the rows of `table`, whose genes lie in these `columns` of the panel.

    P(name | counts) ~ sum over its rows of prior x likelihood, without the rows of rare types and
    doublets whose markers the cell does not show. Called when the posterior of a lineage reaches
    0.5, as the likeliest type within it; else unknown. `processes` threads share the blocks.
    """
    n = counts.n_cells
    calls = Calls(np.empty(n, np.int8), np.empty(n, np.float32), np.empty(n, np.int8))

    def fill(start: int) -> None:
        cells = slice(start, start + BLOCK)
        panel = counts.select(cells).panel
        logs = log_likelihood(panel, columns, counts.depth[cells], table) + _LOG_PRIORS
        logs[_excluded_rows(panel, counts.genes)] = -np.inf
        block = _call(posteriors_by_name(logs, _NAME_OF_ROW, len(NAMES)))
        calls.call[cells], calls.confidence[cells], calls.single[cells] = block

    starts = range(0, n, BLOCK)
    if processes == 1:
        for start in starts:
            fill(start)
        return calls
    with ThreadPoolExecutor(processes) as threads:
        for _ in threads.map(fill, starts):
            pass  # iterating raises the exceptions of threads
    return calls


def _excluded_rows(panel: Ints32, genes: tuple[str, ...]) -> Bools:
    """Rows excluded in each cell, (cells, rows): rare types and doublets without two markers."""
    excluded = np.zeros((panel.shape[0], len(_ROWS)), np.bool_)
    for name, markers in RARE_TYPE_MARKERS.items():
        excluded[:, CELL_TYPES.index(name)] = ~_shows_markers(panel, genes, markers)
    partner = {
        name: _shows_markers(panel, genes, markers) for name, markers in DOUBLET_MARKERS.items()
    }
    for row, (one, other) in zip(_DOUBLET_ROWS, doublet_pairs(), strict=True):
        excluded[:, row] = ~(partner[one] & partner[other])
    return excluded


def _shows_markers(panel: Ints32, genes: tuple[str, ...], markers: tuple[str, ...]) -> Bools:
    return np.asarray(count_detected(panel, _columns(genes, markers)) >= MIN_MARKERS)


@lru_cache(maxsize=64)
def _columns(genes: tuple[str, ...], markers: Sequence[str]) -> Ints:
    return np.array([genes.index(gene) for gene in markers if gene in genes], np.int64)


def _call(posterior: Floats32) -> Calls:
    lineage = np.zeros((posterior.shape[0], len(LINEAGES)), np.float32)
    for column, number in enumerate(_LINEAGE_OF):
        lineage[:, number] += posterior[:, column]
    best = lineage.argmax(axis=1)
    confidence = lineage[np.arange(len(best)), best]
    within = np.where(_LINEAGE_OF[None, :] == best[:, None], posterior, -1.0)
    call = within.argmax(axis=1)
    call[confidence < CALL_POSTERIOR] = NAMES.index(UNKNOWN)
    single = posterior[:, : len(CELL_TYPES)].argmax(axis=1)
    return Calls(call.astype(np.int8), confidence, single.astype(np.int8))
