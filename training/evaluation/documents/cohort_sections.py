"""Sections of an evaluation document on the cohort: flow, counts, missing values, feasibility.

Typed dictionaries in the form that JSON takes; a value that is None is undefined.
"""

from typing import NotRequired, TypedDict

from features.covariates import CovariateDocument
from models.manifest import EndpointDeclaration, EndpointWords, GateVerdict


class FlowStep(TypedDict):
    """One line of the participant or sample flow."""

    reason: str
    n: int


class Prevalence(TypedDict):
    """Share of patients with its exact interval; no value without patients."""

    value: float | None
    low: float
    high: float


class IncidenceAtHorizon(TypedDict):
    """Aalen-Johansen estimate at the horizon."""

    value: float
    standard_error: float


class Counts(TypedDict):
    """Patients, events and incidence of one endpoint at one horizon."""

    at_risk: int
    known: int
    events: int
    non_events: int
    competing_events: int
    censored_in_window: int
    at_risk_at_end: int
    prevalence: Prevalence
    incidence: IncidenceAtHorizon


class HorizonCounts(Counts):
    """Counts at a horizon, and why no model was fitted there (None: a model was)."""

    refused: str | None


class FeatureMissingness(TypedDict):
    """Share of patients without a feature: all, with and without the event."""

    feature: str
    missing: float
    missing_with_event: float | None
    missing_without_event: float | None


class SampleUseByOutcome(TypedDict):
    """Patients with one outcome, by what became of their sample."""

    outcome: str
    used: int
    refused: int
    no_sample: int


class RiskUnderRule(TypedDict):
    """Weighted share of events under one transplant rule, and the question it answers."""

    rule: str
    question: str
    at_risk: int
    events: int
    risk: float | None


class RequiredSize(TypedDict):
    """Patients that each of Riley's criteria needs, the largest of them, and its events."""

    shrinkage: int
    optimism: int
    overall_risk: int
    patients: int
    events: int
    cox_snell_r2: float


class SampleSizeSection(TypedDict):
    """Required sample size for an effect of every feature, and the shrinkage to expect here."""

    parameters: int
    anticipated_auc: float
    prevalence: float
    required: RequiredSize
    patients: int
    expected_shrinkage: float


class Quartiles(TypedDict):
    """Number of known values, median and quartiles; none of them under 5 known values."""

    known: int
    median: float | None
    low: float | None
    high: float | None


class FeatureByOutcome(TypedDict):
    """One feature in patients with and without the event."""

    feature: str
    with_event: Quartiles
    without_event: Quartiles


class ProtocolContent(TypedDict):
    """What was decided before outcomes were read, as in protocol.json."""

    landmark: int
    later_landmarks: list[int]
    horizons: list[int]
    primary_horizon: int
    transplant: str
    endpoints: list[EndpointDeclaration]
    features: list[str]
    core_panel: list[str]
    model: str
    comparators: list[str]
    thresholds: list[float]
    repeats: int
    folds: int
    refits: int
    permutations: int
    bootstraps: int
    anticipated_auc: float
    alpha: float
    looks: int | None
    seed: int
    date: str
    ethics: str
    funding: str
    registration: str
    data_sharing: str
    patient_involvement: str


class CohortSections(TypedDict):
    """The question, the tables and the cohort, before any model.

    `infections_sha256` is None where no table of infections was read. `earlier_onsets` counts the
    patients at risk who had an infection of the endpoint's kind up to the landmark, None for an
    endpoint that is not counted from infections.
    """

    research_use_only: str
    provenance: str
    endpoint: str
    endpoint_words: EndpointWords
    landmark: int
    horizon: int
    transplant: str
    question: str
    outcomes_sha256: str
    features_sha256: str
    infections_sha256: str | None
    schema_version: str
    covariates: list[CovariateDocument]
    participant_flow: list[FlowStep]
    sample_flow: list[FlowStep]
    counts: Counts
    earlier_onsets: int | None
    missingness: list[FeatureMissingness]
    refused_by_outcome: list[SampleUseByOutcome]


class ProtocolSections(TypedDict):
    """Further sections that a fit has on its cohort; the gate adds `verdict` last."""

    protocol: ProtocolContent
    protocol_sha256: str
    horizons: dict[str, HorizonCounts]
    transplant_rules: list[RiskUnderRule]
    sample_size: SampleSizeSection
    verdict: NotRequired[GateVerdict]
