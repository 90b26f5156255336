"""Disclosed cohort: the typed content of the key `cohort` in a model's manifest."""

from typing import TypedDict

from training.json_values import MeasureDocument
from training.statistics.calibration_curve import CalibrationGroup


class GroupWithInterval(CalibrationGroup):
    """Mean risk and observed share of a group, with the share's 95 % interval."""

    low: float
    high: float


class DisclosedCalibration(TypedDict):
    """Observed share against mean risk: of all patients, and in groups unless suppressed."""

    suppressed: bool
    reason: str | None
    overall: GroupWithInterval
    groups: list[GroupWithInterval]
    observed_over_expected: MeasureDocument
    slope: MeasureDocument


class IncidenceCurve(TypedDict):
    """Cumulative incidence with its 95 % interval on each day, and the patients still followed."""

    n: int
    days: list[int]
    followed: list[int]
    share: list[float]
    low: list[float]
    high: list[float]


class ThirdCurve(IncidenceCurve):
    """The curve of one third of the risk."""

    third: str


class DisclosedIncidence(TypedDict):
    """Curves of the thirds, lowest risk first; none, with the reason, in a small cohort."""

    reason: str | None
    groups: list[ThirdCurve]


class WarningsAtRate(TypedDict):
    """Events warned of at one false-alarm rate; quartiles of the days from warning to event."""

    asked: float
    false_alarms: float
    warned: int
    share: MeasureDocument
    days: list[int] | None


class WarningTimes(TypedDict):
    """Patients with and without the event, and the warnings at each false-alarm rate."""

    events: int
    others: int
    at: list[WarningsAtRate]


class DisclosedCohort(TypedDict):
    """Every figure describes at least `least` patients."""

    patients: int
    horizon: int
    least: int
    calibration: DisclosedCalibration
    incidence: DisclosedIncidence
    warned: WarningTimes
