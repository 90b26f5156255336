"""Section 1: who had an infection after infusion, and how often infections come."""

import numpy as np
import pandas as pd

from training.cohort.infections import infection_rates, infections_by_patient
from training.statistics.proportions import proportion_test
from training.study.claim import Claim, from_proportion, untold
from training.study.cohort import StudyCohort
from training.study.questions import QUESTIONS
from training.study.section import Table

NO_FILE = "no table of infections was given (--infections FILE)"


def infection_claim(cohort: StudyCohort) -> Claim:
    """Most patients have an infection from infusion to the end of the horizon.

    A patient lost to follow-up before that without an infection is left out; one who died
    without an infection counts as without.
    """
    question, table = QUESTIONS["infection"], cohort.infections
    if table is None:
        return untold(question, NO_FILE)
    last = cohort.protocol.landmark + cohort.protocol.primary_horizon
    counted = table[(table["day"] >= 0) & (table["day"] <= last)]
    frame = cohort.outcomes.frame
    infected = np.isin(frame.index.to_numpy(object), counted["patient_id"].unique())
    ended = frame["followup_day"].to_numpy(float) >= last
    known = infected | ended | frame["death_day"].notna().to_numpy()
    found = proportion_test(int(infected.sum()), int(known.sum()))
    words = f"{found.n_with} of {found.n} patients had an infection by day {last}"
    if not known.all():
        words += f"; {int(np.sum(~known))} followed for less left out"
    return from_proportion(question, found, words)


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
