"""Small cohorts with a known hazard, drawn without the simulator."""

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from benchmarks._cohorts import synthetic_cohort
from features.schema import CORE
from training.cohort.cohort import Cohort
from training.cohort.outcomes import Outcomes, check_outcomes
from training.cohort.protocol import Protocol
from training.study.cohort import StudyCohort, study_cohort

Tables = tuple[pd.DataFrame, Outcomes]
NAMES = (*CORE, "nk_fraction", "b_fraction")


def draw_cohort(
    n: int = 80, seed: int = 0, beta: float = 1.0, sites: int = 1, relapse: float = 0.0035,
    infection: float = 0.0012,
) -> Tables:  # fmt: skip
    """n patients in remission at day 28, one sample each at day 25.

    Exponential causes; exp(beta) is the hazard ratio per SD of S100A8/A9 on relapse and of the
    monocyte fraction on fatal infection. Daily hazards `relapse` and `infection`.
    """
    rng = np.random.default_rng(seed)
    X = pd.DataFrame(rng.normal(size=(n, len(NAMES))), columns=list(NAMES))
    causes = (
        relapse * np.exp(beta * X["s100a8a9_leukocyte"]),
        infection * np.exp(beta * X["monocyte_fraction"]),
        np.full(n, 0.0008),
    )
    days = [rng.exponential(1 / hazard) for hazard in causes] + [rng.uniform(150, 900, n)]
    first = np.argmin(days, axis=0)
    day = pd.Series(29 + np.floor(np.min(days, axis=0)).astype(int)).astype(str)
    X.loc[rng.random(n) < 0.1, "s100a8a9_monocyte"] = np.nan
    ids = [f"P{i:03d}" for i in range(n)]
    raw = pd.DataFrame(
        {
            "patient_id": ids,
            "followup_day": day,
            "relapse_day": day.where(first == 0, ""),
            "death_day": day.where((first == 1) | (first == 2), ""),
            "death_cause": np.select([first == 1, first == 2], ["infection", "other"], ""),
            "transplant_day": "",
            "response_day28": "CR",
            "sex": rng.choice(["f", "m"], n),
            "age": rng.integers(5, 70, n).astype(str),
        }
    )
    X.insert(0, "day", 25)
    X.insert(0, "patient_id", ids)
    X["site"] = rng.choice([f"hospital {i}" for i in range(sites)], n)
    X["provenance"] = "synthetic"
    return X, check_outcomes(raw)


@pytest.fixture(scope="session")
def cohort() -> Callable[..., Tables]:
    """The function that draws a cohort."""
    return draw_cohort


@pytest.fixture(scope="session")
def simulated() -> Callable[[str, int, int], Cohort]:
    """A simulated cohort: preset, patients, seed."""
    return synthetic_cohort


@pytest.fixture(scope="session")
def seeded(simulated: Callable[[str, int, int], Cohort]) -> StudyCohort:
    """A simulated cohort of 120 patients with planted effects."""
    return study_cohort(simulated("seed-optimistic", 120, 7), Protocol())
