"""Cohorts in memory equal those on disk."""

from pathlib import Path

import pandas as pd
import pytest

from benchmarks._cohorts import synthetic_cohort
from features.table.feature_table import read_table
from training.cohort.infections import read_infections
from training.cohort.outcomes import read_outcomes
from training.cohort.samples import samples_from
from training.simulation.simulate import simulate_cohort


@pytest.mark.parametrize("visits", [(), (60, 90)])
def test_memory_and_disk_are_equal(tmp_path: Path, visits: tuple[int, ...]) -> None:
    """The tables equal those that `training simulate --features-only` writes and reads back."""
    folder = tmp_path / "cohort"
    simulate_cohort(folder, "weak", n=40, seed=8, features_only=True, visits=visits)
    from_disk = samples_from(read_table(folder / "features.parquet"))
    cohort = synthetic_cohort("weak", 40, 8, visits)
    samples, outcomes = cohort.samples, cohort.outcomes
    columns = list(from_disk.frame.columns)
    pd.testing.assert_frame_equal(samples.frame[columns], from_disk.frame, check_dtype=False)
    assert len(samples.refused) == len(from_disk.refused)
    assert set(samples.frame["day"] > 30) == ({True, False} if visits else {False})
    pd.testing.assert_frame_equal(outcomes.frame, read_outcomes(folder / "outcomes.csv").frame)
    infections = read_infections(folder / "infections.csv")
    assert cohort.infections is not None
    pd.testing.assert_frame_equal(cohort.infections, infections)


def test_a_larger_cohort_holds_the_smaller() -> None:
    """Patients of a seed stay the same as a cohort grows: what repeated looks rest on."""
    small, large = (synthetic_cohort("null", n, 3).outcomes.frame for n in (20, 30))
    pd.testing.assert_frame_equal(small, large.iloc[:20])
