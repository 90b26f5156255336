"""The null table counts what the verdicts say; count files go the whole way."""

from typing import Any

from benchmarks._fits import fit_case
from benchmarks._shares import share
from benchmarks.null import cohort_of_count_files, summary

NO_MODEL: dict[str, Any] = {"events": 2, "assessable": False, "p": None}


def fit(state: str, p: float) -> dict[str, Any]:
    """A judged fit."""
    return {"events": 9, "assessable": True, "p": p, "states": [state, "candidate"]}


def test_promoted_among_assessable() -> None:
    """One of three assessable exclusive fits is promoted; severe infection stands apart."""
    results = [
        {"n": 60, "relapse": fit("champion", 0.01), "fatal_infection": NO_MODEL,
         "severe_infection": fit("champion", 0.02)},
        {"n": 60, "relapse": fit("candidate", 0.04), "fatal_infection": fit("candidate", 0.5),
         "severe_infection": NO_MODEL},
    ]  # fmt: skip
    table = summary(results).set_index("endpoint")
    both = table.loc["relapse and fatal"]
    assert both[["fits", "assessable", "promoted"]].tolist() == [4, 3, 1]
    assert both["share promoted"] == share(1, 3)
    assert both["p <= 0.05"] == share(2, 3)
    assert table.loc["severe_infection", "share promoted"] == share(1, 1)


def test_nothing_assessable_has_no_share() -> None:
    """A share of nothing is a dash."""
    results = [dict.fromkeys(("relapse", "fatal_infection", "severe_infection"), NO_MODEL)]
    assert set(summary([{"n": 7, **results[0]}])["share promoted"]) == {"-"}


def test_count_files_become_a_cohort() -> None:
    """12 patients written, featurised by the command and read: most have a usable sample."""
    cohort = cohort_of_count_files(12, 5)
    assert cohort.provenance == "synthetic"
    assert len(cohort.outcomes.frame) == 12
    assert len(cohort.samples.frame) + len(cohort.samples.refused) >= 20
    assert fit_case(cohort).endpoints == ()  # too few events for any model
