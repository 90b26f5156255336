"""Sections of an evaluation document on a model: performance, comparators, stability, resampling.

Typed dictionaries in the form that JSON takes; a value that is None is undefined.
"""

from collections.abc import Mapping, Sequence
from typing import Literal, TypedDict

from models.disclosed_cohort import MeasureDocument
from training.evaluation.documents.cohort_sections import FeatureByOutcome, IncidenceAtHorizon
from training.evaluation.documents.robustness_sections import (
    EndpointsTogether,
    RefusedSamplesSection,
    SensitivitySection,
    SitesSection,
)
from training.statistics.accuracy.decision_curve import NetBenefit
from training.statistics.calibration.calibration_curve import CalibrationCurve
from training.statistics.calibration.calibration_error import CalibrationError, SmoothCalibration


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


CalibrationErrorName = Literal["ici", "e50", "e90"]


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


class ScoreTestSection(TypedDict):
    """Permuted score test: p of all sets combined and of each alone, and the smallest possible."""

    p: float
    sets: dict[str, float]
    smallest_p: float
    permutations: int
    exact: bool


class LookSection(TypedDict):
    """Which test of these patients this is, at which level; `sentence` says it in words."""

    number: int
    declared: int | None
    alpha: float
    shared: int
    sentence: str


class LearningCurvePoint(TypedDict):
    """Out-of-fold performance at a mean number of training patients."""

    patients: float
    auc: float | None
    brier: float
    brier_skill: float | None


class RivalScore(TypedDict):
    """Out-of-fold performance of one rival: "ridge", "lightgbm", "prevalence" or "biomarker"."""

    name: str
    auc: float | None
    brier: float
    brier_skill: float | None


class ChallengerSection(TypedDict):
    """LightGBM against the ridge, and rivals shown beside the model on the same folds.

    `kind` is the challenger's. Where it was `compared`, `loss_difference` is its out-of-fold loss
    per patient less the ridge's, with its standard error over patients; `sentence` says the outcome
    or why there was no comparison. `rivals` are scored on the first `repeats` of the folds.
    """

    kind: str
    compared: bool
    taken: bool
    sentence: str
    loss_difference: float | None
    standard_error: float | None
    repeats: int
    biomarker: str | None
    rivals: list[RivalScore]


class ModelSection(TypedDict):
    """The final model: its kind, the joint fit it comes from, and what that was fitted to.

    `kind` is "ridge" or "lightgbm". `prior_sd` has a row a group of columns (core panel, other
    features, drift, t, t^2) and an entry an event, in log-odds per SD; none for LightGBM.
    """

    kind: str
    joint_fit: str
    events: list[str]
    landmarks: list[int]
    visits: list[int]
    horizons: list[int]
    prior_sd: list[list[float]]
    refits: int


class ScoreSections(TypedDict):
    """Performance of risks that did not see the patients they are scored on."""

    metrics: Metrics
    calibration_error: CalibrationError
    calibration_curve: CalibrationCurve
    smooth_calibration: SmoothCalibration
    decision_curve: DecisionCurve
    net_benefit: list[NetBenefit]
    roc: RocCurve
    comparators: ComparatorSection


class PerformanceSections(ScoreSections):
    """Everything that a reader needs to judge a model, by internal or external validation."""

    characteristics: list[FeatureByOutcome]
    subgroups: list[Subgroup]
    incidence_by_third: list[RiskThird]
    instability: Instability
    sites: SitesSection
    refused_samples: RefusedSamplesSection


class JointSections(TypedDict):
    """What an endpoint's document says of the joint fit."""

    folds: FoldsSection
    challenger: ChallengerSection
    learning_curve: list[LearningCurvePoint]
    model: ModelSection


class ResamplingSections(JointSections):
    """What only internal validation has."""

    joint: EndpointsTogether
    sensitivity: SensitivitySection
    look: LookSection
    score_test: ScoreTestSection
