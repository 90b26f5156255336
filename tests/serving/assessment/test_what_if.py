"""What-if risks are the model's for the patient they describe."""

import numpy as np
import pytest

from features.measures.history import add_history
from features.schema import ALL_FEATURES
from serving.assessment import labels
from serving.assessment.what_if import LEAST_POINTS, what_if_risks
from tests.serving.fitted import fitted_models, two_samples

GROUP_OF = {label: group for group, label in labels.GROUPS.items()}


def far_from_the_cohort():
    """The test patient with S100A8/A9 far above the cohort."""
    rows = two_samples()
    rows[1] |= {"s100a8a9_leukocyte": 4.5, "s100a8a9_monocyte": 3.0}
    return rows


def test_each_what_if_risk_is_the_models_for_that_patient():
    """Setting a group to the training mean by hand and assessing gives the same risk."""
    served, rows = fitted_models()["relapse"], far_from_the_cohort()
    current, model = add_history(rows)[-1], served.model
    own = np.array([current[name] for name in model.features], dtype=float)
    found = what_if_risks(rows, served, 180)
    assert found[0]["label"] == labels.GROUPS["s100"]
    here = next(h.risk for h in model.assess(own).horizons if h.horizon == 180)
    for move in found:
        changed = own.copy()
        for i, name in enumerate(model.features):
            if ALL_FEATURES[name].group == GROUP_OF[move["label"]]:
                changed[i] = model.domain.centre[i]
        risk = next(h.risk for h in model.assess(changed).horizons if h.horizon == 180)
        assert move["risk"] == pytest.approx(risk, abs=1e-9)
        assert abs(move["risk"] - here) >= LEAST_POINTS


def test_the_largest_change_comes_first():
    """The largest move of the risk comes first."""
    served, rows = fitted_models()["relapse"], far_from_the_cohort()
    current = add_history(rows)[-1]
    own = np.array([[current[name] for name in served.model.features]], dtype=float)
    here = served.model.risks(own)[0, 1]
    moves = [abs(move["risk"] - here) for move in what_if_risks(rows, served, 180)]
    assert moves == sorted(moves, reverse=True)
