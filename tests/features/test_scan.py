"""One pass over a file against scipy on the whole matrix."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from scipy import sparse

from features.genes import assign_roles
from features.readers import open_counts
from features.scan import Scan, scan


def scanned(path: Path, car: str | None = None) -> Scan:
    """One pass over a file."""
    source = open_counts(path)
    return scan(source, assign_roles(source.reference, car))


def test_the_state_is_that_of_the_matrix(blood: Any, tenx: Path) -> None:
    """Totals, genes, mitochondria and panel counts of the good cells, gene by gene."""
    got = scanned(tenx)
    dense = blood.counts.toarray()
    mito = dense[:, [n.startswith("MT-") for n in blood.names]].sum(1)
    total, genes = dense.sum(1), (dense > 0).sum(1)
    good = np.flatnonzero((total >= 400) & (genes >= 200) & (mito <= 0.2 * total))
    np.testing.assert_array_equal(got.kept, good)
    np.testing.assert_array_equal(got.cells.total, total[good])
    np.testing.assert_array_equal(got.cells.n_genes, genes[good])
    np.testing.assert_array_equal(got.cells.mito, mito[good])
    for gene in ("CD3D", "LYZ", "CD7", "S100A8"):
        np.testing.assert_array_equal(got.cells.of(gene), blood.column(gene)[good])
    assert got.cells.missing_genes == ()
    assert np.isclose(got.mito_fraction, np.median(mito / total))


def test_the_car_is_counted_apart(
    blood: Any, tenx_writer: Callable[..., Path], tmp_path: Path
) -> None:
    """The CAR's counts stand in their own column and still count as RNA."""
    names = ["CAR_scFv" if name == "GENE5" else name for name in blood.names]
    path = tenx_writer(tmp_path / "car.h5", replace(blood, names=names))
    got = scanned(path, "CAR_scFv")
    np.testing.assert_array_equal(got.cells.car, blood.column("GENE5")[got.kept])
    assert "CAR_scFv" not in got.cells.genes
    assert scanned(path).cells.car is None


def test_an_unfiltered_matrix_gives_the_same_cells_and_the_soup(
    blood: Any, tenx_writer: Callable[..., Path], tmp_path: Path
) -> None:
    """Two thousand empty droplets between the cells change no cell and are summed apart."""
    rng = np.random.default_rng(0)
    rate = np.asarray(blood.counts.sum(axis=0)).ravel()
    soup = rng.multinomial(20, rate / rate.sum(), size=2000).astype(np.int32)
    mixed = sparse.csr_matrix(sparse.vstack([soup[:1000], blood.counts, soup[1000:]]))
    path = tenx_writer(tmp_path / "raw.h5", replace(blood, counts=mixed))
    got, expected = scanned(path), scanned(tenx_writer(tmp_path / "clean.h5", blood))
    np.testing.assert_array_equal(got.kept, expected.kept + 1000)
    np.testing.assert_array_equal(got.cells.panel, expected.cells.panel)
    assert got.mito_fraction == expected.mito_fraction
    assert (got.n_empty, got.empty_total) == (2000, 40_000)
    lyz = got.cells.genes.index("LYZ")
    assert got.empty_panel[lyz] == soup[:, blood.names.index("LYZ")].sum()
