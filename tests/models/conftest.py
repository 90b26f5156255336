"""A simulated cohort, models fitted to it, and one frozen model of all kinds of candidates."""

import numpy as np
import pandas as pd
import pytest

from models.frozen import FrozenModel, freeze
from models.risk_model import RiskModel

FEATURES = ("signal", "second", "noise", "gappy", "sparse", "constant")


def draw_cohort(n: int, seed: int) -> tuple[pd.DataFrame, np.ndarray]:
    """Synthetic patients whose risk follows two features; two features are missing in part."""
    rng = np.random.default_rng(seed)
    X = pd.DataFrame(rng.normal(size=(n, len(FEATURES))), columns=FEATURES)
    X["constant"] = 2.0
    risk = 1 / (1 + np.exp(0.5 - 1.4 * X["signal"] - 0.7 * X["second"]))
    y = (rng.random(n) < risk).astype(float)
    X.loc[rng.random(n) < 0.2, "gappy"] = np.nan
    X.loc[rng.random(n) < 0.05, "sparse"] = np.nan
    return X, y


@pytest.fixture(scope="session")
def cohort() -> tuple[pd.DataFrame, np.ndarray]:
    """130 synthetic patients."""
    return draw_cohort(130, seed=11)


@pytest.fixture(scope="session")
def fitted(cohort: tuple[pd.DataFrame, np.ndarray]) -> dict[str, RiskModel]:
    """One RiskModel per kind of candidate, each with a few refits."""
    X, y = cohort
    asked = {
        "prevalence": RiskModel(candidates=("prevalence",), n_refits=12),
        "biomarker": RiskModel(candidates=("biomarker",), biomarker="signal", n_refits=12),
        "core_panel": RiskModel(
            candidates=("core_panel",), core_panel=("signal", "second", "gappy"), n_refits=12
        ),
        "lightgbm": RiskModel(candidates=("lightgbm",), n_refits=12),
    }
    return {name: model.fit(X, y) for name, model in asked.items()}


@pytest.fixture(scope="session")
def frozen(cohort: tuple[pd.DataFrame, np.ndarray], fitted: dict[str, RiskModel]) -> FrozenModel:
    """Three horizons of three kinds of candidates, of which the longest is a constant."""
    by_horizon = {
        90: fitted["core_panel"],
        180: fitted["lightgbm"],
        365: fitted["prevalence"],
    }
    extra = {"provenance": "synthetic", "training": {"git_commit": "none"}}
    return freeze(by_horizon, "relapse", 28, features=FEATURES, training_X=cohort[0], facts=extra)
