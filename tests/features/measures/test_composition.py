"""Fractions of leukocytes, and when they are missing."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.cells.cell_counts import CellCounts
from features.celltypes.cell_types import CELL_TYPES, NAMES, Typing, typing_from_labels
from features.measures.composition import composition_features, is_impure, leukocytes, purity


def typing_of_counts(shares: dict[str, int]) -> Typing:
    """So many cells of each type."""
    call = np.repeat([NAMES.index(name) for name in shares], list(shares.values()))
    return Typing(call.astype(np.int8), np.ones(len(call), np.float32))


EXAMPLE = {
    "cd14_monocyte": 30, "cd16_monocyte": 10, "cd4_t": 60, "cd8_t": 20, "other_t": 10, "nk": 20,
    "b": 25, "plasma": 5, "cdc": 3, "pdc": 2, "neutrophil_like": 4, "hspc": 6, "blast_like_t": 1,
    "early_t_precursor": 1, "precursor_b": 2, "myeloid_blast": 1,
    "platelet": 50, "erythroid": 40, "unknown": 7, "doublet": 3,
}  # fmt: skip


def test_fractions_by_hand() -> None:
    """Platelets, red cells, unknown and doublets are outside the 200 leukocytes."""
    columns = composition_features(typing_of_counts(EXAMPLE), "none")
    assert leukocytes(typing_of_counts(EXAMPLE)).sum() == 200
    assert columns["monocyte_fraction"] == 40 / 200
    assert columns["t_fraction"] == 90 / 200
    assert columns["b_fraction"] == 30 / 200
    assert columns["dc_fraction"] == 5 / 200
    assert columns["blast_like_fraction"] == 5 / 200
    assert columns["t_blast_fraction"] == columns["b_blast_fraction"] == 2 / 200
    assert columns["myeloid_blast_fraction"] == 1 / 200
    assert columns["unknown_fraction"] == 7 / 300
    assert columns["doublet_fraction"] == 3 / 300
    assert columns["monocyte_fraction_se"] == pytest.approx(math.sqrt(0.2 * 0.8 / 200))
    assert columns["log_monocyte_lymphocyte_ratio"] == pytest.approx(math.log(40.5 / 140.5))


@pytest.mark.parametrize("enrichment", ["sorted", "product", None])
def test_missing_unless_unsorted(enrichment: str | None) -> None:
    """In sorted cells, a product or an undeclared sample only unknown and doublets are given."""
    columns = composition_features(typing_of_counts(EXAMPLE), enrichment)
    present = {name for name, value in columns.items() if not math.isnan(value)}
    assert {name.removesuffix("_se") for name in present} == {
        "unknown_fraction",
        "doublet_fraction",
    }


@given(st.lists(st.integers(0, 60), min_size=len(CELL_TYPES), max_size=len(CELL_TYPES)))
def test_parts_add_up(cells: list[int]) -> None:
    """Lineage fractions and HSPC sum to one whenever there is a leukocyte."""
    shares = dict(zip(CELL_TYPES, cells, strict=True))
    columns = composition_features(typing_of_counts(shares), "none")
    n_leukocytes = sum(cells) - shares["platelet"] - shares["erythroid"]
    parts = [columns[f"{part}_fraction"] for part in
             ("monocyte", "t", "nk", "b", "dc", "neutrophil_like", "blast_like")]  # fmt: skip
    if n_leukocytes == 0:
        assert all(math.isnan(part) for part in parts)
    else:
        assert sum(parts) + shares["hspc"] / n_leukocytes == pytest.approx(1)


def test_no_monocytes_is_a_number() -> None:
    """A sample without monocytes has fraction 0 and a finite log-ratio with its error."""
    columns = composition_features(typing_of_counts({"cd4_t": 100}), "none")
    assert columns["monocyte_fraction"] == 0
    assert columns["log_monocyte_lymphocyte_ratio"] == pytest.approx(math.log(0.5 / 100.5))
    assert columns["log_monocyte_lymphocyte_ratio_se"] == pytest.approx(1.42, abs=0.01)


def test_car_share_of_t_cells() -> None:
    """T cells showing the CAR over T cells; missing when the reference lacks it."""
    typing = typing_of_counts({"cd4_t": 8, "nk": 2})
    zeros = np.zeros(10, int)
    car = np.array([1, 2, 0, 0, 0, 0, 0, 0, 5, 0], np.int32)
    with_car = CellCounts(zeros, zeros, zeros, np.zeros((10, 0), np.int32), (), (), car)
    without = CellCounts(zeros, zeros, zeros, np.zeros((10, 0), np.int32), ())
    assert composition_features(typing, "none", with_car)["car_t_fraction"] == 2 / 8
    assert math.isnan(composition_features(typing, "none", without)["car_t_fraction"])


def test_a_sorted_sample_that_is_not_pure() -> None:
    """Under 90 % of one lineage a sorted sample is impure; an unsorted one is never judged."""
    assert purity(typing_of_counts({"cd4_t": 60, "cd8_t": 30, "nk": 10, "platelet": 50})) == (
        "t",
        0.9,
    )
    assert not is_impure(typing_of_counts({"cd4_t": 95, "nk": 5}), "sorted")
    assert is_impure(typing_of_counts({"cd4_t": 80, "nk": 20}), "sorted")
    assert is_impure(typing_of_counts({"platelet": 5}), "sorted")
    assert not is_impure(typing_of_counts({"cd4_t": 80, "nk": 20}), "none")


def test_unsplit_monocytes_have_no_parts() -> None:
    """Labels that say monocyte alone give the monocyte fraction, not that of CD14 or CD16."""
    columns = composition_features(typing_from_labels(["Monocytes", "NK", "B", "B"]), "none")
    assert columns["monocyte_fraction"] == 0.25
    for name in ("cd14_monocyte_fraction", "cd16_monocyte_fraction"):
        assert np.isnan(columns[name])
        assert np.isnan(columns[f"{name}_se"])
