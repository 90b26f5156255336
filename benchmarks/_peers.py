"""Tuned peers: logistic regression and LightGBM as a careful analyst would fit them.

Both are tuned by five inner folds of the training part (log loss); missing values are at their
median with indicators in the logistic regression and left to LightGBM. Weights for censoring enter
the fits.
"""

from typing import Any, Self

import numpy as np
import pandas as pd
from lightgbm import LGBMClassifier
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, StratifiedKFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from features.arrays import Floats
from training.statistics.calibration.logistic import logit

INNER_FOLDS, SMALLEST_RISK = 5, 1e-6
PENALTIES = tuple(np.logspace(-4, 1, 11))
TREES = {"num_leaves": (3, 7, 15), "n_estimators": (25, 50, 100, 200), "min_child_samples": (5, 20)}
LEARNING_RATE = 0.05


class TunedPeer:
    """A tuned scikit-learn classifier as `benchmarks._cross_validation` takes it."""

    def __init__(self, search: GridSearchCV, weight_name: str) -> None:
        self.search, self.weight_name = search, weight_name

    def fit(
        self, X: pd.DataFrame, y: Floats, sample_weight: Any = None, groups: Any = None
    ) -> Self:
        """Tune and fit."""
        weights = {} if sample_weight is None else {self.weight_name: sample_weight}
        self.search.fit(X.to_numpy(), y.astype(int), **weights)
        return self

    def logit(self, X: pd.DataFrame) -> Floats:
        """Log-odds of the predicted risk."""
        risk = self.search.predict_proba(X.to_numpy())[:, 1]
        return logit(np.clip(risk, SMALLEST_RISK, 1 - SMALLEST_RISK))


def tuned_logistic(seed: int) -> TunedPeer:
    """Ridge-penalised logistic regression, its penalty tuned."""
    model = make_pipeline(
        SimpleImputer(strategy="median", add_indicator=True), StandardScaler(),
        LogisticRegression(max_iter=2000),
    )  # fmt: skip
    search = _search(model, {"logisticregression__C": PENALTIES}, seed)
    return TunedPeer(search, "logisticregression__sample_weight")


def tuned_lightgbm(seed: int) -> TunedPeer:
    """LightGBM, its leaves, rounds and smallest leaf tuned."""
    model = LGBMClassifier(learning_rate=LEARNING_RATE, random_state=seed, n_jobs=1, verbose=-1)
    return TunedPeer(_search(model, TREES, seed), "sample_weight")


def _search(model: Any, grid: dict[str, Any], seed: int) -> GridSearchCV:
    inner = StratifiedKFold(INNER_FOLDS, shuffle=True, random_state=seed)
    return GridSearchCV(model, grid, scoring="neg_log_loss", cv=inner)
