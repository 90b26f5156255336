"""5,000 simulated patients that no model has learned from, with the best risks there can be."""

import functools
import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from benchmarks._cohorts import labels_and_design
from features.arrays import Floats
from features.table.feature_table import read_table
from training.cohort.cohort import Cohort, cohort_of
from training.cohort.outcomes import read_outcomes
from training.cohort.protocol import Protocol
from training.evaluation.design import Design
from training.simulation.simulate import simulate_cohort
from training.statistics.auc import auc
from training.statistics.brier import brier

NEW, SEED = 5000, 987_654  # a seed that no training cohort uses


@dataclass(frozen=True)
class NewPatients:
    """Those at risk at the landmark with a usable sample: `design` and the oracle's risk (n,).

    The oracle knows the simulator's law and sees the planted features as measured.
    """

    design: Design
    oracle: Floats

    def scores(self, risk: Floats) -> dict[str, float]:
        """AUC and Brier score with censoring weights."""
        y, weight = self.design.y, self.design.weights()
        return {"auc": auc(risk, y, weight), "brier": brier(risk, y, weight)}

    def prevalence(self) -> float:
        """Weighted share of events."""
        known = self.design.has_label
        return float(np.average(self.design.y[known], weights=self.design.weights()[known]))


@functools.cache
def new_patients(preset: str, endpoint: str) -> NewPatients:
    """The same new patients every time."""
    cohort, truth = _tables(preset)
    protocol = Protocol()
    labelled, design = labels_and_design(cohort, endpoint, protocol)
    own = truth[
        (truth["endpoint"] == endpoint)
        & (truth["transplant"] == protocol.transplant)
        & (truth["horizon"] == protocol.primary_horizon)
    ].set_index("patient_id")
    oracle = own.loc[list(labelled.at_risk.patient_id), "oracle_risk"].to_numpy(float)
    return NewPatients(design, oracle)


@functools.cache
def _tables(preset: str) -> tuple[Cohort, pd.DataFrame]:
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch) / "new"
        simulate_cohort(folder, preset, n=NEW, seed=SEED, features_only=True)
        table = read_table(folder / "features.parquet")
        cohort = cohort_of(table, read_outcomes(folder / "outcomes.csv"))
        return cohort, pd.read_csv(folder / "truth.csv")
