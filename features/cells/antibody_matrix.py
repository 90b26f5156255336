"""Antibody counts that a file keeps in a matrix of their own, joined to the scanned cells."""

from dataclasses import replace

import numpy as np

from features.cells.scan import Scan
from features.kernels.counting import MAX_GENE_COUNT
from features.readers.count_source import CountSource


def add_antibody_matrix(scan: Scan, source: CountSource) -> Scan:
    """The scan with the source's antibody matrix as columns after the genes.

    A scan that has antibodies already, because they are rows of the counts, stays as it is.
    """
    cells = scan.cells
    proteins = None if cells.proteins else source.read_proteins()
    if proteins is None:
        return scan
    counts = np.ascontiguousarray(proteins.counts[scan.barcode_index].T)
    counts = np.minimum(counts, MAX_GENE_COUNT)
    first = cells.low.shape[1]
    high = {
        first + column: (values >> 8).astype(np.uint16)
        for column, values in enumerate(counts)
        if values.size and values.max() > 255
    }
    low = np.concatenate([cells.low.T, (counts & 255).astype(cells.low.dtype)]).T
    joined_cells = replace(cells, low=low, high={**cells.high, **high}, proteins=proteins.names)
    return replace(scan, cells=joined_cells)
