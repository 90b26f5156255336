"""Patients with a refused sample beside the others, against lifelines."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from lifelines import AalenJohansenFitter

from models.endpoints import ENDPOINTS
from tests.training.patients_by_hand import alive, outcomes_of
from training.cohort.cohort import Cohort
from training.cohort.samples import REFUSED_COLUMNS, Samples
from training.evaluation.sensitivity.refused_samples import refused_samples

RELAPSE = ENDPOINTS["relapse"]


def a_cohort(n_refused: int) -> Cohort:
    """10 used patients of whom 2 relapse; of the refused, every other one relapses."""
    used = [(f"u{i}", 400, 60 + i if i < 2 else None, None, None, None, "CR") for i in range(10)]
    refused = [
        (f"r{i}", 400, 90 + i, None, None, None, "CR") if i % 2 else alive(f"r{i}", 150 + 30 * i)
        for i in range(n_refused)
    ]
    frame = pd.DataFrame({"patient_id": [row[0] for row in used], "day": 25})
    lost = pd.DataFrame(
        [(f"s{row[0]}", row[0], 26, "few cells") for row in refused], columns=list(REFUSED_COLUMNS)
    )
    return Cohort(Samples(frame, lost, "real", "", "3"), outcomes_of(*used, *refused))


def test_incidence_and_ratio_are_those_of_lifelines() -> None:
    """Eight refused patients, some followed too short a time."""
    cohort = a_cohort(8)
    section = refused_samples(cohort, cohort.at_risk, RELAPSE, 180, 0.25)
    assert section["used"]["n"] == 10 and section["used"]["events"] == 2
    np.testing.assert_allclose(section["used"]["incidence"]["value"], 0.2)
    time = [90 + i - 28 if i % 2 else 150 + 30 * i - 28 for i in range(8)]
    fitter = AalenJohansenFitter(seed=0).fit(time, [i % 2 for i in range(8)], 1)
    expected = fitter.cumulative_density_.loc[:180].iloc[-1, 0]
    got = section["refused"]
    assert (got["n"], got["events"]) == (8, 4)
    assert got["incidence"]["value"] == pytest.approx(expected)
    assert got["incidence"]["low"] < expected < got["incidence"]["high"]
    assert section["observed_over_expected"]["value"] == pytest.approx(expected / 0.25)


def test_an_earlier_onset_excludes_refused_patients_too() -> None:
    """As with used patients: whoever had one by the landmark is not at risk."""
    infections = pd.DataFrame(
        {"patient_id": ["r0", "r1", "r2"], "day": [10.0, 20.0, 90.0], "grade": [3, 3, 4],
         "organism": None}
    )  # fmt: skip
    cohort = replace(a_cohort(8), infections=infections)
    severe = ENDPOINTS["severe_infection"]
    for endpoint, n in ((severe, 8), (replace(severe, excludes_earlier=True), 6)):
        section = refused_samples(cohort, cohort.at_risk_of(endpoint), endpoint, 180, 0.25)
        assert (section["refused"]["n"], section["refused"]["events"]) == (n, 1)


def test_few_refused_patients_are_counted_only() -> None:
    """Four say nothing, and the reason names the number."""
    cohort = a_cohort(4)
    section = refused_samples(cohort, cohort.at_risk, RELAPSE, 180, 0.25)
    assert section["refused"] == {"n": 4, "events": 2, "incidence": None}
    assert section["risk"] is None and section["observed_over_expected"] is None
    assert section["reason"].startswith("4 patients were refused")
