"""Who is offered as a candidate, and on which columns."""

from dataclasses import replace

import numpy as np
import pytest

from features import schema
from features.errors import InputError
from models.candidate_plan import Offer, make_plan
from models.candidates import ORDER
from models.fit_pipeline import Patients
from models.folds import patient_keys

OFFER = Offer(ORDER, "b", None, 5, 5, 80)


def patients(n: int, events: int) -> Patients:
    """A cohort of three columns with so many events."""
    X = np.random.default_rng(0).normal(size=(n, 3))
    y = (np.arange(n) < events).astype(float)
    return Patients(X, y, np.ones(n), patient_keys(X, y, None, 0), grouped=False)


@pytest.mark.parametrize(
    ("n", "events", "offered"),
    [
        (60, 4, ("prevalence",)),
        (60, 56, ("prevalence",)),
        (60, 5, ("biomarker", "core_panel")),
        (79, 20, ("biomarker", "core_panel")),
        (80, 20, ("biomarker", "core_panel", "lightgbm")),
    ],
)
def test_offer_by_size(n: int, events: int, offered: tuple[str, ...]) -> None:
    """Under five events prevalence alone, from 80 patients LightGBM too."""
    assert make_plan(OFFER, patients(n, events), "abc").offered == offered


def test_without_names_there_is_no_biomarker() -> None:
    """Columns without names leave the biomarker out and give the panel all columns."""
    plan = make_plan(OFFER, patients(60, 20), [])
    assert plan.offered == ("core_panel",)
    assert plan.panel.tolist() == [0, 1, 2]


def test_panel_by_name() -> None:
    """A named panel takes those columns in its order; by default it is the schema's core."""
    cohort = patients(60, 20)
    assert make_plan(replace(OFFER, core_panel=("c", "a")), cohort, "abc").panel.tolist() == [2, 0]
    names = ["b", schema.CORE[2], schema.CORE[0]]
    assert make_plan(OFFER, cohort, names).panel.tolist() == [2, 1]


def test_missing_columns_are_reported() -> None:
    """A biomarker or panel column that is not there gets one sentence."""
    cohort = patients(60, 20)
    with pytest.raises(InputError, match="but z is not among them"):
        make_plan(replace(OFFER, biomarker="z"), cohort, "abc")
    with pytest.raises(InputError, match="but x, y is not among them"):
        make_plan(replace(OFFER, core_panel=("x", "a", "y")), cohort, "abc")


def test_patients_count_once() -> None:
    """Eighty rows of forty patients are forty patients."""
    single = patients(40, 20)
    both = Patients(
        np.tile(single.X, (2, 1)), np.tile(single.y, 2), np.ones(80), [*single.key] * 2, True
    )
    assert "lightgbm" not in make_plan(OFFER, both, "abc").offered
