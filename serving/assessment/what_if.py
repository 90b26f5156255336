"""What-if risks: the model's answer with one group of measurements set to the cohort's mean.

They describe the model, and the page says so: no patient was changed like this.
"""

from collections.abc import Sequence
from typing import TypedDict

import numpy as np

from features.arrays import Floats
from features.measures.history import latest_with_history
from features.table.row import Row
from serving.assessment import labels
from serving.assessment.endpoint_answer import model_input
from serving.assessment.served_model import ServedModel

MOST = 3
# Smallest change of risk that is shown.
LEAST_POINTS = 0.01


class WhatIfRisk(TypedDict):
    """The risk of the patient with the values of one group, by its label, at the cohort's mean."""

    label: str
    risk: float


def what_if_risks(rows: Sequence[Row], served_model: ServedModel, horizon: int) -> list[WhatIfRisk]:
    """Per group of related features the risk with the cohort's mean values, largest change first.

    A group changes as a whole, because one changed value beside its related ones would describe an
    impossible patient. At most `MOST` groups; changes under a percentage point are left out.
    """
    model = served_model.model
    x = model_input(model, latest_with_history(rows))
    names = list(dict.fromkeys(model.inputs[name].group for name in model.features))
    patients = np.vstack([x, *(_as_cohort(served_model, x, name) for name in names)])
    risks = model.risks(patients)[:, model.horizons.index(horizon)]
    moves = sorted(zip(names, risks[1:], strict=True), key=lambda move: -abs(move[1] - risks[0]))
    return [
        {"label": labels.GROUPS[name], "risk": float(risk)}
        for name, risk in moves[:MOST]
        if abs(risk - risks[0]) >= LEAST_POINTS
    ]


def _as_cohort(served_model: ServedModel, x: Floats, group: str) -> Floats:
    """The patient `x` (p,) with one group's values at the mean of the training cohort."""
    model = served_model.model
    centre = model.domain.centre
    in_group = np.array([model.inputs[name].group == group for name in model.features])
    return np.where(in_group & np.isfinite(centre), centre, x)
