"""Calibration figures of risks that are right, and of risks that are twice too high."""

import numpy as np
import pandas as pd

from benchmarks._new_patients import NewPatients
from benchmarks.calibration import calibration_of, summary
from features.arrays import Floats
from training.evaluation.design import Design


def drawn(n: int = 4000) -> tuple[NewPatients, Floats]:
    """Patients whose events are drawn from known risks."""
    rng = np.random.default_rng(0)
    risk = rng.uniform(0.1, 0.4, n)
    y = (rng.random(n) < risk).astype(float)
    time = np.where(y == 1, 50.0, 400.0)
    design = Design(pd.DataFrame({"x": risk}), y, time, y.astype(np.int64),
                    np.full(n, "", object), 180)  # fmt: skip
    return NewPatients(design, risk), risk


def test_right_risks_are_calibrated_and_doubled_ones_are_not() -> None:
    """O/E 1 and an error near 0; doubled risks have O/E 0.5 and the mean risk as their error."""
    new, risk = drawn()
    right, doubled = calibration_of(risk, new), calibration_of(2 * risk, new)
    assert abs(right["oe"] - 1) < 0.06
    assert abs(right["slope"] - 1) < 0.2
    assert right["ici"] < 0.02
    assert abs(doubled["oe"] - 0.5) < 0.03
    assert abs(doubled["ici"] - risk.mean()) < 0.02


def test_the_table_leaves_out_endpoints_without_models() -> None:
    """Only relapse has figures here; the spread is between single cohorts."""
    figures = {"oe": 1.0, "slope": 1.2, "ici": 0.02, "e90": 0.05}
    table = summary([{"n": 120, "relapse": figures}, {"n": 120, "relapse": figures | {"oe": 2.0}}])
    assert table["endpoint"].tolist() == ["relapse"]
    assert table["O/E"].tolist() == ["1.500 (0.500)"]
    assert table["10 to 90 %"].tolist() == ["1.10 to 1.90"]
