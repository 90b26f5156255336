"""The cohort report before any model."""

from dataclasses import replace

import numpy as np
import pandas as pd
from scipy.stats import binomtest

from features.schema import CORE
from models.endpoints import ENDPOINTS
from tests.training.cohort.cohort_by_hand import infections_of, outcomes_of, samples_of
from tests.training.evaluation.at_risk_by_hand import at_risk_of
from training.cohort.cohort import Cohort, cohort_of
from training.cohort.infections import infections_digest
from training.cohort.labels import label
from training.cohort.outcomes import check_outcomes
from training.cohort.protocol import Protocol
from training.cohort.samples import Samples
from training.evaluation.cohort_report import (
    characteristics,
    cohort_sections,
    counts,
    missingness,
    refused_by_outcome,
)
from training.evaluation.evaluation_data import EvaluationData
from training.statistics.significance.proportions import clopper_pearson


def test_exact_interval_equals_scipy() -> None:
    """Clopper-Pearson, at the ends too."""
    for events, n in ((0, 7), (2, 7), (7, 7), (13, 60)):
        expected = binomtest(events, n).proportion_ci(method="exact")
        np.testing.assert_allclose(clopper_pearson(events, n), expected, atol=1e-9)


def test_counts_by_hand() -> None:
    """One event, one competing, one censored inside, one on the last day, one beyond."""
    got = counts(label(at_risk_of([10, 20, 30, 200, 180], [1, 2, 0, 1, 0]), "relapse", 180))
    assert got["known"] == 4
    assert (got["events"], got["non_events"], got["competing_events"]) == (1, 3, 1)
    assert (got["censored_in_window"], got["at_risk_at_end"]) == (1, 2)
    assert got["prevalence"]["value"] == 0.25
    np.testing.assert_allclose(got["incidence"]["value"], 0.2)


def test_missingness_by_outcome() -> None:
    """Shares overall, with and without the event; None where a group is empty."""
    X = pd.DataFrame({"a": [np.nan, 1.0, 1.0, np.nan], "b": [1.0, 1.0, 1.0, 1.0]})
    rows = missingness(X, np.array([1.0, 0.0, 0.0, np.nan]))
    assert rows[0] == {
        "feature": "a", "missing": 0.5, "missing_with_event": 1.0, "missing_without_event": 0.0,
    }  # fmt: skip
    assert missingness(X, np.zeros(4))[1]["missing_with_event"] is None


def test_refusals_are_counted_by_what_happened() -> None:
    """A refused sample of a patient who died of infection appears in that row.

    Follow-up that ends on the horizon's last day is event-free; a day earlier it is not known.
    """
    base = {"relapse_day": "", "death_day": "", "death_cause": "", "transplant_day": "",
            "response_day28": "CR", "followup_day": "208"}  # fmt: skip
    dead = base | {"death_day": "60", "death_cause": "infection"}
    late = base | {"relapse_day": "290", "followup_day": "300"}
    lost = base | {"followup_day": "207"}
    gone = base | {"relapse_day": "28"}
    rows = [base, dead, dead, late, gone, lost]
    outcomes = check_outcomes(
        pd.DataFrame([{"patient_id": f"p{i}", **row} for i, row in enumerate(rows)])
    )
    frame = pd.DataFrame({"patient_id": ["p0", "p1", "p4"], "day": [20, 20, 10]})
    refused = pd.DataFrame({"sample_id": ["x", "y"], "patient_id": ["p2", "p3"],
                            "day": [20, 3], "reason": "few"})  # fmt: skip
    samples = Samples(frame, refused, "real", "d", "1")
    cohort = Cohort(samples, outcomes)
    table = refused_by_outcome(cohort, cohort.at_risk, 180)
    assert table == [
        {"outcome": "censored_in_window", "used": 0, "refused": 0, "no_sample": 1},
        {"outcome": "event_free", "used": 1, "refused": 0, "no_sample": 1},
        {"outcome": "fatal_infection", "used": 1, "refused": 1, "no_sample": 0},
    ]


def test_patients_whom_an_endpoint_excludes_are_not_counted() -> None:
    """An earlier infection is no missing sample: the patient is in no row."""
    outcomes, samples = outcomes_of(a={}, b={}, c={}), samples_of(("a", 20), ("b", 20))
    cohort = Cohort(samples, outcomes, infections=infections_of(("a", 3, 3, "")))
    severe = ENDPOINTS["severe_infection"]
    for endpoint, n_used in ((severe, 2), (replace(severe, excludes_earlier=True), 1)):
        (row,) = refused_by_outcome(cohort, cohort.at_risk_of(endpoint), 180)
        assert row == {"outcome": "event_free", "used": n_used, "refused": 0, "no_sample": 1}


def test_sections_name_tables_and_earlier_onsets(cohort) -> None:
    """Digests of all tables; patients with an earlier infection for an onset, None otherwise."""
    table, outcomes = cohort(30)
    infections = infections_of(("P000", 20, 3, ""), ("P000", 21, 3, ""), ("P001", 29, 4, ""))
    patients = cohort_of(table, outcomes, None, infections)
    protocol = replace(Protocol(), features=CORE)
    counted = {}
    for name, endpoint in ENDPOINTS.items():
        labels = label(patients.at_risk_of(endpoint), endpoint, 180)
        sections = cohort_sections(EvaluationData(patients, protocol, labels, CORE))
        assert sections["infections_sha256"] == infections_digest(infections)
        assert sections["outcomes_sha256"] == outcomes.digest
        counted[name] = sections["earlier_onsets"]
    assert counted == {"relapse": None, "fatal_infection": None, "severe_infection": 1}


def test_quartiles_of_each_group() -> None:
    """Known values of each group only; patients without a label and absent columns left out."""
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({"a": rng.normal(size=60), "b": rng.normal(size=60)})
    frame.loc[:9, "a"] = np.nan
    y = np.tile([1.0, 0.0, np.nan], 20)
    rows = characteristics(frame, ("a", "c", "b"), y)
    assert [row["feature"] for row in rows] == ["a", "b"]
    for row in rows:
        for key, value in (("with_event", 1), ("without_event", 0)):
            group = frame[row["feature"]][y == value].dropna()
            numbers = row[key]
            assert numbers["known"] == len(group)
            expected = group.quantile([0.25, 0.5, 0.75]).to_numpy()
            quartiles = [numbers["low"], numbers["median"], numbers["high"]]
            np.testing.assert_allclose(quartiles, expected)


def test_small_groups_show_their_number_only() -> None:
    """Four known values are not shown: quartiles would be the patients themselves."""
    frame = pd.DataFrame({"a": np.arange(10.0)})
    y = np.array([1.0] * 4 + [0.0] * 6)
    (row,) = characteristics(frame, ("a",), y)
    assert row["with_event"] == {"known": 4, "median": None, "low": None, "high": None}
    assert row["without_event"]["median"] == 6.5
