"""Outcomes and samples written down by hand."""

import numpy as np
import pandas as pd

from training.cohort.infections import check_infections
from training.cohort.outcomes import Outcomes, check_outcomes
from training.cohort.samples import Samples, samples_from

BASE = {
    "followup_day": "400", "relapse_day": "", "death_day": "", "death_cause": "",
    "transplant_day": "", "response_day28": "CR",
}  # fmt: skip


def outcomes_of(**patients: dict[str, str]) -> Outcomes:
    """One row per named patient, event-free for 400 days by default."""
    return check_outcomes(
        pd.DataFrame([{"patient_id": p, **BASE, **d} for p, d in patients.items()])
    )


def samples_of(*drawn: tuple[str, int], refused: tuple[tuple[str, int], ...] = ()) -> Samples:
    """Samples as (patient, day)."""
    frame = pd.DataFrame(drawn, columns=["patient_id", "day"])
    frame["x"] = np.arange(len(frame), dtype=float)
    out = pd.DataFrame(
        [(f"r{i}", p, d, "too few cells") for i, (p, d) in enumerate(refused)],
        columns=["sample_id", "patient_id", "day", "reason"],
    )
    usable = samples_from(frame)
    return Samples(usable.frame, out, "synthetic", usable.digest, "1")


def infections_of(*rows: tuple[str, float, int, str]) -> pd.DataFrame:
    """Infections as (patient, day, grade, organism)."""
    return check_infections(
        pd.DataFrame(
            [(patient, str(day), str(grade), organism) for patient, day, grade, organism in rows],
            columns=["patient_id", "day", "grade", "organism"],
        )
    )
