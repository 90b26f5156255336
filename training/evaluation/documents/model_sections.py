"""Sections of an evaluation document on a model: performance, comparators, stability, resampling.

Typed dictionaries in the form that JSON takes; a value that is None is undefined.
"""

from collections.abc import Mapping, Sequence
from typing import Literal, TypedDict

from models.disclosed_cohort import MeasureDocument
from training.evaluation.documents.cohort_sections import FeatureByOutcome, IncidenceAtHorizon
from training.statistics.calibration_curve import CalibrationCurve


class FoldsSection(TypedDict):
    """How patients were assigned to folds."""

    by: str
    note: str
    repeats: int
    folds: int


MetricName = Literal[
    "auc", "brier", "brier_prevalence", "brier_skill",
    "observed_over_expected", "calibration_intercept", "calibration_slope",
]  # fmt: skip


class CalibrationMetrics(TypedDict):
    """Calibration in the large, intercept and slope."""

    observed_over_expected: MeasureDocument
    calibration_intercept: MeasureDocument
    calibration_slope: MeasureDocument


class Metrics(CalibrationMetrics):
    """Every measure of performance with its bootstrap interval."""

    auc: MeasureDocument
    brier: MeasureDocument
    brier_prevalence: MeasureDocument
    brier_skill: MeasureDocument


# One row a threshold: `threshold` and the net benefit of every strategy by its name.
DecisionCurve = Sequence[Mapping[str, float | None]]


class RocCurve(TypedDict):
    """False and true positive shares, from (0, 0) to (1, 1)."""

    note: str
    points: Sequence[Sequence[float]]


class ComparedScore(TypedDict):
    """The model against a comparator, paired, on the patients who have the comparator's inputs."""

    patients: int
    events: int
    compared: Literal[True]
    brier_model: float
    brier_rival: float
    brier_difference: MeasureDocument
    auc_model: float | None
    auc_rival: float | None
    decision_curve: DecisionCurve


class UncomparedScore(TypedDict):
    """A comparator whose inputs too few patients have, and the sentence that says so."""

    patients: int
    events: int
    compared: Literal[False]
    reason: str


ComparatorSection = Mapping[str, ComparedScore | UncomparedScore]


class Subgroup(TypedDict):
    """One group of patients; no measures under 5 events or non-events."""

    by: str
    value: str
    n: int
    events: int
    auc: float | None
    observed_over_expected: float | None


class RiskThird(TypedDict):
    """Cumulative incidence in one third of the risk, as a step curve."""

    third: str
    n: int
    day: list[float]
    incidence: list[float]
    at_horizon: IncidenceAtHorizon


class DecisionChange(TypedDict):
    """Share of (patient, refit) on the other side of a threshold than the served risk."""

    threshold: float
    share: float


class RiskRange(TypedDict):
    """One patient's served risk and the 5 to 95 % range of the refits' risks."""

    risk: float
    low: float
    high: float


class Instability(TypedDict):
    """How far refits move the patients' risks."""

    refits: int
    mean_absolute_difference: float
    median_width: float
    changed_decision: list[DecisionChange]
    patients: list[RiskRange]


class PermutationSection(TypedDict):
    """Result of the permutation test; `p` is None where the statistic is undefined."""

    p: float | None
    statistic: float | None
    drawn: int
    exceeded: int
    stopped_early: bool


class LearningCurvePoint(TypedDict):
    """Out-of-fold performance at a mean number of training patients."""

    patients: float
    auc: float | None
    brier: float
    brier_skill: float | None


class HorizonModel(TypedDict):
    """The final model at one horizon: what was selected, and how often in the refits."""

    candidate: str
    selection: Mapping[str, Mapping[str, float]]
    calibration: Sequence[float]
    prevalence: float
    refit_candidates: dict[str, int]


class ScoreSections(TypedDict):
    """Performance of risks that did not see the patients they are scored on."""

    metrics: Metrics
    calibration_curve: CalibrationCurve
    decision_curve: DecisionCurve
    roc: RocCurve
    comparators: ComparatorSection


class PerformanceSections(ScoreSections):
    """Everything that a reader needs to judge a model, by internal or external validation."""

    characteristics: list[FeatureByOutcome]
    subgroups: list[Subgroup]
    incidence_by_third: list[RiskThird]
    instability: Instability


class ResamplingSections(TypedDict):
    """What only internal validation has."""

    folds: FoldsSection
    selection: dict[str, float]
    permutation: PermutationSection | None
    learning_curve: list[LearningCurvePoint]
