"""Patients with and without the event side by side."""

import numpy as np
import pandas as pd

from training.evaluation.characteristics import by_outcome


def test_quartiles_of_each_group() -> None:
    """Known values of each group only; patients without a label and absent columns left out."""
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({"a": rng.normal(size=60), "b": rng.normal(size=60)})
    frame.loc[:9, "a"] = np.nan
    y = np.tile([1.0, 0.0, np.nan], 20)
    rows = by_outcome(frame, ("a", "c", "b"), y)
    assert [row["feature"] for row in rows] == ["a", "b"]
    for row in rows:
        for key, label in (("with_event", 1), ("without_event", 0)):
            own = frame[row["feature"]][y == label].dropna()
            found = row[key]
            assert found["known"] == len(own)
            expected = own.quantile([0.25, 0.5, 0.75]).to_numpy()
            np.testing.assert_allclose([found["low"], found["median"], found["high"]], expected)


def test_small_groups_show_their_number_only() -> None:
    """Four known values are not shown: quartiles would be the patients themselves."""
    frame = pd.DataFrame({"a": np.arange(10.0)})
    y = np.array([1.0] * 4 + [0.0] * 6)
    (row,) = by_outcome(frame, ("a",), y)
    assert row["with_event"] == {"known": 4, "median": None, "low": None, "high": None}
    assert row["without_event"]["median"] == 6.5
