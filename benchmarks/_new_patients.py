"""5,000 simulated patients outside every training cohort, with their oracle risks."""

import functools
import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from benchmarks._fits import PROTOCOL
from features.arrays import Floats
from features.table.feature_table import read_table
from models.endpoints import Endpoint
from training.cohort.cohort import Cohort, cohort_of
from training.cohort.infections import read_infections
from training.cohort.labels import label
from training.cohort.outcomes import read_outcomes
from training.evaluation.design import Design, design_for
from training.simulation.simulate import simulate_cohort
from training.statistics.accuracy.auc import auc
from training.statistics.accuracy.brier import brier
from training.statistics.calibration.calibration_curve import (
    calibration_slope,
    observed_over_expected,
)

NEW, SEED = 5000, 987_654  # a seed that no training cohort uses


@dataclass(frozen=True)
class NewPatients:
    """Those at risk at the landmark with a usable sample: `design` and the oracle's risk (n,).

    The oracle knows the simulator's distribution and the planted features as measured.
    """

    design: Design
    oracle: Floats

    @property
    def inputs(self) -> Floats:
        """Features (n, p) of the protocol."""
        return self.design.X.to_numpy(dtype=np.float64)

    def scores(self, risk: Floats) -> dict[str, float]:
        """AUC, Brier score, O/E and slope with censoring weights."""
        y, weight = self.design.y, self.design.label_weights()
        return {
            "auc": auc(risk, y, weight), "brier": brier(risk, y, weight),
            "oe": observed_over_expected(risk, y, weight),
            "slope": calibration_slope(risk, y, weight),
        }  # fmt: skip

    def prevalence(self) -> float:
        """Weighted share of events."""
        has_label = self.design.has_label
        return float(np.average(self.design.y[has_label], weights=self.design.weights()[has_label]))

    def brier_of(self, risk: Floats) -> float:
        """Brier score with censoring weights."""
        return brier(risk, self.design.y, self.design.label_weights())

    def brier_gain(self, risk: Floats) -> float:
        """Brier score's gain over the prevalence, as a share of the oracle's gain."""
        of_prevalence = self.brier_of(np.full(len(risk), self.prevalence()))
        return (of_prevalence - self.brier_of(risk)) / (of_prevalence - self.brier_of(self.oracle))


@functools.cache
def new_patients(preset: str, endpoint: Endpoint) -> NewPatients:
    """The same new patients every time."""
    cohort, truth = _tables(preset)
    labels = label(cohort.at_risk_of(endpoint), endpoint, PROTOCOL.primary_horizon)
    design = design_for(labels, cohort.samples, PROTOCOL.features, PROTOCOL.core_panel)
    rows = truth[
        (truth["endpoint"] == endpoint.name)
        & (truth["transplant"] == PROTOCOL.transplant)
        & (truth["horizon"] == PROTOCOL.primary_horizon)
    ].set_index("patient_id")
    oracle = rows.loc[list(labels.at_risk.patient_id), "oracle_risk"].to_numpy(float)
    return NewPatients(design, oracle)


@functools.cache
def _tables(preset: str) -> tuple[Cohort, pd.DataFrame]:
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch) / "new"
        simulate_cohort(folder, preset, n=NEW, seed=SEED, features_only=True)
        cohort = cohort_of(
            read_table(folder / "features.parquet"), read_outcomes(folder / "outcomes.csv"),
            infections=read_infections(folder / "infections.csv"),
        )  # fmt: skip
        return cohort, pd.read_csv(folder / "truth.csv")
