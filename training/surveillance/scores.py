"""Every visit scored by what never saw its patient: the super-model, and what it must beat."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import joblib  # type: ignore[import-untyped, unused-ignore]  # no stubs
import numpy as np

from features.arrays import Bools, Floats
from models.super_model import FIRST_LANDMARK, SuperModel, fit_super_model
from training.cohort.samples import Samples
from training.evaluation.cross_validation import Progress, in_turn, training_weights
from training.evaluation.folds import FoldPlan, fold_plan
from training.surveillance.stacked_landmarks import CURRENT, FEATURES, Stack

SUPER_MODEL, CARRIED, ALONE = "super_model", "landmark_28", "alone_model"

# What a ward would watch without a model, in the direction of the source study's claim: S100A8/A9
# up before relapse; monocytes down (sign -1) before a fatal infection. The first is the yardstick.
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
class Scored:
    """Scores of all visits, (repeats, v) each, NaN where there is none, by name.

    `risks` names those that are log-odds of the risk; `prevalence` (repeats, m) is the training
    part's weighted share of events at each row's landmark, the yardstick of the Brier score.
    """

    scores: Mapping[str, Floats]
    risks: tuple[str, ...]
    prevalence: Floats
    plan: FoldPlan


def yardstick(endpoint: str) -> str:
    """The one quantity that the super-model is judged against.

    >>> yardstick("relapse")
    's100a8a9_leukocyte'
    """
    return next(iter(MONITORED[endpoint]))


def score_visits(
    stacked: Stack,
    samples: Samples,
    repeats: int = 3,
    folds: int = 5,
    seed: int = 0,
    n_jobs: int = 1,
    progress: Progress | None = None,
) -> Scored:
    """Cross-validate by patient, by site where there are sites, and score every visit.

    A patient's visits are all in one fold. `alone_model` is the same machinery with the yardstick
    and landmark time only; `landmark_28` a model of the first landmark's samples, whose risk is
    carried forward to the patient's later visits. With whole sites in a fold one repeat says all.
    The answer does not depend on `n_jobs`.
    """
    plan = _plan(stacked, repeats, folds, seed)
    shape = len(plan.fold), len(stacked.visit_day)
    risks = {name: np.full(shape, np.nan) for name in (SUPER_MODEL, CARRIED, ALONE)}
    prevalence = np.full((len(plan.fold), len(stacked.y)), np.nan)
    parts = [(r, k) for r in range(len(plan.fold)) for k in np.unique(plan.fold[r])]
    jobs = (
        joblib.delayed(score_fold)(stacked, plan.fold[r] != k, seed + i)
        for i, (r, k) in enumerate(parts)
    )
    for done, ((r, k), found) in enumerate(zip(parts, in_turn(jobs, n_jobs), strict=True), 1):
        test = plan.fold[r] == k
        visits, rows = test[stacked.visit_patient], test[stacked.patient]
        for name, score in found[0].items():
            risks[name][r, visits] = score[visits]
        prevalence[r, rows] = found[1][rows]
        if progress:
            progress("folds", done, len(parts))
    watched = _monitored(stacked, samples, len(plan.fold))
    return Scored({**risks, **watched}, tuple(risks), prevalence, plan)


def score_fold(stacked: Stack, train: Bools, seed: int) -> tuple[dict[str, Floats], Floats]:
    """Log-odds of all visits by models of the patients in `train` (n,), and their prevalences."""
    part = _Part(stacked, train, stacked.weights(train), seed)
    alone = FEATURES.index(yardstick(stacked.endpoint))
    scores = {
        SUPER_MODEL: part.everything(),
        CARRIED: part.carried(),
        ALONE: part.of_one(alone),
    }
    return scores, part.prevalence()


def _plan(stacked: Stack, repeats: int, folds: int, seed: int) -> FoldPlan:
    ever = np.full(len(stacked.patients), np.nan)
    known = ~np.isnan(stacked.y)
    ever[stacked.patient[known]] = 0.0
    ever[stacked.with_event] = 1.0
    plan = fold_plan(ever, stacked.site, repeats, folds, seed)
    if plan.by == "site":  # few sites make few partitions: repeating one adds nothing
        return FoldPlan(plan.fold[:1], plan.stratum[:1], plan.by, plan.note)
    return plan


def _monitored(stacked: Stack, samples: Samples, repeats: int) -> dict[str, Floats]:
    signs = MONITORED[stacked.endpoint]
    rows = samples.frame.iloc[stacked.visit_row]
    return {
        name: np.tile(sign * rows[name].to_numpy(float), (repeats, 1))
        for name, sign in signs.items()
    }


@dataclass(frozen=True)
class _Part:
    """One fold's training patients, and models of theirs that score all visits."""

    stacked: Stack
    train: Bools
    weight: Floats
    seed: int

    def everything(self) -> Floats:
        """Log-odds of every visit by the super-model."""
        return self._scored(self.stacked.values, len(CURRENT))

    def of_one(self, column: int) -> Floats:
        """The same with one column and landmark time."""
        return self._scored(self.stacked.values[:, [column]], 1)

    def carried(self) -> Floats:
        """The first landmark's own model; a patient's risk then stays what it was."""
        s = self.stacked
        at_first = s.rows_of(s.landmarks[0])
        now = s.values[:, : len(CURRENT)]
        same = np.full(len(now), FIRST_LANDMARK)  # one landmark: no time to learn from
        score = self._fitted(now, same, len(CURRENT), at_first).logit(now, same)
        kept = np.full(len(s.patients), np.nan)
        kept[s.patient[at_first]] = score[s.visit[at_first]]
        return kept[s.visit_patient]

    def prevalence(self) -> Floats:
        """Share of events in the training part at each row's landmark, (m,)."""
        s = self.stacked
        used = self._used(np.ones(len(s.y), bool))
        share = np.full(len(s.y), np.nan)
        for landmark in s.landmarks:
            own = s.rows_of(landmark)
            at = used & own
            share[own] = np.average(s.y[at], weights=self.weight[at]) if at.any() else np.nan
        return share

    def _scored(self, values: Floats, current: int) -> Floats:
        s = self.stacked
        every = np.ones(len(s.y), bool)
        return self._fitted(values, s.visit_day, current, every).logit(values, s.visit_day)

    def _used(self, rows: Bools) -> Bools:
        s = self.stacked
        return rows & self.train[s.patient] & ~np.isnan(s.y) & (self.weight > 0)

    def _fitted(self, values: Floats, day: Floats, current: int, rows: Bools) -> SuperModel:
        s, used = self.stacked, self._used(rows)
        at = s.visit[used]
        return fit_super_model(
            values[at], day[at], s.y[used], training_weights(self.weight[used]), s.patient[used],
            current, self.seed,
        )  # fmt: skip
