"""The cohort before measurement: who is sampled, and the sheets' lines."""

import numpy as np

from features.table.sample_sheet import COLUMNS
from training.simulation.courses.clinical_course import to_day
from training.simulation.patients import (
    SimulationPlan,
    context_lines,
    count_path,
    draw_cohort,
    outcome_lines,
    sheet_lines,
)

COHORT = draw_cohort(SimulationPlan(1, 400, "weak", "phase2", 500))


def test_samples_are_drawn_from_the_living() -> None:
    """A sample exists only if its patient is alive on its day; spoilt ones are not usable."""
    alive = COHORT.state.day < to_day(COHORT.course.death)[:, None]
    np.testing.assert_array_equal(COHORT.sampled, alive)
    assert (COHORT.usable <= COHORT.sampled).all()
    assert not COHORT.usable[COHORT.state.poor > 0].any()


def test_the_sheet_has_known_columns_and_no_feature() -> None:
    """Every column is one that a sample sheet may have; one line a sample, ids distinct."""
    lines = list(sheet_lines(COHORT))
    assert set(lines[0]) <= set(COLUMNS)
    assert len({line["sample_id"] for line in lines}) == len(lines) == COHORT.sampled.sum()
    assert lines[1]["path"] == count_path("SIM00001_B") == "counts/SIM00001_B.h5"


def test_outcomes_hold_every_patient_and_share_the_samples_site() -> None:
    """One outcome line a patient; the site is that of the patient's samples."""
    outcomes = {line["patient_id"]: line for line in outcome_lines(COHORT)}
    assert tuple(outcomes) == COHORT.patients
    assert all(
        outcomes[line["patient_id"]]["site"] == line["site"] for line in context_lines(COHORT)
    )
