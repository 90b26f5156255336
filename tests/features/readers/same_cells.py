"""Compare a file with the Cell Ranger .h5 of the same cells, and write AnnData of them."""

from pathlib import Path
from typing import Any

import anndata
import numpy as np
import pandas as pd

from features.cells.scan import Scan, scan_counts
from features.genes.annotation import assign_roles
from features.readers.count_source import CountSource
from features.readers.open_counts import count_file_errors, open_counts


def scan_source(source: CountSource) -> Scan:
    """One pass over a source."""
    with count_file_errors(source.path):
        return scan_counts(source, assign_roles(source.reference))


def assert_same_cells(path: Path, control: Path) -> CountSource:
    """The file gives the control's cells to the last UMI; returns its description."""
    source = open_counts(path)
    scan, expected = scan_source(source), scan_source(open_counts(control))
    assert scan.cells.genes == expected.cells.genes
    for name in ("total", "depth", "n_genes", "mito", "panel"):
        np.testing.assert_array_equal(getattr(scan.cells, name), getattr(expected.cells, name))
    np.testing.assert_array_equal(scan.barcode_index, expected.barcode_index)
    assert scan.mito_fraction == expected.mito_fraction
    return source


def frame(blood: Any, matrix: Any, **more: Any) -> anndata.AnnData:
    """The simulated cells as AnnData, genes by symbol with their ids beside."""
    var = pd.DataFrame({"gene_ids": blood.ids}, index=blood.names)
    obs = pd.DataFrame(
        {"type": pd.Categorical(blood.types)}, index=[f"c{i}" for i in range(len(blood.types))]
    )
    return anndata.AnnData(matrix, obs=obs, var=var, **more)


def normalised(counts: Any) -> Any:
    """Fractions in place of counts."""
    return counts.astype(np.float32).multiply(0.37).tocsr()
