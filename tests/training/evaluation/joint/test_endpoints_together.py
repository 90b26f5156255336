"""All endpoints of a joint fit stated together: sums, and each against counting."""

from collections.abc import Callable

import numpy as np
import pytest

from models.endpoints import ENDPOINTS
from tests.training.one_fit import QUICK
from training.cohort.cohort import cohort_of
from training.evaluation.folds import patient_fold_plan
from training.evaluation.joint.endpoints_together import endpoints_together
from training.evaluation.joint.fit import fit_joint, joint_data
from training.evaluation.joint.resampling import cross_validate_joint
from training.evaluation.joint.rows import joint_rows
from training.statistics.survival.incidence import cumulative_incidence


def test_events_add_up_and_no_patient_exceeds_one(cohort: Callable) -> None:
    """The sum of the events is the incidence of any; risks agree with it and stay below 1."""
    whole = cohort_of(*cohort(150, seed=1, beta=1.2))
    at_risk = whole.at_risk
    rows = joint_rows(
        whole, (28,), QUICK.horizons, features=QUICK.features, core_panel=QUICK.core_panel
    )
    data = joint_data(whole, rows, [ENDPOINTS["relapse"], ENDPOINTS["fatal_infection"]])
    plan = patient_fold_plan(at_risk.code, at_risk.site, 2, 5, 0)
    scores = cross_validate_joint(data, plan, fit_joint)
    stated = endpoints_together(whole, data, scores)
    assert stated["horizons"] == [90, 180, 365]
    assert [one["name"] for one in stated["events"]] == [
        "relapse",
        "fatal_infection",
        "other_death",
    ]
    for key in ("observed", "mean_risk"):
        total = np.sum([one[key] for one in stated["events"]], axis=0)
        np.testing.assert_allclose(stated["any_event"][key], total, atol=1e-9)
    assert stated["any_event"]["observed"][1] == pytest.approx(
        cumulative_incidence(at_risk.time, at_risk.code, [1, 2, 3]).at(180)[0]
    )
    difference = np.subtract(stated["any_event"]["observed"], stated["any_event"]["mean_risk"])
    assert np.abs(difference).max() < 0.06
    assert max(stated["largest_sum"]) <= 1.0
    assert stated["largest_sum"] == sorted(stated["largest_sum"])
    for endpoint, event in zip(stated["endpoints"], stated["events"], strict=False):
        assert endpoint["name"] == event["name"]
        np.testing.assert_allclose(endpoint["mean_risk"], event["mean_risk"], atol=1e-9)
