"""Tables of surveillance: AUC and Brier score by landmark, lead time, visits with alarms."""

from collections.abc import Iterator, Mapping

import numpy as np
import pandas as pd

from features import schema
from features.arrays import Bools, Floats
from training.cohort.samples import Samples
from training.statistics.bootstrap import Measure
from training.statistics.calibration.logistic import sigmoid
from training.statistics.lead_time import VisitScores, Warnings, alarm_share_shortly_before
from training.surveillance.measures import LandmarkPairs, auc_of, brier_at, landmark_pairs
from training.surveillance.scores import (
    CARRIED_FORWARD,
    REFERENCE_MODEL,
    SUPER_MODEL,
    SurveillanceScores,
    reference_score,
)
from training.surveillance.stacked_landmarks import StackedLandmarks

# False-alarm rates at which warnings are measured: share of patients, share of visits.
RATES: tuple[tuple[str, float], ...] = (("patient", 0.10), ("visit", 0.05))
LABELS = {
    SUPER_MODEL: "Super-model",
    CARRIED_FORWARD: "Landmark 28, carried forward",
    REFERENCE_MODEL: "Model of the reference score alone",
}


def label_of(name: str) -> str:
    """A score in a clinician's words.

    >>> label_of("s100a8a9_leukocyte")
    'S100A8/A9, all leukocytes'
    """
    return LABELS.get(name) or schema.ALL_FEATURES[name].label


def landmark_table(
    stack: StackedLandmarks, scored: SurveillanceScores, copies: Floats
) -> pd.DataFrame:
    """AUC and Brier score of every score at every landmark, and AUC over all ("all")."""
    rows: list[dict[str, object]] = []
    for name, score in scored.scores.items():
        pairs = landmark_pairs(stack, scored, score)
        for landmark, one in zip(stack.landmarks, pairs, strict=True):
            auc = auc_of([one], copies) if one.enough_events else None
            row = _counts(name, str(landmark), [one]) | _columns("auc", auc)
            if name in scored.risks and one.enough_events:
                brier, skill = brier_at(stack, scored, score, landmark, copies)
                row |= _columns("brier", brier) | _columns("brier_skill", skill)
            rows.append(row)
        rows.append(_counts(name, "all", pairs) | _columns("auc", auc_of(pairs, copies)))
    return pd.DataFrame(rows)


def lead_table(
    stack: StackedLandmarks,
    scored: SurveillanceScores,
    warnings: Mapping[tuple[str, str], Warnings],
) -> pd.DataFrame:
    """False alarms, share warned and median lead time of every score at both rates."""
    return pd.DataFrame(_lead_rows(stack, scored, warnings))


def visit_table(
    stack: StackedLandmarks, scored: SurveillanceScores, samples: Samples,
    warnings: Mapping[str, Warnings],
) -> pd.DataFrame:  # fmt: skip
    """Every visit with its out-of-fold risk, the reference score, and whether either alarms."""
    reference = reference_score(stack.endpoint)
    rows = samples.frame.iloc[stack.visit_row]

    def alarms(name: str) -> Bools:
        threshold = warnings[name].threshold[stack.visit_patient]
        above: Bools = scored.scores[name].mean(axis=0) > threshold
        return above

    return pd.DataFrame(
        {
            "patient_id": np.array(stack.patients, dtype=object)[stack.visit_patient],
            "day": stack.visit_day,
            "risk": sigmoid(scored.scores[SUPER_MODEL].mean(axis=0)),
            "risk_alarm": alarms(SUPER_MODEL),
            "watched": reference,
            "watched_value": rows[reference].to_numpy(float),
            "watched_alarm": alarms(reference),
            "days_to_event": stack.event_day[stack.visit_patient] - stack.visit_day,
        }
    )


def _lead_rows(
    stack: StackedLandmarks,
    scored: SurveillanceScores,
    warnings: Mapping[tuple[str, str], Warnings],
) -> Iterator[dict[str, object]]:
    for (name, per), one in warnings.items():
        score = scored.scores[name].mean(axis=0)
        visits = VisitScores(stack.visit_patient, stack.visit_day, score, stack.watched_event_day)
        shortly = alarm_share_shortly_before(visits, one.threshold, stack.horizon)
        yield {
            "score": name,
            "rate_held_per": per,
            "rate": dict(RATES)[per],
            "events": int(one.has_event.sum()),
            "without": int((~one.has_event).sum()),
            "false_alarms": one.false_alarms,
            "false_alarms_per_100_visits": one.false_alarms_per_100_visits,
            **_columns("share_warned", one.share_warned),
            **_columns("median_lead_days", one.median_lead),
            f"alarmed_within_{stack.horizon}_days": shortly,
        }


def _counts(name: str, landmark: str, pairs: list[LandmarkPairs]) -> dict[str, object]:
    return {
        "score": name,
        "landmark": landmark,
        "events": sum(len(one.cases) for one in pairs),
        "controls": sum(len(one.controls) for one in pairs),
    }


def _columns(name: str, measure: Measure | None) -> dict[str, float | None]:
    """A measure as three columns, empty where it cannot be estimated."""
    if measure is None:
        return {name: None, f"{name}_low": None, f"{name}_high": None}
    return {name: measure.value, f"{name}_low": measure.low, f"{name}_high": measure.high}
