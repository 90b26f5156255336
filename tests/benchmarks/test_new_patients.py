"""Scores on new patients, by hand."""

import numpy as np
import pandas as pd
import pytest

from benchmarks._new_patients import NewPatients
from training.evaluation.design import Design


def new_patients() -> NewPatients:
    """Four followed patients, two with the event; the oracle is 0.1 off."""
    y = np.array([1.0, 1.0, 0.0, 0.0])
    time = np.where(y == 1, 50.0, 400.0)
    design = Design(
        pd.DataFrame({"x": [1.0, 2.0, 3.0, np.nan]}), y, time, y.astype(np.int64),
        np.full(4, "", object), 180,
    )  # fmt: skip
    return NewPatients(design, np.abs(y - 0.1))


def test_the_gain_is_a_share_of_the_oracles() -> None:
    """1 for the oracle, 0 for the prevalence; between them by the Brier scores."""
    new = new_patients()
    assert new.prevalence() == 0.5
    assert new.brier_gain(new.oracle) == pytest.approx(1.0)
    assert new.brier_gain(np.full(4, 0.5)) == pytest.approx(0.0)
    half = np.abs(new.design.y - 0.3)  # Brier 0.09 between 0.25 and 0.01
    assert new.brier_gain(half) == pytest.approx(0.16 / 0.24)


def test_scores_by_hand() -> None:
    """Two events at a mean risk of 0.4 are 1.25 times the expected; all pairs are in order."""
    scores = new_patients().scores(np.array([0.8, 0.6, 0.15, 0.05]))
    assert scores["auc"] == 1.0
    assert scores["oe"] == pytest.approx(2 / 1.6)
    assert scores["brier"] == pytest.approx((0.04 + 0.16 + 0.0225 + 0.0025) / 4)


def test_inputs_are_the_features() -> None:
    """As numbers, the missing ones NaN."""
    assert np.isnan(new_patients().inputs[3, 0])
