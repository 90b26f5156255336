"""Cohorts in memory equal those on disk, and the cheap verdict equals that of a whole fit."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from training.evaluation.fit_endpoint import fit_endpoint

from benchmarks._cohorts import quick_verdict, synthetic_cohort
from benchmarks._new_patients import NewPatients
from features.schema import CORE
from features.table.feature_table import read_table
from training.cohort.outcomes import read_outcomes
from training.cohort.protocol import Protocol
from training.cohort.samples import samples_from
from training.evaluation.design import Design
from training.simulation.simulate import simulate_cohort

QUICK = replace(
    Protocol(), features=CORE, repeats=2, refits=1, permutations=20, bootstraps=20,
    horizons=(180,), candidates=("prevalence", "biomarker", "core_panel"),
)  # fmt: skip


def test_memory_and_disk_are_equal(tmp_path: Path) -> None:
    """The tables equal those that `training simulate --features-only` writes and reads back."""
    folder = tmp_path / "cohort"
    simulate_cohort(folder, "weak", n=40, seed=8, features_only=True)
    from_disk = samples_from(read_table(folder / "features.parquet"))
    cohort = synthetic_cohort("weak", 40, 8)
    samples, outcomes = cohort.samples, cohort.outcomes
    columns = list(from_disk.frame.columns)
    pd.testing.assert_frame_equal(samples.frame[columns], from_disk.frame, check_dtype=False)
    assert len(samples.refused) == len(from_disk.refused)
    pd.testing.assert_frame_equal(outcomes.frame, read_outcomes(folder / "outcomes.csv").frame)


@pytest.mark.parametrize(
    ("preset", "n", "seed"), [("seed-optimistic", 150, 1), ("null", 60, 2), ("null", 25, 3)]
)
def test_the_cheap_verdict_is_that_of_a_fit(preset: str, n: int, seed: int) -> None:
    """State and p of both endpoints are those of the whole fit, promoted or not."""
    cohort = synthetic_cohort(preset, n, seed)
    for endpoint in ("relapse", "fatal_infection"):
        fit = fit_endpoint(cohort, QUICK, endpoint)
        cheap = quick_verdict(cohort, endpoint, QUICK)
        assert cheap["state"] == fit.verdict.state
        assert cheap["p"] == (fit.evaluation.get("permutation") or {}).get("p")
        if cheap["metrics"]:
            assert cheap["metrics"]["auc"] == fit.evaluation["metrics"]["auc"]
            assert cheap["sentence"] == fit.verdict.sentences[0]


def test_new_patients_scores_are_plain_auc_and_brier() -> None:
    """Without censoring, weights are one: AUC by counting pairs, Brier by hand."""
    y = np.array([1.0, 1.0, 0.0, 0.0, 0.0])
    time, code = np.where(y == 1, 50.0, 400.0), y.astype(np.int64)
    design = Design(pd.DataFrame({"x": y}), y, time, code, np.full(5, "", object), 180)
    risk = np.array([0.9, 0.3, 0.4, 0.2, 0.1])
    scores = NewPatients(design, risk).scores(risk)
    assert scores["auc"] == pytest.approx(5 / 6)
    assert scores["brier"] == pytest.approx(np.mean((y - risk) ** 2))
    assert NewPatients(design, risk).prevalence() == pytest.approx(0.4)
