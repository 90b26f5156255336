"""The tables of power and accuracy, by hand, and one small cohort."""

from typing import Any

import pytest

from benchmarks import power
from benchmarks._shares import share
from benchmarks.power import accuracy, promotions


def fit(states: list[str], p: float, gain: float) -> dict[str, Any]:
    """A judged fit with its accuracy on new patients."""
    return {"events": 9, "assessable": True, "p": p, "states": states, "brier_gain": gain,
            "new": {"brier": 0.2, "auc": 0.7}}  # fmt: skip


NO_MODEL: dict[str, Any] = {"events": 2, "assessable": False, "p": None}
NONE = {"fatal_infection": NO_MODEL, "severe_infection": NO_MODEL}
RESULTS = [
    {"n": 120, "relapse": fit(["champion", "candidate"], 0.03, 0.5), **NONE},
    {"n": 120, "relapse": fit(["candidate", "candidate"], 0.04, 0.7), **NONE},
]


def test_promotions_are_shares_of_all_cohorts() -> None:
    """One of two at 0.05, none at 0.025; one with a small p fails as clearly bad."""
    table = promotions(RESULTS).set_index("endpoint")
    row = table.loc["relapse"]
    assert row["promoted, one look"] == share(1, 2)
    assert row["undeclared"] == share(0, 2)
    assert (row["p <= 0.05"], row["clearly bad"], row["goal"], row["before"]) == (
        2, 1, ">= 80 %", "44 %"
    )  # fmt: skip
    other = table.loc["fatal_infection"]
    assert (other["assessable"], other["promoted, one look"]) == (0, share(0, 2))


def test_accuracy_is_a_mean_with_its_error() -> None:
    """50 and 70 % of the oracle's gain are 60 with error 10."""
    table = accuracy(RESULTS).set_index("endpoint")
    assert table.loc["relapse", "Brier gain, %"] == "60.0 (10.0)"
    assert table.loc["fatal_infection", "models"] == 0


def test_one_cohort_has_verdicts_and_new_patients(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every endpoint with 5 events has a verdict and scores on new patients."""
    monkeypatch.setattr("benchmarks._new_patients.NEW", 300)
    power.new_patients.cache_clear()
    result = power.one_cohort(60, 4)
    power.new_patients.cache_clear()
    assert result["relapse"]["assessable"]
    assert set(result["relapse"]["new"]) == {"auc", "brier", "oe", "slope"}
    assert result["relapse"]["brier_gain"] < 1.5
