"""Columns of T-cell subsets: names, what withholds them, and real samples through the pipeline."""

from pathlib import Path

import numpy as np
import pytest

from benchmarks.cells import carpall as read_carpall
from benchmarks.cells import thinned
from features.celltypes.cell_types import type_cells
from features.further_columns import T_CELL_STATES
from features.pipeline.cell_features import cell_features
from features.subsets.t_cell_subsets import MAX_AMBIENT_SHARE, subset_features

COLUMNS = {name for f in T_CELL_STATES for name in (f.name, f"{f.name}_se")}


@pytest.mark.parametrize("enrichment", ["none", "sorted", None])
def test_sorted_samples_have_shares_within_t_cells(carpall: Path, enrichment: str | None) -> None:
    """CD4:CD8 and states do not depend on the enrichment; plasmablasts need unsorted blood."""
    del carpall
    counts, _ = read_carpall("CAR-T10310325")
    columns = subset_features(counts, type_cells(counts), enrichment, 0.01)
    assert set(columns) == COLUMNS
    assert columns["cd8_t_fraction"] == pytest.approx(0.81, abs=0.05)
    assert np.isnan(columns["plasmablast_fraction"]) == (enrichment != "none")


def test_shares_sum_to_one_and_lie_in_range(carpall: Path) -> None:
    """Lineages sum to 1 and states do, where none is withheld."""
    del carpall
    counts, _ = read_carpall("CAR-T10310324")
    columns = subset_features(counts, type_cells(counts), "none", 0.0)
    lineages = ("cd4_t_fraction", "cd8_t_fraction", "gamma_delta_t_fraction")
    states = ("naive_t_fraction", "memory_t_fraction", "effector_t_fraction")
    for names in (lineages, states):
        assert sum(columns[name] for name in names) == pytest.approx(1)


def test_nothing_is_claimed_above_the_ambient_limit(carpall: Path) -> None:
    """In a leukaemic sample with 0.57 ambient RNA everything is missing, plasmablasts too."""
    del carpall
    counts, _ = read_carpall("CAR-T10484036")
    texts = {"enrichment": "none", "car_cd7_strategy": None, "chemistry": None}
    columns = cell_features(counts, type_cells(counts), texts)
    assert columns["ambient_fraction"] > MAX_AMBIENT_SHARE
    assert all(np.isnan(columns[name]) for name in COLUMNS)


def test_shallow_t_cells_have_no_shares(carpall: Path) -> None:
    """At a third of the depth, where more cells are called T, only plasmablasts are given."""
    del carpall
    counts, _ = read_carpall("CAR-T10484040")
    shallow = thinned(counts, 0.33, np.random.default_rng(0))
    columns = subset_features(shallow, type_cells(shallow), "none", 0.2)
    assert np.isnan([columns[name] for name in COLUMNS if not name.startswith("plasma")]).all()
    assert columns["plasmablast_fraction"] < 0.01
