"""Tables of surveillance agree with each other and leave nothing out."""

import numpy as np
import pytest

from training.statistics.lead_time import lead_times
from training.surveillance.result_tables import label_of
from training.surveillance.scores import SUPER_MODEL
from training.surveillance.surveillance import SurveillanceResult

Results = dict[str, SurveillanceResult]


def test_every_score_has_every_landmark_and_both_rates(results: Results) -> None:
    """No cell of the tables is left out, and undefined ones are empty."""
    for one in results.values():
        names = set(one.scored.scores)
        assert set(one.lead_time["score"]) == names
        assert set(one.by_landmark["score"]) == names
        shown = one.by_landmark.groupby("score")["landmark"].agg(list)
        assert all(days == [*map(str, one.stack.landmarks), "all"] for days in shown)
        few = one.by_landmark[["events", "controls"]].min(axis=1) < 5
        single = one.by_landmark["landmark"] != "all"
        assert one.by_landmark.loc[few & single, "auc"].isna().all()


def test_warnings_of_the_visits_are_the_lead_times(results: Results) -> None:
    """First alarms in the table of visits give the median lead time that is reported."""
    one = results["relapse"]
    s = one.stack
    first = one.visits[one.visits["risk_alarm"]].groupby("patient_id")["day"].min()
    alarm = np.array([first.get(p, np.nan) for p in s.patients])
    lead = lead_times(s.watched_event_day, alarm)
    table = one.lead_time[one.lead_time["rate_held_per"] == "patient"].set_index("score")
    assert np.nanmedian(lead) == table.loc[SUPER_MODEL, "median_lead_days"]
    has = ~np.isnan(s.watched_event_day)
    share = np.mean(~np.isnan(lead[has]))
    assert share == pytest.approx(table.loc[SUPER_MODEL, "share_warned"])
    shortly = table.loc[SUPER_MODEL, "alarmed_within_90_days"]
    assert 0 <= shortly <= table.loc[SUPER_MODEL, "share_warned"] + 1e-12


def test_scores_have_labels() -> None:
    """Every score is named as a clinician would."""
    assert label_of(SUPER_MODEL) == "Super-model"
    assert label_of("s100a8a9_leukocyte_change") == "S100A8/A9, all leukocytes: change"
