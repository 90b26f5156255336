"""CAR-T cells, CD7-positive cells lost and CD7-negative cells per litre."""

import numpy as np
import pandas as pd
import pytest

from tests.training.patients_by_hand import alive, by_hand, outcomes_of
from training.study.biomarkers.expansion import (
    cd7_negative_per_litre,
    cd7_positive,
    days_of_loss,
    expansion_section,
)

TABLE = {
    "patient_id": ["a", "a", "a", "b", "b", "c"],
    "day": [-5, 11, 25, -5, 20, 25],
    "cd7neg_t_fraction": [0.1, 0.95, 0.92, 0.2, 0.7, np.nan],
    "alc": [1.0, 0.5, 2.0, 1.0, 4.0, 1.0],
    "t_fraction": [0.6, 0.6, 0.6, 0.6, 0.6, 0.6],
    "nk_fraction": [0.1] * 6,
    "b_fraction": [0.05] * 6,
    "car_t_fraction": [np.nan, 0.2, 0.1, np.nan, 0.0, np.nan],
}


def _cohort(drop: tuple[str, ...] = ()):
    table = {name: values for name, values in TABLE.items() if name not in drop}
    return by_hand(table, outcomes_of(alive("a"), alive("b"), alive("c")))


def test_three_claims_by_hand() -> None:
    """CAR in one of two; CD7-positive share fell in both; CD7-negative cells rose in both."""
    car, fall, growth = expansion_section(_cohort()).claims
    assert (car.n, car.effect) == (2, 0.5)
    assert (fall.n, fall.effect) == (2, 1.0)
    assert "under 10% in 1 of 2 patients, first on day 11" in fall.finding
    assert (growth.n, growth.effect) == (2, 1.0)


def test_cells_per_litre_by_hand() -> None:
    """2.0 lymphocytes x 0.6/0.75 T cells x 0.92 CD7-negative."""
    assert cd7_negative_per_litre(_cohort().blood).iloc[2] == pytest.approx(2.0 * 0.8 * 0.92)


def test_day_of_loss_is_the_first_sample_under_a_tenth() -> None:
    """First sample since infusion under a tenth; without one the day is missing, not zero."""
    cohort = _cohort()
    positive, _ = cd7_positive(cohort.blood)
    losses = days_of_loss(cohort.blood, positive).set_index("patient_id")
    assert losses.loc["a"].tolist() == [11, 25]
    assert np.isnan(losses.loc["b", "day_gone"])
    assert "c" not in losses.index


def test_flow_cytometry_replaces_rna_only_where_none_is_there() -> None:
    """Flow cytometry is used when no sample has the RNA estimate; they are never mixed."""
    table = pd.DataFrame(TABLE).assign(flow_cd7neg_t_fraction=0.4)
    assert cd7_positive(table)[1] == "RNA"
    value, source = cd7_positive(table.assign(cd7neg_t_fraction=np.nan))
    assert source == "flow cytometry" and value.tolist() == [0.6] * 6


def test_protein_where_all_samples_have_it_else_rna_in_all() -> None:
    """A cohort measured in two ways is read by RNA throughout, counts per litre included."""
    table = pd.DataFrame(TABLE).assign(cd7_source="protein", cd7neg_t_fraction_rna=0.3)
    value, source = cd7_positive(table)
    assert source == "protein" and value.tolist()[:2] == [0.9, 1 - 0.95]
    mixed = table.assign(cd7_source=["rna", *["protein"] * 5])
    value, source = cd7_positive(mixed)
    assert source == "RNA" and value.tolist() == [0.7] * 6
    by_rna = cd7_negative_per_litre(table.assign(cd7neg_t_fraction=0.3))
    pd.testing.assert_series_equal(cd7_negative_per_litre(mixed), by_rna)


def test_without_a_car_the_page_says_why() -> None:
    """No CAR column: not estimable, no picture, and a note on what is needed."""
    section = expansion_section(_cohort(("car_t_fraction", "alc")))
    assert section.claims[0].reason == "no sample has a CAR-T fraction"
    assert section.claims[2].reason.startswith("no patient has lymphocyte count")
    assert "car_gene" in section.notes[0]
    assert len(section.pictures) == 1
    assert not next(t for t in section.tables if t.name == "day_of_loss").on_page
