"""Surveillance of one endpoint: visits scored, measured at every landmark, alarmed and judged."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped, unused-ignore]  # no stubs

from features import schema
from features.arrays import Bools, Floats
from training.cohort.cohort import Cohort
from training.cohort.samples import Samples
from training.evaluation.cross_validation import Progress
from training.statistics.bootstrap import Measure, bootstrap_copies, measure
from training.statistics.lead_time import (
    VisitScores,
    Warnings,
    alarm_share_shortly_before,
    warnings_of,
)
from training.statistics.logistic import sigmoid
from training.surveillance.gate import Judged, judge_gain
from training.surveillance.measures import (
    auc_of,
    brier_at,
    exchange_test,
    landmark_pairs,
    pooled_auc,
    told,
)
from training.surveillance.scores import (
    ALONE,
    CARRIED,
    SUPER_MODEL,
    Scored,
    score_visits,
    yardstick,
)
from training.surveillance.stacked_landmarks import HORIZON, Stack, stack

RATES: tuple[tuple[str, float], ...] = (("patient", 0.10), ("visit", 0.05))
DRAWS, PERMUTATIONS = 300, 500
LABELS = {SUPER_MODEL: "Super-model", CARRIED: "Landmark 28, carried forward"}


@dataclass(frozen=True)
class Survey:
    """All that is said of one endpoint.

    `by_landmark`, `lead_time`, `visits` are tables; `warnings` those at 10 % of patients, by
    score; `gain` the paired difference in AUC over the yardstick with the test's `p`,
    `warned_gain` that in the share warned.
    """

    stacked: Stack
    scored: Scored
    by_landmark: pd.DataFrame
    lead_time: pd.DataFrame
    visits: pd.DataFrame
    warnings: dict[str, Warnings]
    gain: Measure
    warned_gain: Measure
    p: float
    judged: Judged


def survey(
    cohort: Cohort,
    endpoint: str,
    horizon: int = HORIZON,
    seed: int = 0,
    draws: int = DRAWS,
    permutations: int = PERMUTATIONS,
    n_jobs: int = 1,
    progress: Progress | None = None,
) -> Survey:
    """Score, measure and judge one endpoint; the errors are those of `stack`.

    Everything that learns sees other patients only. Intervals redraw patients with all their
    visits (`draws` times); they do not refit the models.
    """
    samples = cohort.samples
    stacked = stack(cohort, endpoint, horizon)
    scored = score_visits(stacked, samples, seed=seed, n_jobs=n_jobs, progress=progress)
    with threadpool_limits(1):  # matrices are small: threads of BLAS would wait for each other
        return _measured(stacked, scored, samples, draws, permutations, seed)


def _measured(
    stacked: Stack, scored: Scored, samples: Samples, draws: int, permutations: int, seed: int
) -> Survey:
    endpoint = stacked.endpoint
    copies = bootstrap_copies(len(stacked.patients), draws, seed)
    alarms = {
        (name, per): _warned(stacked, scored, name, per, rate, draws, seed)
        for name in scored.scores
        for per, rate in RATES
    }
    gain, p = _gain(stacked, scored, copies, permutations, seed)
    events, n = int(stacked.with_event.sum()), len(stacked.patients)
    by_patient = {name: alarms[name, "patient"] for name in scored.scores}
    return Survey(
        stacked,
        scored,
        _by_landmark(stacked, scored, copies),
        _lead_table(stacked, scored, alarms),
        _visit_table(stacked, scored, samples, by_patient),
        by_patient,
        gain,
        _warned_gain(by_patient, yardstick(endpoint)),
        p,
        judge_gain(endpoint, label_of(yardstick(endpoint)), events, n, gain, p),
    )


def label_of(name: str) -> str:
    """A score in a clinician's words.

    >>> label_of("s100a8a9_leukocyte")
    'S100A8/A9, all leukocytes'
    """
    if name == ALONE:
        return "Model of the yardstick alone"
    return LABELS.get(name) or schema.ALL_FEATURES[name].label


def _warned(
    stacked: Stack, scored: Scored, name: str, per: str, rate: float, draws: int, seed: int
) -> Warnings:
    score = scored.scores[name].mean(axis=0)
    visits = VisitScores(stacked.visit_patient, stacked.visit_day, score, stacked.watched_event_day)
    return warnings_of(visits, rate, per=per, model=scored.plan.fold[0], draws=draws, seed=seed)


def _by_landmark(stacked: Stack, scored: Scored, copies: Floats) -> pd.DataFrame:
    """AUC and Brier score of every score at every landmark, and AUC over all ("all")."""
    rows: list[dict[str, object]] = []
    for name, score in scored.scores.items():
        pairs = landmark_pairs(stacked, scored, score)
        for landmark, own in zip(stacked.landmarks, pairs, strict=True):
            row = {"score": name, "landmark": str(landmark), "events": len(own.cases),
                   "controls": len(own.controls)}  # fmt: skip
            row |= _columns("auc", auc_of([own], copies) if told(own) else None)
            if name in scored.risks and told(own):
                brier, skill = brier_at(stacked, scored, score, landmark, copies)
                row |= _columns("brier", brier) | _columns("brier_skill", skill)
            rows.append(row)
        every = {"score": name, "landmark": "all",
                 "events": sum(len(one.cases) for one in pairs),
                 "controls": sum(len(one.controls) for one in pairs)}  # fmt: skip
        rows.append(every | _columns("auc", auc_of(pairs, copies)))
    return pd.DataFrame(rows)


def _columns(name: str, found: Measure | None) -> dict[str, float | None]:
    """A measure as three columns; empty where it cannot be told."""
    if found is None:
        return {name: None, f"{name}_low": None, f"{name}_high": None}
    return {name: found.value, f"{name}_low": found.low, f"{name}_high": found.high}


def _lead_table(
    stacked: Stack, scored: Scored, alarms: dict[tuple[str, str], Warnings]
) -> pd.DataFrame:
    rows = []
    for (name, per), found in alarms.items():
        visits = VisitScores(
            stacked.visit_patient, stacked.visit_day, scored.scores[name].mean(axis=0),
            stacked.watched_event_day,
        )  # fmt: skip
        shortly = alarm_share_shortly_before(visits, found.threshold, stacked.horizon)
        rows.append(
            {"score": name, "rate_held_per": per, "rate": dict(RATES)[per],
             "events": int(found.has_event.sum()), "without": int((~found.has_event).sum()),
             "false_alarms": found.false_alarms,
             "false_alarms_per_100_visits": found.false_alarms_per_100_visits,
             **_columns("share_warned", found.share_warned),
             **_columns("median_lead_days", found.median_lead),
             f"alarmed_within_{stacked.horizon}_days": shortly}
        )  # fmt: skip
    return pd.DataFrame(rows)


def _visit_table(
    stacked: Stack, scored: Scored, samples: Samples, warned: dict[str, Warnings]
) -> pd.DataFrame:
    """Every visit with its out-of-fold risk, the yardstick, and whether either alarms."""
    watched = yardstick(stacked.endpoint)
    rows = samples.frame.iloc[stacked.visit_row]

    def alarms(name: str) -> Bools:
        threshold = warned[name].threshold[stacked.visit_patient]
        above: Bools = scored.scores[name].mean(axis=0) > threshold
        return above

    return pd.DataFrame(
        {
            "patient_id": np.array(stacked.patients, dtype=object)[stacked.visit_patient],
            "day": stacked.visit_day,
            "risk": sigmoid(scored.scores[SUPER_MODEL].mean(axis=0)),
            "risk_alarm": alarms(SUPER_MODEL),
            "watched": watched,
            "watched_value": rows[watched].to_numpy(float),
            "watched_alarm": alarms(watched),
            "days_to_event": stacked.event_day[stacked.visit_patient] - stacked.visit_day,
        }
    )


def _gain(
    stacked: Stack, scored: Scored, copies: Floats, permutations: int, seed: int
) -> tuple[Measure, float]:
    """Paired difference in AUC over the yardstick, on visits that have both, and its p."""
    ours, other = (scored.scores[name] for name in (SUPER_MODEL, yardstick(stacked.endpoint)))
    gap = np.isnan(ours) | np.isnan(other)
    pairs = [
        landmark_pairs(stacked, scored, np.where(gap, np.nan, score)) for score in (ours, other)
    ]
    whole = np.ones((1, copies.shape[1]))
    value, drawn = (
        pooled_auc(pairs[0], each) - pooled_auc(pairs[1], each) for each in (whole, copies)
    )
    _, p = exchange_test(stacked, scored, ours, other, permutations, seed)
    return measure(float(value[0]), drawn), p


def _warned_gain(warned: dict[str, Warnings], watched: str) -> Measure:
    """Paired difference in the share of events warned at 10 % of patients."""
    ours, other = warned[SUPER_MODEL], warned[watched]
    value = (ours.share_warned.value or 0.0) - (other.share_warned.value or 0.0)
    return measure(value, ours.draws[:, 0] - other.draws[:, 0])
