"""Parts of the comparison on real patients that can be computed by hand."""

import numpy as np
import pytest

from benchmarks._tongji_cohort import AMOUNTS, PANEL, THREE, admissions, later_patients
from benchmarks.tongji import as_measured, benefit, difference
from features.settings import data_dir
from training.evaluation.cross_validation import OutOfFold
from training.evaluation.folds import FoldPlan
from training.statistics.logistic import logit

DATA = data_dir() / "tongji" / "tongji_375.csv"


def out_of_fold(risk: np.ndarray) -> OutOfFold:
    """One repeat in which every patient has a risk and weight 1."""
    fold = np.zeros((1, len(risk)), dtype=np.int64)
    plan = FoldPlan(fold, fold, "patient", "")
    ones = np.ones((1, len(risk)))
    return OutOfFold(logit(risk)[None], ones / 2, ones, plan, (("any",),))


def test_paired_difference_by_hand() -> None:
    """0.1 off everywhere against 0.2 off is 0.01 - 0.04, with no spread to redraw."""
    y = np.tile([0.0, 1.0], 30)
    close, far = (np.abs(y - error) for error in (0.1, 0.2))
    assert difference(out_of_fold(close), out_of_fold(far), y) == "-0.0300 (-0.0300 to -0.0300)"


@pytest.mark.skipif(not DATA.exists(), reason="the Tongji data set is not in CD7WATCH_DATA")
def test_the_other_hospital_is_later_and_has_three_columns() -> None:
    """About a third of the patients, none of the earlier ones; the three columns are features."""
    table, outcomes = admissions()
    later = later_patients(outcomes.patients)
    assert 0.25 < later.mean() < 0.36
    assert set(THREE) <= set(table.columns)


def test_net_benefit_by_hand() -> None:
    """Two of four treated at each threshold, one of them rightly: 1/4 - 1/4 pt/(1 - pt)."""
    y, risk = np.array([1.0, 0.0, 1.0, 0.0]), np.array([0.9, 0.8, 0.0, 0.0])
    net_benefits = benefit(risk, y, np.ones(4))
    assert net_benefits == pytest.approx([0.25 - 0.25 / 9, 0.25 - 0.25 * 3 / 7, 0.0])


@pytest.mark.skipif(not DATA.exists(), reason="the Tongji data set is not in CD7WATCH_DATA")
def test_amounts_are_logarithms_of_what_was_measured() -> None:
    """The panel's amounts go back to the file's values; no negative count is left."""
    table, _ = admissions()
    back = as_measured(table)
    assert set(PANEL) <= set(table.columns)
    assert back["Lactate dehydrogenase"].median() == pytest.approx(339)
    assert (back[list(AMOUNTS)].min() > 0).all()
    assert table["Platelet count"].min() > 0
