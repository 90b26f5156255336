"""The optimism table, by hand, and its inputs from one small cohort."""

import numpy as np
import pandas as pd

from benchmarks.optimism import reported, summary
from training.cross_validation import Design
from training.protocol import Protocol


def test_means_and_errors() -> None:
    """+0.1 and -0.1 are 0 with error 0.1; an endpoint without models has no cohort."""
    results = [
        {"n": 60, "relapse": {"as given": 0.1, "by patient": 0.2}},
        {"n": 60, "relapse": {"as given": -0.1, "by patient": 0.2}},
    ]
    table = summary(results).set_index("endpoint")
    assert table.loc["relapse", "folds as given (SE)"] == "+0.000 (0.100)"
    assert table.loc["relapse", "folds by patient (SE)"] == "+0.200 (0.000)"
    assert table.loc["fatal_infection", "cohorts"] == 0


def test_a_telling_feature_is_reported_as_such() -> None:
    """A panel column that tells the label gives an AUC near 1, noise one near 0.5."""
    rng = np.random.default_rng(0)
    protocol, y = Protocol(), np.arange(60) % 2.0
    X = pd.DataFrame(rng.normal(size=(60, len(protocol.features))), columns=protocol.features)
    code, time = y.astype(np.int64), np.where(y == 1, 50.0, 400.0)
    noise = Design(X, y, time, code, np.full(60, "", object), 180)
    told = X.assign(s100a8a9_leukocyte=X["s100a8a9_leukocyte"] + 6 * y)
    assert abs(reported(noise, "relapse") - 0.5) < 0.25
    signal = Design(told, y, time, code, np.full(60, "", object), 180)
    assert reported(signal, "relapse") > 0.95
