"""Design of one endpoint at one horizon: features, labels and censoring weights of each patient."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from features.arrays import Bools, Floats, Ints, Objects
from training.cohort.labels import EndpointLabels
from training.cohort.samples import Samples
from training.statistics.survival.censoring import censoring_weights, cox_weights


@dataclass(frozen=True)
class Design:
    """One endpoint at one horizon, ready to learn from; every array is one entry per patient.

    `y` is 1, 0 or NaN (censored inside the window). `panel` holds the columns on which the
    transplant rule "censoring" models G, None for the Kaplan-Meier curve.
    """

    X: pd.DataFrame
    y: Floats
    time: Floats
    code: Ints
    site: Objects
    horizon: int
    panel: Floats | None = None

    @property
    def has_label(self) -> Bools:
        """Patients whose label is known, shape (n,)."""
        return ~np.isnan(self.y)

    def weights(self, train: Bools | None = None) -> Floats:
        """Censoring weights of all patients, with G from those in `train` only; shape (n,)."""
        fit = np.ones(len(self.y), dtype=bool) if train is None else train
        if self.panel is None:
            return censoring_weights(self.time, self.code, self.horizon, fit)
        return cox_weights(self.time, self.code, self.horizon, self.panel, fit)

    def label_weights(self, train: Bools | None = None) -> Floats:
        """The same weights, 0 for patients without a label; shape (n,)."""
        return np.where(self.has_label, self.weights(train), 0.0)


def design_for(
    labels: EndpointLabels, samples: Samples, features: tuple[str, ...], panel: tuple[str, ...]
) -> Design:
    """Rows of the feature table that belong to the patients at risk, with their labels.

    `panel` names the columns on which the transplant rule "censoring" models its weights.
    """
    at_risk = labels.at_risk
    rows = samples.frame.iloc[at_risk.row].reset_index(drop=True)
    X = rows[list(features)].astype(float)
    by_panel = at_risk.transplant == "censoring"
    return Design(
        X=X,
        y=labels.y,
        time=at_risk.time,
        code=at_risk.code,
        site=at_risk.site,
        horizon=labels.horizon,
        panel=rows[list(panel)].to_numpy(dtype=float) if by_panel else None,
    )
