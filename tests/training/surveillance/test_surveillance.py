"""Surveillance of both endpoints: planted effects are found, false alarms keep their rate."""

import pytest

from training.surveillance.scores import SUPER_MODEL, reference_score
from training.surveillance.surveillance import SurveillanceResult

Results = dict[str, SurveillanceResult]


def test_planted_drift_is_found(results: Results) -> None:
    """With strong effects the super-model's AUC lies above a coin's, intervals included."""
    one = results["relapse"]
    table = one.by_landmark.set_index(["score", "landmark"])
    assert table.loc[(SUPER_MODEL, "all"), "auc_low"] > 0.55
    assert one.gain.value == pytest.approx(
        table.loc[(SUPER_MODEL, "all"), "auc"]
        - table.loc[(reference_score("relapse"), "all"), "auc"],
        abs=0.02,  # the gain is on visits that have both
    )


def test_false_alarms_keep_their_rate(results: Results) -> None:
    """About 10 % of patients, about 5 of 100 visits; within what 100 patients allow."""
    for one in results.values():
        for row in one.lead_time.to_dict("records"):
            if row["rate_held_per"] == "patient":
                assert row["false_alarms"] < 0.22
            else:
                assert row["false_alarms_per_100_visits"] < 10
