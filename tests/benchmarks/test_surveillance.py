"""The surveillance benchmark's tables hold what its cohorts gave."""

from typing import Any

import pytest

from benchmarks.surveillance import VISITS, gain_sentence, one_cohort, serial_cohort, summary


@pytest.fixture(scope="module")
def results() -> list[dict[str, Any]]:
    """One small cohort."""
    return [one_cohort("seed-optimistic", 100, 1)]


def test_a_cohort_has_measures_or_a_refusal(results: list[dict[str, Any]]) -> None:
    """Relapse has numbers and a verdict."""
    found = results[0]["relapse"]
    assert found["state"] in ("shown", "not shown", "not estimable")
    assert 0.4 < found["auc"]["super_model"]["all"] <= 1.0
    assert 0.0 <= found["warned"]["super_model"]["false_alarms"] <= 0.3


def test_the_tables_are_means_over_cohorts(results: list[dict[str, Any]]) -> None:
    """Two equal cohorts give one cohort's numbers, rounded; a refused one is left out."""
    twice = [*results, *results, {"preset": "seed-optimistic", "relapse": None}]
    table = summary(twice, "seed-optimistic", "relapse").set_index("score")
    own = results[0]["relapse"]
    assert table.loc["Super-model", "all"] == round(own["auc"]["super_model"]["all"], 3)
    assert "2 cohorts" in gain_sentence(twice, "seed-optimistic", "relapse")


def test_cohorts_have_monthly_visits() -> None:
    """Samples reach the last visit."""
    samples = serial_cohort("null", 30, 2).samples
    assert VISITS[-1] - 4 <= samples.frame["day"].max() <= VISITS[-1]
