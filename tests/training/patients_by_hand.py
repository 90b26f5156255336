"""Patients written down by hand, for the study's questions."""

import pandas as pd

from training.cohort.cohort import cohort_of
from training.cohort.outcomes import Outcomes, check_outcomes
from training.cohort.protocol import Protocol
from training.study.cohort import StudyCohort, study_cohort

COLUMNS = (
    "patient_id", "followup_day", "relapse_day", "death_day", "death_cause", "transplant_day",
    "response_day28",
)  # fmt: skip


def outcomes_of(*rows: tuple[object, ...]) -> Outcomes:
    """Outcomes from rows in the order of COLUMNS; None is empty."""
    text = [["" if value is None else str(value) for value in row] for row in rows]
    return check_outcomes(pd.DataFrame(text, columns=list(COLUMNS)))


def alive(patient: str, until: int = 400, response: str = "CR") -> tuple[object, ...]:
    """A patient without any event until the end of follow-up."""
    return (patient, until, None, None, None, None, response)


def by_hand(table: dict[str, list[object]], outcomes: Outcomes) -> StudyCohort:
    """A study cohort of real-looking samples under the default protocol."""
    return study_cohort(cohort_of(pd.DataFrame(table), outcomes), Protocol())
