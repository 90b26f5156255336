"""Grouped numbers on a model's training cohort that its folder carries for the cohort page.

The service has no table of patients; these are all it knows of the cohort. No number describes
fewer than `least` patients.
"""

from typing import TypedDict


class MeasureDocument(TypedDict):
    """A measure with its 95 % interval; None where undefined."""

    value: float | None
    low: float | None
    high: float | None


class RiskGroup(TypedDict):
    """Mean risk and observed share of a group of `n` patients, with the share's 95 % interval."""

    risk: float
    observed: float
    n: int
    low: float
    high: float


class CohortCalibration(TypedDict):
    """Observed share against mean risk: of all patients, and in groups unless suppressed."""

    suppressed: bool
    reason: str | None
    overall: RiskGroup
    groups: list[RiskGroup]
    observed_over_expected: MeasureDocument
    slope: MeasureDocument


class ThirdIncidence(TypedDict):
    """Cumulative incidence in one third of the risk, with 95 % limits at the same `days`."""

    third: str
    n: int
    days: list[int]
    followed: list[int]
    share: list[float]
    low: list[float]
    high: list[float]


class CohortIncidence(TypedDict):
    """Incidence by thirds of the out-of-fold risk; `reason` where it is not shown."""

    reason: str | None
    groups: list[ThirdIncidence]


class WarningRate(TypedDict):
    """Patients warned at one rate of false alarms; `days` before the event are quartiles."""

    asked: float
    false_alarms: float
    warned: int
    share: MeasureDocument
    days: list[int] | None


class CohortWarnings(TypedDict):
    """Events and other patients in the window, and who would have been warned."""

    events: int
    others: int
    at: list[WarningRate]


class DisclosedCohort(TypedDict):
    """What a reader may see of a model's training cohort."""

    patients: int
    horizon: int
    least: int
    calibration: CohortCalibration
    incidence: CohortIncidence
    warned: CohortWarnings
