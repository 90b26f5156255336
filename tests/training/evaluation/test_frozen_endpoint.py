"""A frozen endpoint describes the patients at risk of it, and its manifest the fit."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pandas as pd

from features.arrays import Floats, Ints
from models.endpoints import ENDPOINTS
from tests.training.one_fit import QUICK
from training.cohort.cohort import cohort_of
from training.evaluation.fit_cohort import fit_cohort


def incidence(time: Floats, code: Ints, causes: tuple[int, ...], horizon: float) -> float:
    """Aalen-Johansen estimate at the horizon, day by day."""
    free, total = 1.0, 0.0
    for day in sorted({t for t in time if t <= horizon}):
        at_risk, now = np.sum(time >= day), code[time == day]
        total += free * np.isin(now, causes).sum() / at_risk
        free *= 1 - np.sum(now > 0) / at_risk
    return total


def test_population_and_facts_are_of_the_patients_at_risk_of_the_endpoint(
    cohort: Callable,
) -> None:
    """Earlier onsets are excluded: prevalence, counted day by day, risks and counts of the rest."""
    severe = replace(ENDPOINTS["severe_infection"], excludes_earlier=True)
    table, outcomes = cohort(90, seed=1, beta=1.0)
    early, late = table["patient_id"][::7], table["patient_id"][1::3]
    infections = pd.concat(
        pd.DataFrame({"patient_id": who, "day": day, "grade": 3, "organism": ""})
        for who, day in ((early, 10.0), (late, 70.0))
    )
    whole = cohort_of(table, outcomes, infections=infections)
    protocol = replace(QUICK, endpoints=(severe,), later_landmarks=())
    (fitted,) = fit_cohort(whole, protocol, [severe.name])
    assert fitted.model is not None
    at_risk = whole.at_risk_of(severe)
    assert at_risk.n < whole.at_risk.n
    expected = [
        incidence(at_risk.time, at_risk.code, severe.event_codes, horizon)
        for horizon in fitted.model.horizons
    ]
    np.testing.assert_allclose(fitted.model.cohort.prevalence, expected)
    assert fitted.model.cohort.training_risks.shape == (len(fitted.model.horizons), at_risk.n)
    training = fitted.model.manifest["training"]
    assert training["at_risk"] == at_risk.n
    assert training["infections_sha256"] == whole.infections_digest
    assert fitted.model.manifest["declaration"]["excludes_earlier"] is True
