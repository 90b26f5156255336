"""The reader's patients as the study's questions need them: one value a patient, groups, pairs."""

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
from training.statistics.rank_sum import compare
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
class Grouped:
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
class Pairs:
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


def grouped(cohort: StudyCohort, name: str, endpoint: str) -> Grouped:
    """A feature at the landmark, of patients who have the endpoint in the horizon and the others.

    Labels are `training.cohort.labels`': competing events stay among the others, those censored
    inside the horizon are left out and counted.
    """
    labelled = label(cohort.at_risk, endpoint, cohort.protocol.primary_horizon)
    frame, found = cohort.samples.frame, cohort.at_risk
    value = np.full(found.n, np.nan)
    if name in frame:
        value = frame[name].to_numpy(float)[found.row]
    known, has = labelled.is_known, np.isfinite(value)
    keep = known & has
    return Grouped(
        value[keep],
        labelled.y[keep] == 1,
        found.site[keep],
        found.patient_id[keep],
        int(np.sum(~known)),
        int(np.sum(known & ~has)),
    )


def compared(
    cohort: StudyCohort, question: Question, name: str, endpoint: str, unit: str
) -> tuple[Claim, Grouped]:
    """The claim that a feature differs between those with the endpoint and the others."""
    found = grouped(cohort, name, endpoint)
    one = compare(found.value, found.group, found.site)
    words = f"{one.n_group} with the event, {one.n_others} others"
    if np.isfinite(one.shift):
        words += f"; {abs(one.shift):.2g} {'higher' if one.shift > 0 else 'lower'} in the former"
    for number, why in ((found.n_unknown, "lost to follow-up inside the horizon"),
                        (found.n_missing, "without a value")):  # fmt: skip
        if number:
            words += f"; {number} {why} left out"
    return from_comparison(question, one, words, unit), found


def before_and_after(cohort: StudyCohort, value: pd.Series) -> Pairs:
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
    return Pairs(patients, both.iloc[:, 0].to_numpy(float), both.iloc[:, 1].to_numpy(float))
