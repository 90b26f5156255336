"""Looks are counted over a growing cohort, and the table over its looks."""

from benchmarks._cohorts import synthetic_cohort
from benchmarks._fits import fit_case
from benchmarks._shares import share
from benchmarks.looks import DECLARATIONS, counted_looks, one_cohort, summary
from models.endpoints import ENDPOINTS


def test_levels_fall_with_every_look() -> None:
    """Undeclared 0.025 and 0.05/6; the one declared look leaves nothing for the second."""
    history = {declared: [] for declared in DECLARATIONS}
    levels = []
    for n in (30, 60):
        case = fit_case(synthetic_cohort("null", n, 2))
        looks = counted_looks(str(n), history)(case.labels(ENDPOINTS["relapse"]))
        levels.append([round(look.alpha, 5) for look in looks])
    assert levels == [[0.025, 0.05], [0.00833, 0.0]]


def test_any_look_counts_once_a_cohort() -> None:
    """p 0.06, 0.02 is below 0.05/2; 0.04 at the second look is below 0.05 only."""
    of_first = {"p": [0.06, 0.02], "champion": [True, False]}
    of_second = {"p": [0.2, 0.04], "champion": [False, False]}
    results = [dict.fromkeys(ENDPOINTS, of_first), dict.fromkeys(ENDPOINTS, of_second)]
    row = summary(results).set_index("endpoint").loc["relapse"]
    assert row["undeclared"] == share(1, 2)
    assert row["one look declared"] == share(0, 2)
    assert row["any p <= 0.05/k"] == share(1, 2)
    assert row["any p <= 0.05"] == share(2, 2)


def test_one_growing_cohort() -> None:
    """A p for every look at which an endpoint has a model."""
    one = one_cohort(2, 30, 60)
    assert 1 <= len(one["relapse"]["p"]) <= 2
    assert all(0 < p <= 1 for p in one["relapse"]["p"])
