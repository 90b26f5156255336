"""Evaluation data: cohort, protocol and one endpoint's labels, as an evaluation reads them."""

from dataclasses import dataclass
from functools import cached_property

import pandas as pd

from training.cohort.at_risk import AtRisk
from training.cohort.cohort import Cohort
from training.cohort.labels import EndpointLabels
from training.cohort.protocol import Protocol
from training.evaluation.design import Design, design_for


@dataclass(frozen=True)
class EvaluationData:
    """One endpoint's labels at one horizon, with the cohort and the protocol behind them.

    `features` are the columns from which the model predicts. Rows of every table below are the
    patients at risk, in the order of the labels.
    """

    cohort: Cohort
    protocol: Protocol
    labels: EndpointLabels
    features: tuple[str, ...]

    @property
    def at_risk(self) -> AtRisk:
        """The patients at risk at the landmark."""
        return self.labels.at_risk

    @cached_property
    def design(self) -> Design:
        """Features, labels and censoring weights."""
        return design_for(self.labels, self.cohort.samples, self.features, self.protocol.core_panel)

    @property
    def sample_rows(self) -> pd.DataFrame:
        """Every column of the feature table: the inputs of the comparators among them."""
        return self.cohort.samples.frame.iloc[self.at_risk.row].reset_index(drop=True)

    @property
    def outcome_rows(self) -> pd.DataFrame:
        """Every column of the outcomes: age, sex and what else makes a subgroup."""
        return self.cohort.outcomes.frame.loc[list(self.at_risk.patient_id)]
