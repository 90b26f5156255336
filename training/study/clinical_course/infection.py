"""Section 1: patients with an infection after infusion, and infections per 100 patient-days."""

import numpy as np
import pandas as pd

from training.cohort.earlier_infections import SEVERE
from training.cohort.infections import infection_rates, infections_by_patient
from training.statistics.significance.proportions import proportion_test
from training.study.claim import Claim, from_proportion, not_estimable
from training.study.cohort import StudyCohort
from training.study.questions import QUESTIONS
from training.study.section import Table

NO_FILE = "no table of infections was given (--infections FILE)"
SEVERE_ALONE = (
    "every infection in the table is of grade 3 or more, so milder ones may not have been recorded"
)


def infection_claim(cohort: StudyCohort) -> Claim:
    """Most patients have an infection from infusion to the end of the horizon.

    A patient lost to follow-up before that without an infection is left out; one who died
    without an infection counts as without. Not estimable from a table of severe infections alone.
    """
    question, table = QUESTIONS["infection"], cohort.infections
    if table is None:
        return not_estimable(question, NO_FILE)
    if len(table) and table["grade"].min() >= SEVERE:
        return not_estimable(question, SEVERE_ALONE)
    last = cohort.protocol.landmark + cohort.protocol.primary_horizon
    in_horizon = table[(table["day"] >= 0) & (table["day"] <= last)]
    frame = cohort.outcomes.frame
    infected = np.isin(frame.index.to_numpy(object), in_horizon["patient_id"].unique())
    completed = frame["followup_day"].to_numpy(float) >= last
    evaluable = infected | completed | frame["death_day"].notna().to_numpy()
    result = proportion_test(int(infected.sum()), int(evaluable.sum()))
    words = f"{result.n_with} of {result.n} patients had an infection by day {last}"
    if not evaluable.all():
        words += f"; {int(np.sum(~evaluable))} with shorter follow-up left out"
    return from_proportion(question, result, words)


def infection_tables(cohort: StudyCohort) -> tuple[Table, ...]:
    """Rates by window for any and for severe infection, and one row a patient."""
    if cohort.infections is None:
        return ()
    rates = [
        infection_rates(cohort.infections, cohort.outcomes, grade).assign(min_grade=grade)
        for grade in (1, 3)
    ]
    per_patient = infections_by_patient(cohort.infections).reset_index()
    return (
        Table("infection_rates", "Infections per 100 patient-days (exact interval); min_grade 1 "
              "is any, 3 severe", pd.concat(rates, ignore_index=True)),
        Table("infections_by_patient", "Infected patients", per_patient, on_page=False),
    )  # fmt: skip
