"""Speed of RiskModel: time of a fit and of a prediction, beside scikit-learn and plain LightGBM.

    python -m benchmarks.risk_model

210 synthetic patients, the product's 32 features, one value in ten missing.
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

from features.schema import CORE, MODEL_FEATURES
from models.candidates import PANEL_PENALTIES
from models.frozen import FrozenModel, freeze
from models.log_odds import risk_of
from models.risk_model import RiskModel

PATIENTS = 210


def draw(seed: int = 0) -> tuple[pd.DataFrame, np.ndarray]:
    """Features with gaps and outcomes that follow the first of them."""
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(PATIENTS, len(MODEL_FEATURES)))
    y = (rng.random(PATIENTS) < risk_of(1.5 * X[:, 0] - 1)).astype(int)
    X[rng.random(X.shape) < 0.1] = np.nan
    return pd.DataFrame(X, columns=MODEL_FEATURES), y


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
    """The panel's ridge with its penalty tuned in five folds, as scikit-learn writes it."""
    ridge = LogisticRegressionCV(
        Cs=1 / PANEL_PENALTIES,
        cv=5,
        scoring="neg_log_loss",
        l1_ratios=(0,),
        use_legacy_attributes=False,
    )
    return make_pipeline(
        SimpleImputer(strategy="median", add_indicator=True), StandardScaler(), ridge
    )


def fits(X: pd.DataFrame, y: np.ndarray) -> dict[str, float]:
    """Milliseconds per fit; ours choose, tune and calibrate, scikit-learn's only tunes."""
    panel = X[list(CORE)].to_numpy()
    kinds: dict[str, tuple[str, ...]] = {
        "ridge": ("core_panel",),
        "biomarker, ridge": ("biomarker", "core_panel"),
        "biomarker, ridge, LightGBM": ("biomarker", "core_panel", "lightgbm"),
    }
    times = {"scikit-learn ridge": milliseconds(lambda: scikit_learn().fit(panel, y), 5)}
    for name, candidates in kinds.items():
        model = RiskModel(candidates=candidates, biomarker=CORE[0])
        times[name] = milliseconds(lambda model=model: model.fit(X, y))
    return times


def frozen_model(X: pd.DataFrame, y: np.ndarray, candidate: str) -> FrozenModel:
    """Three horizons of one kind of candidate, 200 refits each (one fit, used three times)."""
    model = RiskModel(candidates=(candidate,), n_refits=200).fit(X, y)
    models = {90: model, 180: model, 365: model}
    return freeze(
        models,
        "relapse",
        28,
        features=MODEL_FEATURES,
        training_X=X,
        facts={"provenance": "synthetic"},
    )


def main() -> None:
    """Print both tables."""
    X, y = draw()
    times = pd.Series(fits(X, y), name="ms")
    ratio = (times / times["scikit-learn ridge"]).rename("ratio")
    print(pd.concat([times, ratio], axis=1).round(2).to_string())
    print("\nOne patient: 3 horizons, reasons, intervals over 200 refits (goal: under 1 ms)")
    for candidate in ("core_panel", "lightgbm"):
        model = frozen_model(X, y, candidate)
        x = X.iloc[0].to_numpy()
        print(f"{candidate:>12} {milliseconds(lambda m=model, x=x: m.assess(x), 200):.3f} ms")


if __name__ == "__main__":
    main()
