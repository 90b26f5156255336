"""The gate test's table by hand, its inputs, and one simulated cohort."""

import numpy as np

from benchmarks.gate_test import FEATURES, one_cohort, share, standardised, summary


def test_counts_and_shares_of_the_table() -> None:
    """Two of four cohorts tested, one of them found; null cohorts are added up over endpoints."""
    fit = {"found": 0.05, "no ridge": 0.06, "squares": 0.2, "smallest": 0.0005, "seconds": 0.02}
    miss = fit | {"found": 0.051}
    results = [
        {"preset": "null", "n": 60, "relapse": value, "fatal_infection": other}
        for value, other in ((fit, None), (miss, None), (None, miss), (None, miss))
    ]
    table = summary(results).set_index("endpoint")
    assert table["tested"].to_dict() == {"relapse": 2, "fatal_infection": 2, "both": 4}
    assert table.loc["relapse", "found, of all"] == share(1, 4) == "25.0% (0.6% to 80.6%)"
    assert table.loc["both", "of tested"] == share(1, 4)
    assert table.loc["relapse", "no ridge"] == "0.0%"


def test_missing_values_are_at_the_median_and_extremes_bounded() -> None:
    """SD 1, mean 0; a constant or never measured column is 0."""
    rng = np.random.default_rng(1)
    table = rng.normal(3, 5, (200, 3))
    table[0, 0], table[1, 0] = 1e6, np.nan
    table[:, 1], table[:, 2] = np.nan, 7.0
    x = standardised(table)
    assert abs(x[:, 0].mean()) < 1e-9
    assert abs(x[:, 0].std() - 1) < 1e-9
    assert x[0, 0] < 4
    assert x[1, 0] == np.median(np.delete(x[:, 0], 1))
    assert not x[:, 1:].any()


def test_a_large_simulated_cohort_is_found() -> None:
    """300 patients with planted effects: relapse below 0.05, in the same figures twice."""
    first, again = one_cohort("seed-optimistic", 300, 1), one_cohort("seed-optimistic", 300, 1)
    assert first["relapse"]["found"] == again["relapse"]["found"] <= 0.05
    assert len(FEATURES) == len(set(FEATURES)) > 10
