"""Refused samples: do patients whose sample was refused fare otherwise than those who have one?

Refusal is informative: few monocytes, few cells. A model is fitted to the patients with a usable
sample, so their outcome and that of the refused are stated side by side.
"""

import numpy as np

from features.arrays import Floats
from models.disclosed_cohort import MeasureDocument
from models.endpoints import Endpoint
from models.frozen import FrozenModel
from training.cohort.at_risk import AtRisk
from training.cohort.cohort import Cohort
from training.cohort.labels import label
from training.cohort.refused_patients import refused_patients
from training.evaluation.documents.robustness_sections import (
    IncidenceOfGroup,
    RefusedSamplesSection,
)
from training.statistics.survival.incidence import cumulative_incidence, loglog_interval

LEAST_REFUSED = 5  # fewer say nothing


def refused_samples(
    cohort: Cohort, used: AtRisk, endpoint: Endpoint, horizon: int, risk: float
) -> RefusedSamplesSection:
    """Incidence of refused and used patients with 95 % intervals, and O/E of the refused.

    `used` are the patients at risk, followed as the endpoint asks; `risk` is the model's for a
    patient of whom nothing is measured. Intervals are symmetric in log(-log F).
    """
    refused = refused_patients(cohort.outcomes, cohort.samples, cohort.landmark, cohort.transplant)
    refused = cohort.until_onset(refused, endpoint)
    few = refused.n < LEAST_REFUSED
    group = _group(refused, endpoint, horizon, has_incidence=not few)
    return {
        "refused": group,
        "used": _group(used, endpoint, horizon, has_incidence=True),
        "risk": None if few else risk,
        "observed_over_expected": _ratio(group["incidence"], risk),
        "reason": f"{_patients(refused.n)} refused for the quality of the sample; at least "
        f"{LEAST_REFUSED} are needed" if few else None,
    }  # fmt: skip


def risk_unmeasured(model: FrozenModel, horizon: int) -> float:
    """The model's risk at one horizon of a patient of whom nothing is measured."""
    nothing = np.full((1, len(model.features)), np.nan)
    return float(model.risks(nothing)[0, model.horizons.index(horizon)])


def _group(
    at_risk: AtRisk, endpoint: Endpoint, horizon: int, *, has_incidence: bool
) -> IncidenceOfGroup:
    incidence = _incidence(at_risk, endpoint, horizon) if has_incidence and at_risk.n else None
    events = label(at_risk, endpoint, horizon).n_events
    return {"n": at_risk.n, "events": events, "incidence": incidence}


def _incidence(at_risk: AtRisk, endpoint: Endpoint, horizon: int) -> MeasureDocument:
    curve = cumulative_incidence(at_risk.time, at_risk.code, endpoint.event_codes)
    value, error = curve.at(horizon)
    low, high = loglog_interval(_one(value), _one(error))
    has_interval = 0 < value < 1  # the ends of an incidence of 0 or 1 would be 0 or 1 too
    return {
        "value": value,
        "low": float(low[0]) if has_interval else None,
        "high": float(high[0]) if has_interval else None,
    }


def _one(value: float) -> Floats:
    return np.array([value], dtype=np.float64)


def _ratio(incidence: MeasureDocument | None, risk: float) -> MeasureDocument | None:
    if incidence is None or incidence["value"] is None:
        return None
    low, high = incidence["low"], incidence["high"]
    return {
        "value": incidence["value"] / risk,
        "low": None if low is None else low / risk,
        "high": None if high is None else high / risk,
    }


def _patients(n: int) -> str:
    return f"{n} patient was" if n == 1 else f"{n} patients were"
