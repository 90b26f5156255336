"""The optimism table, by hand, and its inputs from one small cohort."""

import numpy as np
import pandas as pd

from benchmarks.optimism import KINDS, auc_at_unseen_site, part_of, reported, summary
from training.cohort.protocol import Protocol
from training.evaluation.design import Design


def test_means_and_errors() -> None:
    """+0.1 and -0.1 are 0 with error 0.1; an endpoint without models has no cohort.

    A cohort whose folds were not by site says nothing of new hospitals.
    """
    results = [
        {"n": 60, "relapse": dict(zip(KINDS, (0.1, 0.2, np.nan), strict=True))},
        {"n": 60, "relapse": dict(zip(KINDS, (-0.1, 0.2, 0.3), strict=True))},
    ]
    table = summary(results).set_index("endpoint")
    assert table.loc["relapse", "folds as given (SE)"] == "+0.000 (0.100)"
    assert table.loc["relapse", "by patient (SE)"] == "+0.200 (0.000)"
    assert table.loc["relapse", "by site, at a new hospital (SE)"] == "+0.300 (nan)"
    assert table.loc["fatal_infection", "cohorts"] == 0


def test_a_telling_feature_is_reported_as_such() -> None:
    """A panel column that tells the label gives an AUC near 1, noise one near 0.5."""
    rng = np.random.default_rng(0)
    protocol, y = Protocol(), np.arange(60) % 2.0
    X = pd.DataFrame(rng.normal(size=(60, len(protocol.features))), columns=protocol.features)
    code, time = y.astype(np.int64), np.where(y == 1, 50.0, 400.0)
    noise = Design(X, y, time, code, np.full(60, "", object), 180)
    told = X.assign(s100a8a9_leukocyte=X["s100a8a9_leukocyte"] + 6 * y)
    assert abs(reported(noise, "relapse")[0] - 0.5) < 0.25
    signal = Design(told, y, time, code, np.full(60, "", object), 180)
    assert reported(signal, "relapse")[0] > 0.95


def test_a_sign_that_one_site_turns_round_fails_there() -> None:
    """Learned at two hospitals where it is high before the event, it misleads at the third.

    Only the third's patients are asked here; a model that had seen them would tell them apart.
    """
    rng = np.random.default_rng(1)
    protocol, y = Protocol(), np.arange(240) % 2.0
    site = np.repeat(np.array(["a", "b", "c", "c"], object), 60)
    X = pd.DataFrame(rng.normal(size=(240, len(protocol.features))), columns=protocol.features)
    turned = np.where(site == "c", -1, 1) * (2 * y - 1)
    told = X.assign(s100a8a9_leukocyte=X["s100a8a9_leukocyte"] + 6 * turned)
    time = np.where(y == 1, 50.0, 400.0)
    design = Design(told, y, time, y.astype(np.int64), site, 180)
    at_c = part_of(design, np.flatnonzero(site == "c"))
    assert auc_at_unseen_site(design, at_c, "relapse") < 0.05
