"""Cohort: samples and outcomes of the same patients, with those at risk at one landmark."""

from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np
import pandas as pd

from features.errors import InputError
from features.table.feature_table import FeatureTable
from models.endpoints import LANDMARK, Endpoint
from training.cohort.at_risk import AtRisk, patients_at_risk
from training.cohort.infections import infections_digest
from training.cohort.onsets import n_earlier_onsets, until_onset, without_earlier
from training.cohort.outcomes import Outcomes
from training.cohort.protocol import Protocol
from training.cohort.samples import Samples, samples_from, with_earlier_infections


@dataclass(frozen=True, eq=False)
class Cohort:
    """Samples and outcomes, read at one landmark (day) under one transplant rule.

    `infections` is None where no table of them was read; endpoints with an onset need it.
    Whatever needs the patients at risk takes a cohort or its `at_risk`, so that they are assembled
    once and cannot be assembled in two ways.
    """

    samples: Samples
    outcomes: Outcomes
    landmark: int = LANDMARK
    transplant: str = "ignored"
    infections: pd.DataFrame | None = None
    _readings: dict[tuple[int, str], "Cohort"] = field(default_factory=dict, init=False, repr=False)

    @cached_property
    def at_risk(self) -> AtRisk:
        """The patients at risk, assembled at the first call; the errors of `patients_at_risk`."""
        return patients_at_risk(self.outcomes, self.samples, self.landmark, self.transplant)

    def at_risk_of(self, endpoint: Endpoint) -> AtRisk:
        """The patients at risk, followed to the endpoint's onset where it has one.

        Raises InputError for an endpoint with an onset when there is no table of infections.
        """
        return self.until_onset(self.at_risk, endpoint)

    def until_onset(self, patients: AtRisk, endpoint: Endpoint) -> AtRisk:
        """These patients, followed to the endpoint's onset, without those whom it excludes.

        They stay as they are for an endpoint without an onset; errors as for `at_risk_of`.
        """
        if endpoint.onset is None:
            return patients
        infections = self._infections_for(endpoint)
        followed = until_onset(patients, infections, endpoint.onset)
        if not endpoint.excludes_earlier:
            return followed
        return without_earlier(followed, infections, endpoint.onset)

    def earlier_onsets(self, endpoint: Endpoint) -> int | None:
        """Patients at risk who had an infection of the endpoint's kind up to the landmark.

        None for an endpoint without an onset. Whether such patients are left out of the endpoint
        does not matter here.
        """
        if endpoint.onset is None:
            return None
        infections = self._infections_for(endpoint)
        return int(np.sum(n_earlier_onsets(infections, self.at_risk, endpoint.onset) > 0))

    def _infections_for(self, endpoint: Endpoint) -> pd.DataFrame:
        if self.infections is None:
            raise InputError(
                f"The endpoint {endpoint.name} is counted from the table of infections, but none "
                "was read: give it with --infections, or leave the endpoint out."
            )
        return self.infections

    @cached_property
    def infections_digest(self) -> str | None:
        """SHA-256 of the infections; None where no table of them was read."""
        return None if self.infections is None else infections_digest(self.infections)

    @property
    def provenance(self) -> str:
        """Origin of the patients: "synthetic" if the samples or the outcomes are, else "real"."""
        of_outcomes = self.outcomes.frame.get("provenance")
        simulated = of_outcomes is not None and bool((of_outcomes == "synthetic").any())
        return "synthetic" if simulated else self.samples.provenance

    def at(self, landmark: int | None = None, transplant: str | None = None) -> "Cohort":
        """The same tables at another landmark or under another transplant rule.

        The same landmark and rule are the same object, whose patients at risk are not assembled
        again.
        """
        day = self.landmark if landmark is None else landmark
        rule = self.transplant if transplant is None else transplant
        if (day, rule) == (self.landmark, self.transplant):
            return self
        self._readings.setdefault((self.landmark, self.transplant), self)
        if (day, rule) not in self._readings:
            other = replace(self, landmark=day, transplant=rule)
            object.__setattr__(other, "_readings", self._readings)
            self._readings[day, rule] = other
        return self._readings[day, rule]


def cohort_of(
    table: FeatureTable | Samples | pd.DataFrame,
    outcomes: Outcomes,
    protocol: Protocol | None = None,
    infections: pd.DataFrame | None = None,
) -> Cohort:
    """A cohort from a feature table and outcomes, read as the protocol (or the default) says.

    With infections the samples get the column of `with_earlier_infections`.
    Raises InputError for a table without patient or day, see `samples_from`.
    """
    reading = protocol or Protocol()
    samples = samples_from(table)
    if infections is not None:
        samples = with_earlier_infections(samples, infections)
    return Cohort(samples, outcomes, reading.landmark, reading.transplant, infections)
