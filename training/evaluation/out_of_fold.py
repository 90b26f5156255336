"""Out-of-fold risks: each patient scored by models that never saw them."""

from dataclasses import dataclass

import numpy as np

from features.arrays import Floats
from training.evaluation.folds import FoldPlan
from training.statistics.logistic import sigmoid


@dataclass(frozen=True)
class OutOfFold:
    """Each patient scored by models that never saw them; arrays (repeats, n).

    `prevalence` is the weighted share of events in the training part, the reference of the Brier
    skill; `weight` the censoring weight with G from the training part (0 for unknown labels).
    """

    logit: Floats
    prevalence: Floats
    weight: Floats
    plan: FoldPlan

    @property
    def risk(self) -> Floats:
        """Risks (repeats, n)."""
        return np.asarray(sigmoid(self.logit), dtype=np.float64)

    @property
    def mean_risk(self) -> Floats:
        """Each patient's risk averaged over repeats, shape (n,)."""
        return np.asarray(sigmoid(self.logit).mean(axis=0), dtype=np.float64)

    @property
    def mean_weight(self) -> Floats:
        """Each patient's censoring weight averaged over repeats, shape (n,)."""
        return np.asarray(self.weight.mean(axis=0), dtype=np.float64)
