"""Half of the panel is absent in new patients, the same half for all, by the cohort's seed."""

import numpy as np
import pandas as pd
import pytest

from benchmarks import missing
from benchmarks._fits import PROTOCOL
from benchmarks._new_patients import NewPatients
from training.evaluation.design import Design


def new_patients(n: int = 5) -> NewPatients:
    """Patients with all features."""
    X = pd.DataFrame(np.ones((n, len(PROTOCOL.features))), columns=list(PROTOCOL.features))
    y = np.zeros(n)
    return NewPatients(Design(X, y, y + 400, y.astype(int), np.full(n, "", object), 180), y)


def test_half_of_the_panel_is_absent() -> None:
    """The drawn columns are of the panel, half of them, and absent in everybody."""
    absent = missing.absent_half(1)
    assert len(absent) == len(PROTOCOL.core_panel) // 2
    assert set(absent) < set(PROTOCOL.core_panel)
    assert missing.absent_half(1) == absent
    assert len({missing.absent_half(seed) for seed in range(20)}) > 5
    X = missing.lacking(new_patients(), absent)
    assert set(np.isnan(X).sum(axis=1)) == {len(absent)}


def test_the_difference_is_to_the_model_without_the_half() -> None:
    """Brier 0.21 with expected values against 0.20 without the columns is +0.01."""
    scores = {name: {"brier": 0.2, "oe": 1.0} for name in ("complete", "median", "without")}
    fits = [scores | {"expected": {"brier": 0.21, "oe": 1.1}}]
    row = missing.summary([{"n": 120, "relapse": fits[0]}]).set_index("endpoint").loc["relapse"]
    assert row["minus model without"] == "+0.0100 (nan)"
    assert row["all measured"] == "+0.0000 (nan)"
    assert row["O/E expected"] == "1.100 (nan)"


def test_one_cohort_compares_four_ways(monkeypatch: pytest.MonkeyPatch) -> None:
    """All measured is not worse than median imputation on average over endpoints."""
    monkeypatch.setattr("benchmarks._new_patients.NEW", 400)
    missing.new_patients.cache_clear()
    result = missing.one_cohort(120, 3)
    missing.new_patients.cache_clear()
    assert set(result["relapse"]) == {"complete", "expected", "median", "without"}
    fits = [result[name] for name in result if name != "n"]
    mean = {way: np.mean([fit[way]["brier"] for fit in fits]) for way in ("complete", "median")}
    assert mean["complete"] < mean["median"]
