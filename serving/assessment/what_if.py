"""What would change a risk most: each group of measurements set to the cohort's mean, in turn.

An exploration of the model, marked so on the page: no patient was ever changed like this.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np

from features.measures.history import latest_with_history
from features.schema import ALL_FEATURES
from features.table.row import Row
from serving.assessment import wording
from serving.assessment.assess import ServedModel
from serving.assessment.flags import number

MOST = 3
# Less than this is not worth a doctor's time.
LEAST_POINTS = 0.01


def explorations(rows: Sequence[Row], served: ServedModel, horizon: int) -> list[dict[str, Any]]:
    """Per group of entangled features the risk if they were as in the cohort, largest move first.

    Groups are set as a whole, since setting one of several entangled values makes a patient who
    cannot be. At most `MOST`; those that move the risk by less than a point are left out.
    """
    model = served.model
    current = latest_with_history(rows)
    own = np.array([number(current, name) for name in model.features], dtype=np.float64)
    names = list(dict.fromkeys(ALL_FEATURES[name].group for name in model.features))
    patients = np.vstack([own, *(_as_cohort(served, own, name) for name in names)])
    risks = model.risks(patients)[:, model.horizons.index(horizon)]
    moves = sorted(zip(names, risks[1:], strict=True), key=lambda move: -abs(move[1] - risks[0]))
    return [
        {"label": wording.GROUPS[name], "risk": float(risk)}
        for name, risk in moves[:MOST]
        if abs(risk - risks[0]) >= LEAST_POINTS
    ]


def _as_cohort(served: ServedModel, own: Any, group: str) -> Any:
    """The patient with one group's values at the mean of the training cohort."""
    centre = served.model.domain.centre
    here = np.array([ALL_FEATURES[name].group == group for name in served.model.features])
    return np.where(here & np.isfinite(centre), centre, own)
