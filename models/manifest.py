"""What a model's folder says about itself, beside its arrays."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from features.arrays import Floats
from features.errors import InputError
from features.notices import RESEARCH_USE_ONLY
from features.schema import SCHEMA_VERSION
from models.endpoints import WINDOW_DAYS, default_primary_horizon

if TYPE_CHECKING:  # scikit-learn stays out of serving
    from models.risk_model import RiskModel


FORMAT_VERSION = "1"
PRODUCT = "CD7Watch"
REQUIRED = (
    "format_version", "schema_version", "product", "research_use_only", "endpoint", "landmark",
    "horizons", "features", "provenance", "state", "gate", "training", "candidate",
)  # fmt: skip


def make_manifest(
    by_horizon: Mapping[int, "RiskModel"],
    endpoint: str,
    landmark: int,
    features: Sequence[str],
    extra: Mapping[str, object],
) -> dict[str, object]:
    """Everything about the model that is not an array; JSON, so horizons are text keys."""
    models = {str(horizon): by_horizon[horizon] for horizon in sorted(by_horizon)}
    training = extra.get("training", {})
    counts = {
        "n_patients": {h: m.n_patients_ for h, m in models.items()},
        "n_events": {h: m.n_events_ for h, m in models.items()},
    }
    return {
        "state": "candidate",
        "gate": {},
        "card": "",
        "primary_horizon": default_primary_horizon(sorted(by_horizon)),
        "landmark_window": WINDOW_DAYS,
        **extra,
        "training": {**counts, **(training if isinstance(training, Mapping) else {})},
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


def check_parts(
    by_horizon: Mapping[int, "RiskModel"],
    features: Sequence[str],
    X: Floats,
    extra: Mapping[str, object],
) -> None:
    """Refuse models that cannot be frozen together, in one sentence."""
    if extra.get("provenance") not in ("synthetic", "real"):
        raise InputError(
            "A frozen model says whether it learned from real or synthetic patients, but "
            "provenance is missing: give manifest_extra={'provenance': 'real' or 'synthetic'}."
        )
    if not by_horizon or X.ndim != 2 or X.shape[1] != len(features):
        raise InputError(
            f"A frozen model needs one model per horizon and training rows of its "
            f"{len(features)} features, but {len(by_horizon)} models and shape {X.shape} came."
        )
    check_days({"horizons": list(by_horizon), **extra})
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


def check_days(manifest: Mapping[str, object]) -> None:
    """Refuse a primary horizon that is none of the horizons, and a window without a day.

    >>> check_days({"horizons": [30, 90], "primary_horizon": 90, "landmark_window": 14})
    """
    horizons, primary = manifest["horizons"], manifest.get("primary_horizon")
    known = isinstance(horizons, Sequence) and primary in horizons
    if primary is not None and not known:
        raise InputError(
            f"A model's primary horizon is one of its horizons, but it is {primary} and they are "
            f"{horizons}: train and export the model again."
        )
    window = manifest.get("landmark_window", WINDOW_DAYS)
    if type(window) is not int or window < 1:
        raise InputError(
            f"A model's landmark window is a number of days, at least 1, but it is {window}: "
            "train and export the model again."
        )
