"""Out-of-fold scores of every visit: super-model, carried-forward risk, single quantities."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import joblib  # type: ignore[import-untyped, unused-ignore]  # no stubs
import numpy as np

from features.arrays import Bools, Floats, Ints
from features.schema import CORE
from models.hazard_model import FIRST_LANDMARK
from training.cohort.samples import Samples
from training.evaluation.folds import FoldPlan
from training.jobs import Progress, run_in_order
from training.surveillance.stacked_landmarks import FEATURES, StackedLandmarks
from training.surveillance.visit_folds import visit_folds
from training.surveillance.visit_model import VisitRows, visit_logits

IS_CORE = np.isin(FEATURES, CORE)
SUPER_MODEL, CARRIED_FORWARD, REFERENCE_MODEL = "super_model", "landmark_28", "alone_model"

# What a ward would watch without a model, in the direction of the source study's claim: S100A8/A9
# up before relapse; monocytes down (sign -1) before a fatal infection. The first is the reference
# score of the endpoint.
MONITORED: Mapping[str, Mapping[str, float]] = MappingProxyType(
    {
        "relapse": MappingProxyType(
            {
                "s100a8a9_leukocyte": 1.0,
                "s100a8a9_leukocyte_change": 1.0,
                "s100a8a9_monocyte": 1.0,
                "s100a8a9_nonmyeloid": 1.0,
                "s100a8a9_standardised": 1.0,
            }
        ),
        "fatal_infection": MappingProxyType(
            {
                "monocyte_fraction": -1.0,
                "monocyte_fraction_change": -1.0,
                "s100a8a9_leukocyte": 1.0,
                "s100a8a9_leukocyte_change": 1.0,
            }
        ),
    }
)


@dataclass(frozen=True)
class SurveillanceScores:
    """Scores of all visits by name, (repeats, v) each, NaN where there is none.

    `risks` names those that are log-odds of the risk; `prevalence` (repeats, m) is the training
    part's weighted share of events at each row's landmark, the reference of the Brier skill.
    """

    scores: Mapping[str, Floats]
    risks: tuple[str, ...]
    prevalence: Floats
    plan: FoldPlan


def reference_score(endpoint: str) -> str:
    """The single quantity that the super-model is compared with.

    >>> reference_score("relapse")
    's100a8a9_leukocyte'
    """
    return next(iter(MONITORED[endpoint]))


def score_visits(
    stack: StackedLandmarks,
    samples: Samples,
    *,
    repeats: int = 3,
    folds: int = 5,
    seed: int = 0,
    n_jobs: int = 1,
    progress: Progress | None = None,
) -> SurveillanceScores:
    """Cross-validate by patient, by site where there are sites, and score every visit.

    A patient's visits are all in one fold. `alone_model` is the same model with the reference
    score and landmark time only; `landmark_28` a model of the first landmark's samples, whose risk
    is carried forward to the patient's later visits. With sites as folds there is one repeat. The
    result does not depend on `n_jobs`.
    """
    plan = _fold_plan(stack, repeats, folds, seed)
    shape = len(plan.fold), len(stack.visit_day)
    models = (SUPER_MODEL, CARRIED_FORWARD, REFERENCE_MODEL)
    risks = {name: np.full(shape, np.nan) for name in models}
    prevalence = np.full((len(plan.fold), len(stack.y)), np.nan)
    parts = [(r, k) for r in range(len(plan.fold)) for k in np.unique(plan.fold[r])]
    jobs = (joblib.delayed(score_fold)(stack, plan.fold[r] != k) for r, k in parts)
    results = zip(parts, run_in_order(jobs, n_jobs), strict=True)
    for i, ((r, k), (scores, shares)) in enumerate(results, 1):
        test = plan.fold[r] == k
        visits, rows = test[stack.visit_patient], test[stack.patient]
        for name, score in scores.items():
            risks[name][r, visits] = score[visits]
        prevalence[r, rows] = shares[rows]
        if progress:
            progress("folds", i, len(parts))
    monitored = _monitored_scores(stack, samples, len(plan.fold))
    return SurveillanceScores({**risks, **monitored}, tuple(risks), prevalence, plan)


def score_fold(stack: StackedLandmarks, train: Bools) -> tuple[dict[str, Floats], Floats]:
    """Log-odds of all visits by models of the patients in `train` (n,), and their prevalences."""
    part = _TrainingPart(stack, train, stack.weights(train))
    scores = {
        SUPER_MODEL: part.super_model(),
        CARRIED_FORWARD: part.carried_forward(),
        REFERENCE_MODEL: part.one_column(FEATURES.index(reference_score(stack.endpoint))),
    }
    return scores, part.prevalence()


def _fold_plan(stack: StackedLandmarks, repeats: int, folds: int, seed: int) -> FoldPlan:
    ever = np.full(len(stack.patients), np.nan)
    ever[stack.patient[~np.isnan(stack.y)]] = 0.0
    ever[stack.with_event] = 1.0
    return visit_folds(ever, stack.site, repeats, folds, seed)


def _monitored_scores(stack: StackedLandmarks, samples: Samples, repeats: int) -> dict[str, Floats]:
    signs = MONITORED[stack.endpoint]
    rows = samples.frame.iloc[stack.visit_row]
    return {
        name: np.tile(sign * rows[name].to_numpy(float), (repeats, 1))
        for name, sign in signs.items()
    }


@dataclass(frozen=True)
class _TrainingPart:
    """One fold's training patients, and models of theirs that score all visits."""

    stack: StackedLandmarks
    train: Bools
    weight: Floats

    def super_model(self) -> Floats:
        """Log-odds of every visit by the super-model."""
        return self._logits(self.stack.visit_day, self._train_rows, np.arange(len(FEATURES)))

    def one_column(self, column: int) -> Floats:
        """The same with one column and landmark time."""
        return self._logits(self.stack.visit_day, self._train_rows, np.array([column]))

    def carried_forward(self) -> Floats:
        """Log-odds by a model of the first landmark, the same at all visits of a patient."""
        stack = self.stack
        at_first = stack.rows_of(stack.landmarks[0])
        day = np.full(len(stack.visit_day), FIRST_LANDMARK)  # one landmark: no time to learn from
        score = self._logits(day, at_first & self._train_rows, np.arange(len(FEATURES)))
        first_score = np.full(len(stack.patients), np.nan)
        first_score[stack.patient[at_first]] = score[stack.visit[at_first]]
        return first_score[stack.visit_patient]

    def prevalence(self) -> Floats:
        """Share of events in the training part at each row's landmark, (m,)."""
        stack = self.stack
        has_label = self._train_rows & ~np.isnan(stack.y) & (self.weight > 0)
        share = np.full(len(stack.y), np.nan)
        for landmark in stack.landmarks:
            rows = stack.rows_of(landmark)
            at = has_label & rows
            share[rows] = np.average(stack.y[at], weights=self.weight[at]) if at.any() else np.nan
        return share

    @property
    def _train_rows(self) -> Bools:
        """Rows of training patients, (m,)."""
        rows: Bools = self.train[self.stack.patient]
        return rows

    def _logits(self, day: Floats, rows: Bools, columns: Ints) -> Floats:
        """Log-odds of every visit, at these days of the visits, by a model of some rows."""
        stack, at = self.stack, self.stack.visit[rows]
        values = stack.values[:, columns]
        learned = VisitRows(
            values[at], day[at], stack.y[rows], self.weight[rows], stack.patient[rows],
            is_core=IS_CORE[columns], incidence=float(np.nanmean(self.prevalence()[rows])),
        )  # fmt: skip
        return visit_logits(learned, values, day)
