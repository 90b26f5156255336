"""Accuracy by the day of the visit, by hand and on one small cohort."""

import numpy as np
import pandas as pd
import pytest

from benchmarks import visits
from benchmarks.visits import DAYS, WAYS, accuracy, summary
from training.evaluation.design import Design


def test_accuracy_is_a_share_of_the_prevalences() -> None:
    """Risks 0.3 off are 0.09 of the prevalence's 0.25; two events at a mean of 0.5 are expected."""
    y = np.array([1.0, 1.0, 0.0, 0.0])
    design = Design(pd.DataFrame({"x": y}), y, np.where(y == 1, 50.0, 400.0), y.astype(np.int64),
                    np.full(4, "", object), 180)  # fmt: skip
    share, oe = accuracy(np.abs(y - 0.3), design)
    assert share == pytest.approx(0.36)
    assert oe == pytest.approx(1.0)


def test_a_row_for_each_day() -> None:
    """Means over cohorts with their error."""
    fits = [{f"{way}, {day}": (0.9 + shift, 1.0) for way in WAYS for day in DAYS}
            for shift in (0.0, 0.02)]  # fmt: skip
    table = summary([{"n": 120, "relapse": fit} for fit in fits])
    assert table["day"].tolist() == list(DAYS)
    assert set(table["Brier by day"]) == {"0.910 (0.010)"}


def test_the_landmark_is_read_the_same_both_ways(monkeypatch: pytest.MonkeyPatch) -> None:
    """At day 28 both ways agree; at day 90 they do not."""
    monkeypatch.setattr(visits, "NEW", 200)
    for cached in (visits.new_visits, visits._new_cohort):
        cached.cache_clear()
    one = visits.one_cohort(80, 3)["relapse"]
    for cached in (visits.new_visits, visits._new_cohort):
        cached.cache_clear()
    assert one["by day, 28"] == one["as day 28, 28"]
    assert one["by day, 90"] != one["as day 28, 90"]
