"""The table of the test's ridge by hand, and one simulated cohort."""

from benchmarks._shares import share
from benchmarks.gate_test import one_cohort, summary


def test_counts_and_shares_of_the_table() -> None:
    """Two of four cohorts tested, one of them small; exclusive endpoints are added up."""
    fit = {"p <= 0.05": 0.05, "no ridge": 0.06, "squares": 0.2, "seconds": 0.02}
    miss = fit | {"p <= 0.05": 0.051}
    results = [
        {"preset": "null", "n": 60, "relapse": value, "fatal_infection": other,
         "severe_infection": None}
        for value, other in ((fit, None), (miss, None), (None, miss), (None, miss))
    ]  # fmt: skip
    table = summary(results).set_index("endpoint")
    assert table["tested"].to_dict() == {
        "relapse": 2, "fatal_infection": 2, "severe_infection": 0, "both exclusive": 4
    }  # fmt: skip
    assert table.loc["relapse", "p <= 0.05, of all"] == share(1, 4)
    assert table.loc["both exclusive", "p <= 0.05, of tested"] == share(1, 4)
    assert table.loc["relapse", "no ridge, of tested"] == share(0, 2)


def test_a_large_simulated_cohort_is_found() -> None:
    """300 patients with planted effects: relapse at or below 0.05, in the same figures twice."""
    first, again = (one_cohort("seed-optimistic", 300, 1)["relapse"] for _ in range(2))
    assert first["p <= 0.05"] == again["p <= 0.05"] <= 0.05
    assert set(first) == {"p <= 0.05", "no ridge", "squares", "seconds"}
