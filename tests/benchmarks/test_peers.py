"""Tuned peers learn what there is to learn."""

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from benchmarks import _peers
from benchmarks._peers import TunedPeer, tuned_lightgbm, tuned_logistic


@pytest.mark.parametrize("make", [tuned_logistic, tuned_lightgbm])
def test_a_peer_ranks_by_a_clear_signal(
    make: Callable[[int], TunedPeer], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A feature that decides the label orders the log-odds; missing values are taken."""
    monkeypatch.setattr(_peers, "TREES", {"num_leaves": (3,), "n_estimators": (25, 50)})
    rng = np.random.default_rng(0)
    X = pd.DataFrame(rng.normal(size=(120, 2)), columns=["signal", "noise"])
    y = (X["signal"] + 0.3 * rng.normal(size=120) > 0).to_numpy().astype(float)
    X.iloc[::10, 1] = np.nan
    peer = make(0).fit(X, y, sample_weight=np.ones(120))
    assert np.corrcoef(peer.logit(X), X["signal"])[0, 1] > 0.7
