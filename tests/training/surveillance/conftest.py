"""One simulated cohort with serial samples, watched once for all tests of this folder."""

from pathlib import Path

import pytest

from features.table.feature_table import read_table
from training.cohort.cohort import Cohort, cohort_of
from training.cohort.outcomes import read_outcomes
from training.simulation.simulate import simulate_cohort
from training.surveillance.stacked_landmarks import StackedLandmarks, stack_landmarks
from training.surveillance.surveillance import Resampling, SurveillanceResult, surveillance

VISITS = (60, 90, 120, 150, 180)


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Files of 160 patients with strong planted effects and visits up to day 180."""
    made = tmp_path_factory.mktemp("serial") / "cohort"
    simulate_cohort(made, "seed-optimistic", n=160, seed=4, features_only=True, visits=VISITS)
    return made


@pytest.fixture(scope="session")
def serial(folder: Path) -> Cohort:
    """The cohort of their tables."""
    table = read_table(folder / "features.parquet")
    return cohort_of(table, read_outcomes(folder / "outcomes.csv"))


@pytest.fixture(scope="session")
def stack(serial: Cohort) -> StackedLandmarks:
    """Relapse within 90 days, all landmarks stack."""
    return stack_landmarks(serial, "relapse")


@pytest.fixture(scope="session")
def results(serial: Cohort) -> dict[str, SurveillanceResult]:
    """Both endpoints watched."""
    endpoints, resampling = (
        ("relapse", "fatal_infection"),
        Resampling(bootstraps=60, permutations=99),
    )
    return {one: surveillance(serial, one, resampling=resampling) for one in endpoints}
