"""Ambient RNA from empty droplets, against ambient RNA added in a known share."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy import sparse

from features.cells.scan import Scan, scan_counts
from features.celltypes.cell_types import type_cells
from features.genes.annotation import assign_roles
from features.genes.panels import AMBIENT_TRACERS
from features.measures.empty_droplets import EmptyDroplets, ambient_from_droplets
from features.pipeline.sample import summarise
from features.readers.open_counts import open_counts
from features.table.row import number
from features.table.sample_sheet import sheet_row

SHARE = 0.10


def with_ambient(blood: Any, seed: int = 0) -> tuple[Any, np.ndarray]:
    """The cells with a tenth of ambient RNA, and its profile, rich in monocyte RNA."""
    rng = np.random.default_rng(seed)
    dense = blood.counts.toarray()
    from_monocytes = np.array(["monocyte" in t for t in blood.types])
    profile = dense[from_monocytes].sum(0) + 0.2 * dense[~from_monocytes].sum(0)
    profile = profile / profile.sum()
    ambient_umis = rng.poisson(dense.sum(1, keepdims=True) * SHARE / (1 - SHARE) * profile)
    return replace(blood, counts=sparse.csr_matrix(dense + ambient_umis, dtype=np.int32)), profile


def unfiltered(blood: Any, profile: np.ndarray, n: int = 6000) -> Any:
    """The cells among empty droplets of 50 UMIs."""
    drops = sparse.csr_matrix(np.random.default_rng(1).multinomial(50, profile, size=n))
    return replace(
        blood, counts=sparse.csr_matrix(sparse.vstack([drops, blood.counts]), dtype=np.int32)
    )


def scan_file(path: Path) -> Scan:
    """One pass over a file."""
    source = open_counts(path)
    return scan_counts(source, assign_roles(source.reference))


def test_a_known_share_is_found(
    draw_sample: Callable[..., Any], tenx_writer: Callable[..., Path], tmp_path: Path
) -> None:
    """Ten per cent of ambient RNA unlike the cells' pooled profile: within three errors of it."""
    cells, profile = with_ambient(draw_sample(1500))
    scan = scan_file(tenx_writer(tmp_path / "raw.h5", unfiltered(cells, profile)))
    droplets = EmptyDroplets(scan.empty_panel, scan.empty_depth, scan.n_empty)
    estimate = ambient_from_droplets(scan.cells, type_cells(scan.cells), droplets)
    assert estimate is not None
    fraction = estimate.fraction()
    # The tracers' background rate in T cells counts as ambient RNA: one percentage point.
    assert abs(fraction.value - SHARE) < 3 * fraction.se + 0.02
    row = summarise(sheet_row(tmp_path / "raw.h5", day=1, enrichment="none"))
    assert number(row, "ambient_fraction") == pytest.approx(fraction.value, abs=1e-12)
    assert "unfiltered" in str(row["warnings"])


@pytest.mark.parametrize("lack", ["droplets", "tracers"])
def test_without_droplets_that_show_tracers_the_cells_are_used(
    blood: Any, tenx: Path, lack: str
) -> None:
    """A filtered matrix, or one whose droplets show no tracer, gives None."""
    scan = scan_file(tenx)
    panel = np.full(len(scan.cells.genes), 1000)
    n = 10 if lack == "droplets" else 5000
    if lack == "tracers":
        panel[[scan.cells.genes.index(gene) for gene in AMBIENT_TRACERS[:4]]] = 9
    droplets = EmptyDroplets(panel, 1_000_000, n)
    assert ambient_from_droplets(scan.cells, type_cells(scan.cells), droplets) is None
