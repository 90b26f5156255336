"""Ambient RNA from empty droplets, against soup that was added in a known share."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy import sparse

from features.cells.scan import Scan, scan
from features.celltypes.cell_types import type_cells
from features.genes.annotation import assign_roles
from features.genes.panels import AMBIENT_TRACERS
from features.measures.empty_droplets import Droplets, ambient_from_droplets
from features.pipeline.sample import summarise
from features.readers.open_counts import open_counts
from features.table.row import number
from features.table.sample_sheet import sheet_row

SHARE = 0.10


def soupy(blood: Any, seed: int = 0) -> tuple[Any, np.ndarray]:
    """The cells with a tenth of soup, and the soup's rate, richer in monocyte RNA than they are."""
    rng = np.random.default_rng(seed)
    dense = blood.counts.toarray()
    from_monocytes = np.array(["monocyte" in t for t in blood.types])
    profile = dense[from_monocytes].sum(0) + 0.2 * dense[~from_monocytes].sum(0)
    profile = profile / profile.sum()
    added = rng.poisson(dense.sum(1, keepdims=True) * SHARE / (1 - SHARE) * profile)
    return replace(blood, counts=sparse.csr_matrix(dense + added, dtype=np.int32)), profile


def unfiltered(blood: Any, profile: np.ndarray, n: int = 2000) -> Any:
    """The cells among empty droplets of 50 UMIs."""
    drops = sparse.csr_matrix(np.random.default_rng(1).multinomial(50, profile, size=n))
    return replace(
        blood, counts=sparse.csr_matrix(sparse.vstack([drops, blood.counts]), dtype=np.int32)
    )


def scanned(path: Path) -> Scan:
    """One pass over a file."""
    source = open_counts(path)
    return scan(source, assign_roles(source.reference))


def test_a_known_share_is_found(
    drawn: Callable[..., Any], tenx_writer: Callable[..., Path], tmp_path: Path
) -> None:
    """Ten per cent of soup unlike the cells' pooled profile: within three errors of it."""
    cells, profile = soupy(drawn(1500))
    got = scanned(tenx_writer(tmp_path / "raw.h5", unfiltered(cells, profile)))
    droplets = Droplets(got.empty_panel, got.empty_total, got.n_empty)
    found = ambient_from_droplets(got.cells, type_cells(got.cells), droplets)
    assert found is not None
    level = found.level()
    # T cells' own trace of the tracers (their background rate) counts as soup: a point of it.
    assert abs(level.value - SHARE) < 3 * level.se + 0.02
    row = summarise(sheet_row(tmp_path / "raw.h5", day=1, enrichment="none"))
    assert number(row, "ambient_fraction") == pytest.approx(level.value, abs=1e-12)
    assert "unfiltered" in str(row["warnings"])


@pytest.mark.parametrize("lack", ["droplets", "tracers"])
def test_without_a_visible_soup_the_cells_must_tell(blood: Any, tenx: Path, lack: str) -> None:
    """A filtered matrix, or one whose droplets show no tracer, gives None."""
    got = scanned(tenx)
    panel = np.full(len(got.cells.genes), 1000)
    n = 10 if lack == "droplets" else 5000
    if lack == "tracers":
        panel[[got.cells.genes.index(gene) for gene in AMBIENT_TRACERS[:4]]] = 9
    droplets = Droplets(panel, 1_000_000, n)
    assert ambient_from_droplets(got.cells, type_cells(got.cells), droplets) is None
