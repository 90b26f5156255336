"""Manifest of a model folder (manifest.json): endpoint, days, features, training facts, verdict."""

from collections.abc import Sequence
from typing import Literal, NotRequired, TypedDict

from features.covariates import CovariateDocument, covariates_of, number_covariates
from features.errors import InputError
from features.notices import RESEARCH_USE_ONLY
from features.schema import SCHEMA_VERSION, Feature
from models.disclosed_cohort import DisclosedCohort
from models.endpoints import WINDOW_DAYS, Endpoint, default_primary_horizon

Provenance = Literal["real", "synthetic"]
FORMAT_VERSION = "2"
PRODUCT = "CD7Watch"


class GateVerdict(TypedDict):
    """Conclusion of the gate, and each check by its result."""

    state: NotRequired[str]
    sentences: NotRequired[list[str]]
    passed: NotRequired[list[str]]
    failed: NotRequired[list[str]]


class EndpointWords(TypedDict):
    """The endpoint as it is named in sentences."""

    singular: str
    plural: str


class OnsetDeclaration(TypedDict):
    """Table, lowest grade and group of organisms of an endpoint's onset."""

    table: str
    min_grade: int
    group: str | None


class EndpointDeclaration(TypedDict):
    """An endpoint as protocol.json declares it."""

    name: str
    words: str
    plural: str
    events: list[str]
    onset: OnsetDeclaration | None
    excludes_earlier: bool
    landmarks: list[int]
    biomarker: str | None
    claims: list[str]


class TrainingFacts(TypedDict):
    """Counts by horizon (as text), and the SHA-256 of the tables behind the fit."""

    n_patients: NotRequired[dict[str, int]]
    n_events: NotRequired[dict[str, int]]
    at_risk: NotRequired[int]
    features_sha256: NotRequired[str]
    outcomes_sha256: NotRequired[str]
    infections_sha256: NotRequired[str | None]
    protocol_sha256: NotRequired[str]
    code_version: NotRequired[str]
    created_at: NotRequired[str]
    mlflow_run_id: NotRequired[str]


class ParentFacts(TypedDict):
    """The model that was updated, how ("intercept", ...), and to how many patients.

    `version` is the parent's in the registry, empty for a folder.
    """

    version: str
    joint_fit: str
    update: str
    patients: int


class ManifestFacts(TypedDict):
    """Facts on a model that its fit adds; `provenance` and `joint_fit` are always needed.

    `joint_fit` is the identifier shared by the endpoints of one fit; `model` "ridge" or "lightgbm".
    """

    provenance: NotRequired[str]
    joint_fit: NotRequired[str]
    model: NotRequired[str]
    state: NotRequired[str]
    gate: NotRequired[GateVerdict]
    training: NotRequired[TrainingFacts]
    card: NotRequired[str]
    primary_horizon: NotRequired[int]
    landmark_window: NotRequired[int]
    question: NotRequired[str]
    declaration: NotRequired[EndpointDeclaration]
    cohort: NotRequired[DisclosedCohort]
    version: NotRequired[str]
    covariates: NotRequired[list[CovariateDocument]]
    sources: NotRequired[dict[str, str]]
    parent: NotRequired[ParentFacts]


class Manifest(TypedDict):
    """manifest.json; horizons are text keys. The registry adds version, aliases and promotion.

    `covariates` declare those inputs that the schema does not list. `joint_fit` identifies the fit
    of all endpoints that exclude each other; `events` are those whose hazards the model has, of
    which the endpoint consists of `endpoint_events`.
    """

    format_version: str
    schema_version: str
    product: str
    research_use_only: str
    endpoint: str
    endpoint_words: EndpointWords
    endpoint_events: list[str]
    events: list[str]
    joint_fit: str
    model: str
    landmark: int
    horizons: list[int]
    features: list[str]
    provenance: Provenance
    state: str
    gate: GateVerdict
    training: TrainingFacts
    refits: int
    card: NotRequired[str]
    primary_horizon: NotRequired[int]
    landmark_window: NotRequired[int]
    question: NotRequired[str]
    declaration: NotRequired[EndpointDeclaration]
    cohort: NotRequired[DisclosedCohort]
    version: NotRequired[str]
    covariates: NotRequired[list[CovariateDocument]]
    sources: NotRequired[dict[str, str]]
    parent: NotRequired[ParentFacts]
    registered_model: NotRequired[str]
    aliases: NotRequired[list[str]]
    promotion: NotRequired[dict[str, str]]
    files: NotRequired[dict[str, str]]


REQUIRED = tuple(name for name in Manifest.__annotations__ if name in Manifest.__required_keys__)


def make_manifest(
    endpoint: Endpoint, landmark: int,
    *,
    events: Sequence[str], horizons: Sequence[int], features: Sequence[str], refits: int,
    facts: ManifestFacts,
) -> Manifest:  # fmt: skip
    """Everything about the model that is not an array; JSON, so horizons are text keys."""
    manifest: Manifest = {
        "state": "candidate",
        "gate": {},
        "card": "",
        "model": "ridge",
        "primary_horizon": default_primary_horizon(horizons),
        "landmark_window": WINDOW_DAYS,
        **facts,  # type: ignore[typeddict-item]  # check_facts has seen the provenance
        "training": facts.get("training", {}),
        "format_version": FORMAT_VERSION,
        "schema_version": SCHEMA_VERSION,
        "product": PRODUCT,
        "research_use_only": RESEARCH_USE_ONLY,
        "endpoint": endpoint.name,
        "endpoint_words": {"singular": endpoint.words, "plural": endpoint.plural},
        "endpoint_events": list(endpoint_events(endpoint)),
        "events": list(events),
        "landmark": int(landmark),
        "horizons": [int(horizon) for horizon in horizons],
        "features": list(features),
        "refits": refits,
    }
    return manifest


ONSET_EVENT = "onset"


def endpoint_events(endpoint: Endpoint) -> tuple[str, ...]:
    """Names of the hazards that an endpoint consists of.

    >>> from models.endpoints import ENDPOINTS
    >>> endpoint_events(ENDPOINTS["severe_infection"])
    ('fatal_infection', 'onset')
    """
    return endpoint.events if endpoint.onset is None else (*endpoint.events, ONSET_EVENT)


def check_facts(
    facts: ManifestFacts, members_shape: tuple[int, ...],
    *,
    events: Sequence[str], horizons: Sequence[int], training_shape: tuple[int, ...],
    n_features: int,
) -> None:  # fmt: skip
    """Refuse what cannot be frozen together, in one sentence; `members_shape` is (R, K, C)."""
    if facts.get("provenance") not in ("synthetic", "real") or not facts.get("joint_fit"):
        raise InputError(
            "A frozen model says whether it learned from real or synthetic patients and which "
            "joint fit it comes from, but provenance or joint_fit is missing: give "
            "facts={'provenance': 'real' or 'synthetic', 'joint_fit': identifier}."
        )
    if members_shape[1:] != (len(horizons), len(events)) or training_shape[1:] != (n_features,):
        raise InputError(
            f"A frozen model has one interval a horizon, one hazard an event and training rows of "
            f"its {n_features} features, but members of shape {members_shape}, {len(horizons)} "
            f"horizons, {len(events)} events and rows of shape {training_shape} came."
        )
    if members_shape[0] < 2:
        raise InputError(
            "A served risk carries a stability interval, but the model has no refits: fit it with "
            "some (200 for a served model)."
        )
    check_days(horizons, facts)


def check_days(horizons: Sequence[int], facts: "ManifestFacts | Manifest") -> None:
    """Refuse a primary horizon that is none of the horizons, and a window without a day.

    >>> check_days([30, 90], {"primary_horizon": 90, "landmark_window": 14})
    """
    primary, window = facts.get("primary_horizon"), facts.get("landmark_window", WINDOW_DAYS)
    if primary is not None and primary not in horizons:
        raise InputError(
            f"A model's primary horizon is one of its horizons, but it is {primary} and they are "
            f"{horizons}: train and export the model again."
        )
    if type(window) is not int or window < 1:
        raise InputError(
            f"A model's landmark window is a number of days, at least 1, but it is {window}: "
            "train and export the model again."
        )


def declared_inputs(manifest: Manifest) -> tuple[Feature, ...]:
    """The model's inputs that its group declared; none for a model of the schema's features.

    Raises InputError for declarations that break their rules, and for one that is no input.
    """
    covariates = covariates_of(manifest.get("covariates", []), "a model's manifest")
    others = [c.name for c in covariates if c.name not in manifest["features"]]
    if others or len(number_covariates(covariates)) < len(covariates):
        raise InputError(
            "A model's manifest declares numbers and flags among its features, but it declares "
            f"{', '.join(others) or 'a category'}: train and export the model again."
        )
    return number_covariates(covariates)
