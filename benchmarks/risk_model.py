"""Speed of RiskModel and of one patient's assessment, beside scikit-learn's tuned ridge.

    python -m benchmarks risk_model

210 synthetic patients, the product's features, one value in ten missing. One patient's answer:
three horizons, reasons, intervals over 200 refits.
"""

import time
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegressionCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from features.arrays import Floats, Ints
from features.schema import CORE, MODEL_FEATURES
from models.endpoints import ENDPOINTS, EVENT_CODES, HORIZONS, LANDMARK
from models.frozen import FrozenModel, freeze
from models.hazard_model import HazardModel, fit_hazard_model
from models.linear_members import linear_members
from models.log_odds import risk_of
from models.risk_model import RiskModel

PATIENTS, REFITS = 210, 200
EVENTS = tuple(EVENT_CODES)[:3]


def draw(seed: int = 0) -> tuple[Floats, Ints]:
    """Features with gaps, and per interval the event that follows the first of them."""
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(PATIENTS, len(MODEL_FEATURES)))
    happens = rng.random((PATIENTS, len(HORIZONS))) < risk_of(X[:, 0] - 2)[:, None]
    event = np.where(happens, rng.integers(1, len(EVENTS) + 1, happens.shape), 0)
    X[rng.random(X.shape) < 0.1] = np.nan
    return X, np.where(np.cumsum(happens, axis=1) - happens > 0, -1, event)


def milliseconds(action: Callable[[], Any], times: int = 15) -> float:
    """Best of several runs, after one to warm up; the machine may be busy otherwise."""
    action()
    seconds = []
    for _ in range(times):
        start = time.perf_counter()
        action()
        seconds.append(time.perf_counter() - start)
    return 1e3 * min(seconds)


def scikit_learn() -> Any:
    """A ridge with its penalty tuned in five folds, as scikit-learn writes it."""
    ridge = LogisticRegressionCV(
        Cs=10, cv=5, scoring="neg_log_loss", l1_ratios=(0,), use_legacy_attributes=False
    )
    return make_pipeline(
        SimpleImputer(strategy="median", add_indicator=True), StandardScaler(), ridge
    )


def joint_fit(X: Floats, event: Ints) -> HazardModel:
    """Three events in three intervals; the anchors are plausible, not estimated."""
    share = np.cumsum([[np.mean(row == c + 1) for c in range(len(EVENTS))] for row in event.T], 0)
    return fit_hazard_model(
        X, np.full(len(X), float(LANDMARK)), event, np.ones(event.shape),
        is_core=np.isin(MODEL_FEATURES, CORE), incidence=share,
    )  # fmt: skip


def frozen_model(X: Floats, event: Ints) -> FrozenModel:
    """Relapse's model with refits on redrawn patients."""
    rng = np.random.default_rng(1)
    draws = [rng.integers(len(X), size=len(X)) for _ in range(REFITS)]
    models = [joint_fit(X, event), *(joint_fit(X[rows], event[rows]) for rows in draws)]
    return freeze(
        linear_members(models), ENDPOINTS["relapse"], LANDMARK,
        events=EVENTS, horizons=HORIZONS, features=MODEL_FEATURES, training_X=X,
        prevalence=np.full(len(HORIZONS), 0.3),
        facts={"provenance": "synthetic", "joint_fit": "0" * 16},
    )  # fmt: skip


def main() -> None:
    """Print times of fits, and of one patient's answer."""
    X, event = draw()
    table = pd.DataFrame(X, columns=MODEL_FEATURES)
    y = (event[:, 0] > 0).astype(int)
    times = {
        "scikit-learn, tuned ridge": milliseconds(lambda: scikit_learn().fit(X, y), 3),
        "RiskModel": milliseconds(lambda: RiskModel().fit(table, y)),
        "three events, three intervals": milliseconds(lambda: joint_fit(X, event)),
    }
    print(pd.Series(times, name="ms a fit").round(2).to_string())
    model = frozen_model(X, event)
    answer = milliseconds(lambda: model.assess(X[0]), 200)
    print(f"\none patient's answer {answer:.3f} ms (goal: under 1 ms)")


if __name__ == "__main__":
    main()
