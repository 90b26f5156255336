"""Out-of-fold risks: each patient scored by models that never saw them."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from features.arrays import Floats
from training.cohort.labels import EndpointLabels
from training.evaluation.folds import FoldPlan
from training.statistics.calibration.logistic import sigmoid


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


def out_of_fold_frame(oof: OutOfFold, labels: EndpointLabels) -> pd.DataFrame:
    """One row per patient and repeat: fold, log-odds, risk, label, weight, time, event code."""
    at_risk, (repeats, n) = labels.at_risk, oof.plan.fold.shape
    return pd.DataFrame(
        {
            "patient_id": np.tile(at_risk.patient_id, repeats),
            "repeat": np.repeat(np.arange(repeats), n),
            "fold": oof.plan.fold.ravel(),
            "logit": oof.logit.ravel(),
            "risk": oof.risk.ravel(),
            "prevalence": oof.prevalence.ravel(),
            "label": np.tile(labels.y, repeats),
            "weight": oof.weight.ravel(),
            "time": np.tile(at_risk.time, repeats),
            "code": np.tile(at_risk.code, repeats),
        }
    )
