"""Simulated cohorts in memory."""

import numpy as np
import pandas as pd

from features.schema import SCHEMA_VERSION
from training.cohort.cohort import Cohort
from training.cohort.infections import check_infections
from training.cohort.outcomes import check_outcomes
from training.cohort.samples import REFUSED_COLUMNS, Samples
from training.simulation.measurement.feature_rows import cohort_features, table_rows
from training.simulation.patients import (
    INFECTION_COLUMNS,
    SimulationPlan,
    context_lines,
    draw_cohort,
    infection_rows,
    outcome_lines,
)

CELLS = 500


def synthetic_cohort(preset: str, n: int, seed: int, visits: tuple[int, ...] = ()) -> Cohort:
    """The tables that `training simulate --features-only` writes, without the files.

    `visits` are days of further samples after the landmark's.
    """
    plan = SimulationPlan(seed, n, preset, "phase2", CELLS, visits)
    patients = draw_cohort(plan)
    columns = cohort_features(seed, patients.state, CELLS)
    rows, refusals = table_rows(context_lines(patients), columns, patients)
    left_out = pd.DataFrame(
        [(r.sample_id, r.patient_id, r.day, r.reason) for r in refusals],
        columns=list(REFUSED_COLUMNS),
    )
    samples = Samples(pd.DataFrame(rows), left_out, "synthetic", f"seed {seed}", SCHEMA_VERSION)
    outcomes = check_outcomes(pd.DataFrame(list(outcome_lines(patients))).map(_cell))
    rows_of_infections = pd.DataFrame(list(infection_rows(patients)), columns=INFECTION_COLUMNS)
    infections = check_infections(rows_of_infections.map(_cell))
    return Cohort(samples, outcomes, infections=infections)


def _cell(value: object) -> str:
    return "" if isinstance(value, float) and np.isnan(value) else str(value)
