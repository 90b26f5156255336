"""Surveillance of one endpoint: scores visits, measures them at every landmark, judges the gain."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped, unused-ignore]  # no stubs

from features.arrays import Floats
from features.errors import InputError
from models.endpoints import EXCLUSIVE_ENDPOINTS
from training.cohort.cohort import Cohort
from training.cohort.samples import Samples
from training.jobs import Progress
from training.statistics.bootstrap import Measure, bootstrap_copies, measure
from training.statistics.lead_time import VisitScores, Warnings, warnings_of
from training.surveillance.gate import GainVerdict, judge_gain
from training.surveillance.measures import exchange_test, landmark_pairs, pooled_auc
from training.surveillance.result_tables import (
    RATES,
    label_of,
    landmark_table,
    lead_table,
    visit_table,
)
from training.surveillance.scores import (
    SUPER_MODEL,
    SurveillanceScores,
    reference_score,
    score_visits,
)
from training.surveillance.stacked_landmarks import HORIZON, StackedLandmarks, stack_landmarks


@dataclass(frozen=True)
class Resampling:
    """Numbers of bootstrap samples and of permutations, and the seed of both and of the folds."""

    bootstraps: int = 300
    permutations: int = 500
    seed: int = 0


DEFAULT_RESAMPLING = Resampling()


@dataclass(frozen=True)
class SurveillanceResult:
    """Results of one endpoint.

    `by_landmark`, `lead_time`, `visits` are tables; `warnings` those at 10 % of patients, by
    score; `gain` the paired difference in AUC over the reference score with the test's `p`,
    `warned_gain` that in the share warned.
    """

    stack: StackedLandmarks
    scored: SurveillanceScores
    by_landmark: pd.DataFrame
    lead_time: pd.DataFrame
    visits: pd.DataFrame
    warnings: Mapping[str, Warnings]
    gain: Measure
    warned_gain: Measure
    p: float
    verdict: GainVerdict


Results = Mapping[str, SurveillanceResult | InputError]


def surveillance_by_endpoint(
    cohort: Cohort,
    *,
    horizon: int = HORIZON,
    n_jobs: int = 1,
    progress: Progress | None = None,
) -> dict[str, SurveillanceResult | InputError]:
    """Surveillance of the endpoints that exclude each other; a refusal takes its endpoint's place.

    Severe infection may come again and does not end surveillance: it has no model here. Raises
    InputError, the first refusal, when all endpoints are refused.
    """
    results: dict[str, SurveillanceResult | InputError] = {}
    for endpoint in EXCLUSIVE_ENDPOINTS:
        report = _with_endpoint(progress, endpoint)
        try:
            results[endpoint] = surveillance(
                cohort, endpoint, horizon=horizon, n_jobs=n_jobs, progress=report
            )
        except InputError as refusal:
            results[endpoint] = refusal
    refusals = [result for result in results.values() if isinstance(result, InputError)]
    if len(refusals) == len(results):
        raise refusals[0]
    return results


def surveillance(
    cohort: Cohort,
    endpoint: str,
    *,
    horizon: int = HORIZON,
    resampling: Resampling = DEFAULT_RESAMPLING,
    n_jobs: int = 1,
    progress: Progress | None = None,
) -> SurveillanceResult:
    """Score, measure and judge one endpoint; the errors are those of `stack_landmarks`.

    Every model and threshold learns from other patients only. Intervals redraw patients with all
    their visits; they do not refit the models.
    """
    stack = stack_landmarks(cohort, endpoint, horizon=horizon)
    scored = score_visits(
        stack, cohort.samples, seed=resampling.seed, n_jobs=n_jobs, progress=progress
    )
    with threadpool_limits(1):  # matrices are small: threads of BLAS would wait for each other
        return _measure(stack, scored, cohort.samples, resampling)


def _with_endpoint(progress: Progress | None, endpoint: str) -> Progress | None:
    """The same report with the endpoint before the step's name."""
    if progress is None:
        return None
    return lambda step, count, total: progress(f"{endpoint}: {step}", count, total)


def _measure(
    stack: StackedLandmarks, scored: SurveillanceScores, samples: Samples, resampling: Resampling
) -> SurveillanceResult:
    copies = bootstrap_copies(len(stack.patients), resampling.bootstraps, resampling.seed)
    warnings = {
        (name, per): _warnings(stack, scored, name, per, resampling)
        for name in scored.scores
        for per, _ in RATES
    }
    by_patient = {name: warnings[name, "patient"] for name in scored.scores}
    reference = reference_score(stack.endpoint)
    gain, p = _gain(stack, scored, copies, resampling)
    verdict = judge_gain(label_of(reference), gain, p)
    return SurveillanceResult(
        stack=stack,
        scored=scored,
        by_landmark=landmark_table(stack, scored, copies),
        lead_time=lead_table(stack, scored, warnings),
        visits=visit_table(stack, scored, samples, by_patient),
        warnings=by_patient,
        gain=gain,
        warned_gain=_warned_gain(by_patient[SUPER_MODEL], by_patient[reference]),
        p=p,
        verdict=verdict,
    )


def _warnings(
    stack: StackedLandmarks, scored: SurveillanceScores, name: str, per: str, resampling: Resampling
) -> Warnings:
    """Warnings of one score; a threshold comes from patients scored by the same model."""
    score = scored.scores[name].mean(axis=0)
    visits = VisitScores(stack.visit_patient, stack.visit_day, score, stack.watched_event_day)
    return warnings_of(
        visits, dict(RATES)[per], per=per, model=scored.plan.fold[0],
        draws=resampling.bootstraps, seed=resampling.seed,
    )  # fmt: skip


def _gain(
    stack: StackedLandmarks, scored: SurveillanceScores, copies: Floats, resampling: Resampling
) -> tuple[Measure, float]:
    """Paired difference in AUC over the reference score, on visits that have both, and its p."""
    ours, reference = (
        scored.scores[name] for name in (SUPER_MODEL, reference_score(stack.endpoint))
    )
    gap = np.isnan(ours) | np.isnan(reference)
    pairs, reference_pairs = (
        landmark_pairs(stack, scored, np.where(gap, np.nan, score)) for score in (ours, reference)
    )
    each_once = np.ones((1, copies.shape[1]))
    value, bootstrap = (
        pooled_auc(pairs, each) - pooled_auc(reference_pairs, each) for each in (each_once, copies)
    )
    _, p = exchange_test(
        stack, scored, first=ours, second=reference,
        draws=resampling.permutations, seed=resampling.seed,
    )  # fmt: skip
    return measure(float(value[0]), bootstrap), p


def _warned_gain(ours: Warnings, reference: Warnings) -> Measure:
    """Paired difference in the share of events warned at 10 % of patients."""
    value = (ours.share_warned.value or 0.0) - (reference.share_warned.value or 0.0)
    return measure(value, ours.draws[:, 0] - reference.draws[:, 0])
