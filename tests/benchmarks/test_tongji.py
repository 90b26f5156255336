"""The parts of the comparison on real patients that have an answer by hand."""

import numpy as np
import pytest

from benchmarks.tongji import THREE, admissions, difference, later_patients
from features.settings import data_dir
from training.cross_validation import OutOfFold
from training.folds import FoldPlan
from training.logistic import logit

DATA = data_dir() / "tongji" / "tongji_375.csv"


def scored(risk: np.ndarray) -> OutOfFold:
    """One repeat in which everybody has a risk and weight 1."""
    fold = np.zeros((1, len(risk)), dtype=np.int64)
    plan = FoldPlan(fold, fold, "patient", "")
    ones = np.ones((1, len(risk)))
    return OutOfFold(logit(risk)[None], ones / 2, ones, plan, (("any",),))


def test_paired_difference_by_hand() -> None:
    """0.1 off everywhere against 0.2 off is 0.01 - 0.04, with no spread to redraw."""
    y = np.tile([0.0, 1.0], 30)
    close, far = (np.abs(y - error) for error in (0.1, 0.2))
    assert difference(scored(close), scored(far), y) == "-0.0300 (-0.0300 to -0.0300)"


@pytest.mark.skipif(not DATA.exists(), reason="the Tongji data set is not in CD7WATCH_DATA")
def test_the_other_hospital_comes_later_and_has_the_three() -> None:
    """About a third of the patients, none of the earlier ones; the three columns are features."""
    table, outcomes = admissions()
    later = later_patients(outcomes.patients)
    assert 0.25 < later.mean() < 0.36
    assert set(THREE) <= set(table.columns)
