"""Earlier severe infections: an input that is counted from INFECTIONS.csv, not measured in blood.

An infection up to the landmark excludes nobody from an endpoint (unless it says so); it may tell of
the next one. A protocol uses the count by naming it among its features. It is declared like a
group's own covariate, so that a model's manifest describes it and the service asks for it.
"""

import numpy as np
import pandas as pd

from features.arrays import Floats
from features.schema import Feature

SEVERE = 3  # CTCAE grade
EARLIER_SEVERE = Feature(
    "earlier_severe_infections",
    "Earlier severe infections",
    "infections of CTCAE grade 3 or more whose onset lies on the day of the draw or before it",
    "infections", 0.0, 50.0, "covariate",
)  # fmt: skip


def earlier_severe_infections(frame: pd.DataFrame, infections: pd.DataFrame) -> Floats:
    """How many severe infections each sample's patient had up to the sample's day, (n,).

    `frame` has patient_id and day. A patient without a line in the table of infections had none.

    >>> samples = pd.DataFrame({"patient_id": ["a", "a", "b"], "day": [3, 20, 20]})
    >>> table = pd.DataFrame({"patient_id": ["a", "a"], "day": [3.0, 9.0], "grade": [2, 4]})
    >>> earlier_severe_infections(samples, table).tolist()
    [0.0, 1.0, 0.0]
    """
    severe = infections[infections["grade"] >= SEVERE]
    days = {patient: np.sort(rows) for patient, rows in severe.groupby("patient_id")["day"]}
    nobody = np.zeros(0)
    return np.array(
        [
            float(np.searchsorted(days.get(patient, nobody), day, side="right"))
            for patient, day in zip(frame["patient_id"], frame["day"], strict=True)
        ]
    )
