"""The null table counts what the verdicts say."""

from benchmarks.null import summary


def fit(assessable: bool, state: str = "candidate", p: float | None = None) -> dict:
    """A verdict as `quick_verdict` gives it."""
    return {"assessable": assessable, "state": state, "p": p}


def test_promoted_among_assessable() -> None:
    """One of four assessable fits promoted is 25 %; those not assessable stand apart."""
    results = [
        {"n": 60, "relapse": fit(True, "champion", 0.01), "fatal_infection": fit(False)},
        {"n": 60, "relapse": fit(True, p=0.04), "fatal_infection": fit(True, p=0.5)},
        {"n": 60, "relapse": fit(True, p=0.6), "fatal_infection": fit(False, "no_model")},
    ]
    table = summary(results).set_index("endpoint")
    assert table.loc["both", ["fits", "assessable", "p <= 0.05", "promoted"]].tolist() == [
        6, 4, 2, 1
    ]  # fmt: skip
    assert table.loc["both", "share (95 % exact)"].startswith("25.0% (0.6% to 80.6%)")
    assert table.loc["fatal_infection", "not assessable"] == "67%"


def test_nothing_assessable_has_no_share() -> None:
    """A share of nothing is a dash."""
    results = [{"n": 7, "relapse": fit(False), "fatal_infection": fit(False)}]
    assert summary(results)["share (95 % exact)"].tolist() == ["-"] * 3
