"""Endpoints together: observed incidence and mean out-of-fold risk of all events of a joint fit.

Events that exclude each other add up: no patient's risks may come to more than 1.
"""

from collections.abc import Sequence

import numpy as np

from features.arrays import Floats
from models.endpoints import EVENT_CODES, Endpoint
from training.cohort.at_risk import AtRisk
from training.cohort.cohort import Cohort
from training.cohort.labels_text import EVENT_NAMES
from training.evaluation.documents.robustness_sections import EndpointsTogether, StatedRisk
from training.evaluation.joint.fit import JointData
from training.evaluation.joint.resampling import JointScores
from training.statistics.survival.incidence import cumulative_incidence


def endpoints_together(cohort: Cohort, data: JointData, scores: JointScores) -> EndpointsTogether:
    """All events and endpoints of the joint fit, at each horizon, for the patients at risk.

    `scores` are out of fold, averaged over repeats; `observed` is the Aalen-Johansen estimate.
    """
    at_risk, horizons = cohort.at_risk, data.rows.horizons
    exclusive = scores.exclusive.mean(axis=0)
    events = data.rows.events
    codes = [EVENT_CODES[event] for event in events]
    return {
        "horizons": list(horizons),
        "events": [
            _stated(event, EVENT_NAMES.get(code, event), _observed(at_risk, [code], horizons),
                    exclusive[:, :, c])
            for c, (event, code) in enumerate(zip(events, codes, strict=True))
        ],
        "any_event": _stated("any_event", "any of these", _observed(at_risk, codes, horizons),
                             exclusive.sum(axis=2)),
        "largest_sum": scores.exclusive.sum(axis=3).max(axis=(0, 1)).tolist(),
        "endpoints": [_endpoint(cohort, one, horizons, scores) for one in data.endpoints],
    }  # fmt: skip


def _endpoint(
    cohort: Cohort, endpoint: Endpoint, horizons: Sequence[int], scores: JointScores
) -> StatedRisk:
    observed = _observed(cohort.at_risk_of(endpoint), endpoint.event_codes, horizons)
    risk = scores.risks[endpoint.name][:, scores.at_endpoint_risk[endpoint.name]].mean(axis=0)
    return _stated(endpoint.name, endpoint.words, observed, risk)


def _observed(at_risk: AtRisk, codes: Sequence[int], horizons: Sequence[int]) -> list[float]:
    curve = cumulative_incidence(at_risk.time, at_risk.code, codes)
    observed: list[float] = curve.probabilities_at(horizons).tolist()
    return observed


def _stated(name: str, words: str, observed: list[float], risk: Floats) -> StatedRisk:
    mean_risk = np.asarray(risk.mean(axis=0)).tolist()
    return {"name": name, "words": words, "observed": observed, "mean_risk": mean_risk}
