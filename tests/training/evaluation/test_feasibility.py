"""Risk by transplant rule and required sample size."""

import numpy as np
import pandas as pd

from models.endpoints import ENDPOINTS
from tests.training.evaluation.at_risk_by_hand import at_risk_of
from training.cohort.cohort import cohort_of
from training.cohort.labels import label
from training.cohort.outcomes import check_outcomes
from training.evaluation.feasibility import refusal, risk_by_rule, sample_size
from training.statistics.sizes.sample_size import required_sample_size

RELAPSE = ENDPOINTS["relapse"]


def test_rules_give_the_risks_they_name() -> None:
    """Relapse rate 1/200 a day, transplant 1/200, and no relapse after it: known answers.

    Ignored and competing see relapse before transplant only, (1 - exp(-180/100)) / 2; had nobody
    been transplanted it would be 1 - exp(-180/200).
    """
    rng = np.random.default_rng(0)
    n = 4000
    relapse, graft = 29 + rng.exponential(200, n), 29 + rng.exponential(200, n)
    first = relapse < graft
    text = lambda days, given: np.where(given, days.astype(int).astype(str), "")  # noqa: E731
    raw = pd.DataFrame(
        {
            "patient_id": [f"p{i}" for i in range(n)],
            "followup_day": np.where(first, relapse, 3000).astype(int).astype(str),
            "relapse_day": text(relapse, first),
            "death_day": "",
            "death_cause": "",
            "transplant_day": text(graft, ~first & (graft < 3000)),
            "response_day28": "CR",
        }
    )
    table = pd.DataFrame({"patient_id": raw["patient_id"], "day": 25, "x": rng.normal(size=n)})
    rows = risk_by_rule(cohort_of(table, check_outcomes(raw)), RELAPSE, 180, ("x",))
    risk = {str(row["rule"]): row["risk"] for row in rows}
    before = (1 - np.exp(-1.8)) / 2
    assert abs(risk["ignored"] - before) < 0.02
    assert abs(risk["competing"] - before) < 0.02
    assert abs(risk["censoring"] - (1 - np.exp(-0.9))) < 0.025
    assert [row["question"] for row in rows][1] == "risk of the event before any transplant"


def test_without_labels_there_is_no_risk() -> None:
    """Everyone lost inside the window: None, not a number."""
    raw = pd.DataFrame({"patient_id": ["a"], "followup_day": "40", "relapse_day": "",
                        "death_day": "", "death_cause": "", "transplant_day": "",
                        "response_day28": "CR"})  # fmt: skip
    table = pd.DataFrame({"patient_id": ["a"], "day": 25, "x": 0.0})
    rows = risk_by_rule(cohort_of(table, check_outcomes(raw)), RELAPSE, 180, ("x",))
    assert [row["risk"] for row in rows] == [None] * 3


def test_sample_size_counts_every_feature() -> None:
    """Three features are three effects, gaps or not: missing ones get no indicator."""
    X = pd.DataFrame({"a": [np.nan, 1.0], "b": [0.0, 1.0], "c": [np.nan, 2.0]})
    got = sample_size(X, 0.3, 0.7)
    assert (got["parameters"], got["patients"]) == (3, 2)
    assert got["required"]["patients"] == required_sample_size(3, 0.3, 0.7).patients == 323


def test_refusals_name_their_numbers() -> None:
    """Too few followed to the end, too few events, too few without: each counted; else None."""

    def at_180(n_events: int, n_free: int, n_late: int = 0) -> str | None:
        time = [50.0] * n_events + [400.0] * n_free + [170.0] * n_late
        code = [1] * n_events + [0] * n_free + [2] * n_late
        return refusal(label(at_risk_of(time, code), RELAPSE, 180))

    assert at_180(5, 10) is None
    assert at_180(5, 9) == "9 patients at risk at its end; at least 10 are needed"
    assert at_180(4, 20) == "4 events and 20 non-events; at least 5 of each are needed"
    assert at_180(20, 10, 3) is None
