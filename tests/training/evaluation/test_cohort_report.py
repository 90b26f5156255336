"""What is said of the cohort before any model."""

import numpy as np
import pandas as pd
from scipy.stats import binomtest

from training.cohort.at_risk import AtRisk
from training.cohort.cohort import Cohort
from training.cohort.labels import label
from training.cohort.outcomes import check_outcomes
from training.cohort.samples import Samples
from training.evaluation.cohort_report import (
    counts,
    incidence_by_third,
    missingness,
    refused_by_outcome,
    sample_size,
)
from training.statistics.proportions import clopper_pearson
from training.statistics.sample_size import required_sample_size


def a_cohort(time: list[float], code: list[int]) -> AtRisk:
    """Patients at risk with these times and events."""
    n = len(time)
    ids = np.array([f"p{i}" for i in range(n)], dtype=object)
    empty = np.full(n, "", dtype=object)
    return AtRisk(28, "ignored", ids, np.arange(n), np.array(time), np.array(code), empty, (), ())


def test_exact_interval_equals_scipy() -> None:
    """Clopper-Pearson, at the ends too."""
    for events, n in ((0, 7), (2, 7), (7, 7), (13, 60)):
        expected = binomtest(events, n).proportion_ci(method="exact")
        np.testing.assert_allclose(clopper_pearson(events, n), expected, atol=1e-9)


def test_counts_by_hand() -> None:
    """One event, one competing, one censored inside, two beyond."""
    got = counts(label(a_cohort([10, 20, 30, 200, 300], [1, 2, 0, 1, 0]), "relapse", 180))
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
    """A refused sample of a patient who died of infection appears in that row."""
    base = {"relapse_day": "", "death_day": "", "death_cause": "", "transplant_day": "",
            "response_day28": "CR", "followup_day": "300"}  # fmt: skip
    dead = base | {"death_day": "60", "death_cause": "infection"}
    late = base | {"relapse_day": "290"}
    gone = base | {"relapse_day": "20"}
    rows = [base, dead, dead, late, gone]
    outcomes = check_outcomes(
        pd.DataFrame([{"patient_id": f"p{i}", **row} for i, row in enumerate(rows)])
    )
    frame = pd.DataFrame({"patient_id": ["p0", "p1", "p4"], "day": [20, 20, 10]})
    refused = pd.DataFrame({"sample_id": ["x", "y"], "patient_id": ["p2", "p3"],
                            "day": [20, 3], "reason": "few"})  # fmt: skip
    samples = Samples(frame, refused, "real", "d", "1")
    table = refused_by_outcome(Cohort(samples, outcomes), 180)
    assert table == [
        {"outcome": "event_free", "used": 1, "refused": 0, "no_sample": 1},
        {"outcome": "fatal_infection", "used": 1, "refused": 1, "no_sample": 0},
    ]


def test_sample_size_counts_indicators() -> None:
    """Two features, one with gaps: three parameters; features nobody uses do not count."""
    X = pd.DataFrame({"a": [np.nan, 1.0], "b": [0.0, 1.0], "unused": [np.nan, np.nan]})
    got = sample_size(X, ("a", "b"), 0.3, 0.7)
    assert (got["parameters"], got["missing_indicators"]) == (3, 1)
    assert got["required"]["patients"] == required_sample_size(3, 0.3, 0.7).patients == 323


def test_thirds_are_ordered_by_risk() -> None:
    """If risk is right, the high third has the most events."""
    labelled = label(a_cohort([200.0] * 6 + [10.0] * 3, [0] * 6 + [1] * 3), "relapse", 180)
    low, middle, high = incidence_by_third(np.arange(9.0), labelled)
    assert (low["at_horizon"]["value"], middle["at_horizon"]["value"]) == (0.0, 0.0)
    assert (high["third"], high["n"], high["at_horizon"]["value"]) == ("high", 3, 1.0)
