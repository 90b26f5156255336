"""The power table's shares and optimism, by hand."""

import pandas as pd

from benchmarks.power import summary

BEST = pd.DataFrame(
    {
        "endpoint": ["relapse", "fatal_infection"],
        "risk": "oracle",
        "auc": [0.75, 0.8],
        "brier": [0.2, 0.1],
    }
)


def fit(state: str, new: float, reported: float) -> dict:
    """A fit with its AUC on new patients and the one it reported."""
    metrics = {"auc": {"value": reported}}
    return {"state": state, "assessable": True, "metrics": metrics,
            "new": {"auc": new, "brier": 0.22}}  # fmt: skip


def test_shares_and_optimism() -> None:
    """AUC 0.70 of at best 0.75 is 93.3 %, 80 % of what lies over 0.5; optimism is +0.01."""
    none = {"state": "no_model", "assessable": False, "metrics": None}
    results = [
        {"n": 60, "relapse": fit("champion", 0.72, 0.75), "fatal_infection": none},
        {"n": 60, "relapse": fit("candidate", 0.68, 0.67), "fatal_infection": none},
    ]
    row = summary(results, BEST).set_index("endpoint").loc["relapse"]
    assert row[["power", "AUC", "share", "share over 0.5"]].tolist() == [
        "50%", "0.700", "93.3%", "80%"
    ]  # fmt: skip
    assert row["optimism (SE)"] == "+0.010 (0.020)"
    other = summary(results, BEST).set_index("endpoint").loc["fatal_infection"]
    assert (other["models"], other["power"]) == (0, "0%")
