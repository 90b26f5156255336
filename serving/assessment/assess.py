"""One patient's samples and the models in service to an answer: plain data in, plain data out.

Framework-free: the service, the pages, CDS Hooks and FHIR all call `assess` or `explain` and differ
only in how they write the answer down. Neither scikit-learn nor pandas is imported here.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from features.errors import InputError
from features.measures.history import latest_with_history
from features.notices import RESEARCH_USE_ONLY
from features.schema import SCHEMA_VERSION
from features.table.row import Row
from models.endpoints import ENDPOINTS
from models.frozen import FrozenModel, HorizonRisk
from serving.assessment import wording
from serving.assessment.flags import model_flags, number, sample_flags
from serving.assessment.reasons import Said, explained

Answer = dict[str, Any]


@dataclass(frozen=True)
class ServedModel:
    """A model in service under its registry version."""

    model: FrozenModel
    version: str


def assess(rows: Sequence[Row], models: Mapping[str, ServedModel], request_id: str) -> Answer:
    """Both endpoints' risks at every horizon, with what limits them.

    `rows` are one patient's samples (keys SAMPLE_COLUMNS, missing numbers NaN) in any order; the
    latest day is assessed and the earlier ones give its history. `models` maps an endpoint to the
    model in service; an endpoint without one is answered as abstained. Far outside the training
    data the answer holds the reason instead of numbers. Raises InputError when there are no rows.
    """
    return _answer(rows, models, request_id, explain=False)


def explain(rows: Sequence[Row], models: Mapping[str, ServedModel], request_id: str) -> Answer:
    """As `assess`, and per horizon the reasons, which add up to the risk.

    baseline_logit + sum of the reasons' contributions = logit, and risk = 1 / (1 + exp(-logit)),
    both to 1e-9. `groups` sums the contributions of features that are entangled with each other.
    """
    return _answer(rows, models, request_id, explain=True)


def _answer(
    rows: Sequence[Row], models: Mapping[str, ServedModel], request_id: str, *, explain: bool
) -> Answer:
    if not rows:
        raise InputError(
            "A request needs at least one sample, and none came; send the current one."
        )
    current = latest_with_history(rows)
    synthetic = any(row.get("provenance") == "synthetic" for row in rows)
    said: Said | None = {} if explain else None
    return {
        "request_id": request_id,
        "research_use_only": RESEARCH_USE_ONLY,
        "schema_version": SCHEMA_VERSION,
        "sample": _sample(current, len(rows), synthetic=synthetic),
        "flags": sample_flags(current, synthetic=synthetic),
        "endpoints": {
            endpoint: _endpoint(endpoint, current, models.get(endpoint), said)
            for endpoint in ENDPOINTS
        },
    }


def _sample(current: Row, n_samples: int, *, synthetic: bool) -> Answer:
    """Which sample was assessed, and where it came from."""
    codes = str(current.get("warnings") or "")
    return {
        "sample_id": current.get("sample_id"),
        "day": current["day"],
        "n_samples": n_samples,
        "provenance": "synthetic" if synthetic else "real",
        "warnings": [code.strip() for code in codes.split(";") if code.strip()],
    }


def _endpoint(endpoint: str, current: Row, served: ServedModel | None, said: Said | None) -> Answer:
    """One endpoint's answer; with reasons when there is a place for their words, `said`."""
    if served is None:
        return _without_model(endpoint)
    model = served.model
    # NumPy turns None into NaN, as it turns a whole number into a float.
    values = np.array([current.get(name) for name in model.features], dtype=np.float64)
    found = model.assess(values, explain=said is not None)
    horizons = []
    for risk in () if found.abstained else found.horizons:
        reasons = {} if said is None else explained(model.features, values.tolist(), risk, said)
        horizons.append(horizon_answer(risk) | reasons)
    abstained = {"code": "unlike_training", "reason": found.abstained}
    return {
        "endpoint": endpoint,
        "landmark": model.landmark,
        "model": model_answer(served),
        "abstained": abstained if found.abstained else None,
        "flags": model_flags(model, found, int(number(current, "day"))),
        "stability_interval_means": wording.STABILITY,
        "horizons": horizons,
    }


def _without_model(endpoint: str) -> Answer:
    return {
        "endpoint": endpoint,
        "landmark": None,
        "model": None,
        "abstained": {"code": "no_model", "reason": wording.FLAGS["no_model"]},
        "flags": [wording.flag("no_model")],
        "stability_interval_means": wording.STABILITY,
        "horizons": [],
    }


def model_answer(served: ServedModel) -> Answer:
    """Which model answered: version, state of validation, and what it was fitted to."""
    manifest = served.model.manifest
    return {
        "version": served.version,
        "state": manifest.get("state"),
        "provenance": manifest.get("provenance"),
        "candidate": manifest.get("candidate"),
    }


def horizon_answer(risk: HorizonRisk) -> Answer:
    """One horizon's risk with its stability interval, and the training cohort beside it."""
    return {
        "horizon": int(risk.horizon),
        "risk": float(risk.risk),
        "stability_interval": {"low": finite(risk.low), "high": finite(risk.high)},
        "prevalence": float(risk.prevalence),
        "cohort_quantile": finite(risk.quantile),
        "raised": bool(risk.raised),
    }


def finite(value: float) -> float | None:
    """A float that JSON can carry: None for a missing number.

    >>> finite(0.5), finite(float("nan"))
    (0.5, None)
    """
    return float(value) if math.isfinite(value) else None
