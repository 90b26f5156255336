"""Study cohort: values by outcome group and values before and after, one value a patient."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from features.arrays import Bools, Floats, Objects
from training.cohort.at_risk import AtRisk
from training.cohort.cohort import Cohort
from training.cohort.labels import label
from training.cohort.outcomes import Outcomes
from training.cohort.protocol import Protocol
from training.cohort.samples import Samples
from training.statistics.significance.rank_sum import compare
from training.study.claim import Claim, Question, from_comparison

if TYPE_CHECKING:
    from anndata import AnnData  # type: ignore[import-untyped, unused-ignore]  # no stubs


@dataclass(frozen=True)
class StudyCohort:
    """Samples, outcomes and what was declared; `blood` are the samples without marrow.

    `at_risk` are the patients alive, in remission, relapse-free and sampled at the protocol's
    landmark. `infections` is the table of `training.cohort.infections`, `pseudobulk` the sums per
    sample and type of `features.pseudobulk.pseudobulk_file`; both None where not given.
    """

    cohort: Cohort
    protocol: Protocol
    blood: pd.DataFrame
    infections: pd.DataFrame | None = None
    pseudobulk: "AnnData | None" = None

    @property
    def samples(self) -> Samples:
        """All samples."""
        return self.cohort.samples

    @property
    def outcomes(self) -> Outcomes:
        """All outcomes."""
        return self.cohort.outcomes

    @property
    def at_risk(self) -> AtRisk:
        """The patients at risk."""
        return self.cohort.at_risk


@dataclass(frozen=True)
class GroupedValues:
    """Values of the patients at risk whose fate is known: (n,) value, group, site, patient.

    `n_unknown` were lost to follow-up inside the horizon, `n_missing` had no value.
    """

    value: Floats
    group: Bools
    site: Objects
    patient_id: Objects
    n_unknown: int
    n_missing: int


@dataclass(frozen=True)
class BeforeAfter:
    """The same patients before infusion and at the landmark, (n,) each."""

    patient_id: Objects
    before: Floats
    after: Floats


def study_cohort(
    cohort: Cohort,
    protocol: Protocol,
    infections: pd.DataFrame | None = None,
    pseudobulk: "AnnData | None" = None,
) -> StudyCohort:
    """A cohort as the protocol reads it, with its blood samples apart."""
    frame = cohort.samples.frame
    blood = frame[frame["tissue"] != "BM"] if "tissue" in frame else frame
    reading = cohort.at(protocol.landmark, protocol.transplant)
    return StudyCohort(reading, protocol, blood, infections, pseudobulk)


def group_values(cohort: StudyCohort, name: str, endpoint: str) -> GroupedValues:
    """A feature at the landmark, of patients who have the endpoint in the horizon and the others.

    Labels are `training.cohort.labels`': competing events stay among the others, those censored
    inside the horizon are left out and counted.
    """
    at_risk, frame = cohort.at_risk, cohort.samples.frame
    labels = label(at_risk, endpoint, cohort.protocol.primary_horizon)
    value = np.full(at_risk.n, np.nan)
    if name in frame:
        value = frame[name].to_numpy(float)[at_risk.row]
    has_value = np.isfinite(value)
    keep = labels.is_known & has_value
    return GroupedValues(
        value=value[keep],
        group=labels.y[keep] == 1,
        site=at_risk.site[keep],
        patient_id=at_risk.patient_id[keep],
        n_unknown=int(np.sum(~labels.is_known)),
        n_missing=int(np.sum(labels.is_known & ~has_value)),
    )


def compare_groups(
    cohort: StudyCohort, question: Question, name: str, endpoint: str, unit: str
) -> tuple[Claim, GroupedValues]:
    """The claim that a feature differs between those with the endpoint and the others."""
    values = group_values(cohort, name, endpoint)
    comparison = compare(values.value, values.group, values.site)
    text = f"{comparison.n_group} with the event, {comparison.n_others} others"
    if np.isfinite(comparison.shift):
        direction = "higher" if comparison.shift > 0 else "lower"
        text += f"; {abs(comparison.shift):.2g} {direction} in the former"
    for number, reason in ((values.n_unknown, "lost to follow-up inside the horizon"),
                           (values.n_missing, "without a value")):  # fmt: skip
        if number:
            text += f"; {number} {reason} left out"
    return from_comparison(question, comparison, text, unit), values


def before_and_after(cohort: StudyCohort, value: pd.Series) -> BeforeAfter:
    """Each patient's last value before infusion and last value in the landmark's two weeks.

    `value` is aligned with `cohort.blood`; missing values are passed over.
    """
    rows = cohort.blood[["patient_id", "day"]].assign(value=value.to_numpy(float))
    rows = rows[np.isfinite(rows["value"])].sort_values("day", kind="stable")
    landmark = cohort.protocol.landmark
    early = rows[rows["day"] < 0].groupby("patient_id")["value"].last()
    inside = rows[(rows["day"] > max(landmark - 14, 0)) & (rows["day"] <= landmark)]
    both = pd.concat(
        [early, inside.groupby("patient_id")["value"].last()], axis=1, join="inner"
    ).sort_index()
    patients = both.index.to_numpy(object)
    return BeforeAfter(patients, both.iloc[:, 0].to_numpy(float), both.iloc[:, 1].to_numpy(float))
