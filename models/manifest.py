"""Manifest of a model folder (manifest.json): endpoint, days, features, training facts, verdict."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Literal, NotRequired, TypedDict

from features.arrays import Floats
from features.covariates import CovariateDocument, covariates_of, number_covariates
from features.errors import InputError
from features.notices import RESEARCH_USE_ONLY
from features.schema import SCHEMA_VERSION, Feature
from models.disclosed_cohort import DisclosedCohort
from models.endpoints import WINDOW_DAYS, default_primary_horizon

if TYPE_CHECKING:  # scikit-learn stays out of serving
    from models.risk_model import RiskModel


Provenance = Literal["real", "synthetic"]
FORMAT_VERSION = "1"
PRODUCT = "CD7Watch"


class GateVerdict(TypedDict):
    """Conclusion of the gate, and each check by its result."""

    state: NotRequired[str]
    sentences: NotRequired[list[str]]
    passed: NotRequired[list[str]]
    failed: NotRequired[list[str]]


class TrainingFacts(TypedDict):
    """Counts by horizon (as text), and the SHA-256 of the tables behind the fit."""

    n_patients: NotRequired[dict[str, int]]
    n_events: NotRequired[dict[str, int]]
    at_risk: NotRequired[int]
    features_sha256: NotRequired[str]
    outcomes_sha256: NotRequired[str]
    protocol_sha256: NotRequired[str]
    code_version: NotRequired[str]
    created_at: NotRequired[str]
    mlflow_run_id: NotRequired[str]


class ManifestFacts(TypedDict):
    """Facts on a model that its fit adds; `provenance` is always needed."""

    provenance: NotRequired[str]
    state: NotRequired[str]
    gate: NotRequired[GateVerdict]
    training: NotRequired[TrainingFacts]
    card: NotRequired[str]
    primary_horizon: NotRequired[int]
    landmark_window: NotRequired[int]
    question: NotRequired[str]
    cohort: NotRequired[DisclosedCohort]
    version: NotRequired[str]
    covariates: NotRequired[list[CovariateDocument]]
    sources: NotRequired[dict[str, str]]


class Manifest(TypedDict):
    """manifest.json; horizons are text keys. The registry adds version, aliases and promotion.

    `covariates` declare those inputs that the schema does not list.
    """

    format_version: str
    schema_version: str
    product: str
    research_use_only: str
    endpoint: str
    landmark: int
    horizons: list[int]
    features: list[str]
    provenance: Provenance
    state: str
    gate: GateVerdict
    training: TrainingFacts
    candidate: dict[str, str]
    card: NotRequired[str]
    calibration: NotRequired[dict[str, list[float]]]
    selection: NotRequired[dict[str, dict[str, dict[str, float]]]]
    refits: NotRequired[dict[str, int]]
    primary_horizon: NotRequired[int]
    landmark_window: NotRequired[int]
    question: NotRequired[str]
    cohort: NotRequired[DisclosedCohort]
    version: NotRequired[str]
    covariates: NotRequired[list[CovariateDocument]]
    sources: NotRequired[dict[str, str]]
    registered_model: NotRequired[str]
    aliases: NotRequired[list[str]]
    promotion: NotRequired[dict[str, str]]
    files: NotRequired[dict[str, str]]


REQUIRED = tuple(name for name in Manifest.__annotations__ if name in Manifest.__required_keys__)


def make_manifest(
    by_horizon: Mapping[int, "RiskModel"],
    endpoint: str,
    landmark: int,
    *,
    features: Sequence[str],
    facts: ManifestFacts,
) -> Manifest:
    """Everything about the model that is not an array; JSON, so horizons are text keys."""
    models = {str(horizon): by_horizon[horizon] for horizon in sorted(by_horizon)}
    counts: TrainingFacts = {
        "n_patients": {h: m.n_patients_ for h, m in models.items()},
        "n_events": {h: m.n_events_ for h, m in models.items()},
    }
    manifest: Manifest = {
        "state": "candidate",
        "gate": {},
        "card": "",
        "primary_horizon": default_primary_horizon(sorted(by_horizon)),
        "landmark_window": WINDOW_DAYS,
        **facts,  # type: ignore[typeddict-item]  # check_parts has seen the provenance
        "training": {**counts, **facts.get("training", {})},
        "format_version": FORMAT_VERSION,
        "schema_version": SCHEMA_VERSION,
        "product": PRODUCT,
        "research_use_only": RESEARCH_USE_ONLY,
        "endpoint": endpoint,
        "landmark": int(landmark),
        "horizons": sorted(by_horizon),
        "features": list(features),
        "candidate": {h: m.candidate_ for h, m in models.items()},
        "calibration": {h: list(m.calibration_) for h, m in models.items()},
        "selection": {h: m.selection_ for h, m in models.items()},
        "refits": {h: len(m.refit_candidates_) for h, m in models.items()},
    }
    return manifest


def check_parts(
    by_horizon: Mapping[int, "RiskModel"],
    features: Sequence[str],
    X: Floats,
    facts: ManifestFacts,
) -> None:
    """Refuse models that cannot be frozen together, in one sentence."""
    if facts.get("provenance") not in ("synthetic", "real"):
        raise InputError(
            "A frozen model says whether it learned from real or synthetic patients, but "
            "provenance is missing: give facts={'provenance': 'real' or 'synthetic'}."
        )
    if not by_horizon or X.ndim != 2 or X.shape[1] != len(features):
        raise InputError(
            f"A frozen model needs one model per horizon and training rows of its "
            f"{len(features)} features, but {len(by_horizon)} models and shape {X.shape} came."
        )
    check_days(list(by_horizon), facts)
    for horizon, model in by_horizon.items():
        names = getattr(model, "feature_names_in_", None)
        if model.n_features_in_ != len(features) or (
            names is not None and list(names) != list(features)
        ):
            raise InputError(
                f"All horizons share the features in one order, but the model of horizon "
                f"{horizon} was fitted on others: fit it on the same columns."
            )
        if model.refits_ is None:
            raise InputError(
                f"A served risk carries a stability interval, but the model of horizon {horizon} "
                "has no refits: fit it with RiskModel(n_refits=200)."
            )


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
