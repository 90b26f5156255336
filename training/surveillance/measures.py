"""Discrimination and Brier score of visit scores: AUC by landmark and pooled, exchange test."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.stats import rankdata  # type: ignore[import-untyped, unused-ignore]  # no stubs

from features.arrays import Bools, Floats, Ints
from training.statistics.accuracy.auc import pair_matrices
from training.statistics.accuracy.brier import bootstrap_mean, skill, squared_loss
from training.statistics.bootstrap import Measure, measure
from training.statistics.calibration.logistic import sigmoid
from training.surveillance.scores import SurveillanceScores
from training.surveillance.stacked_landmarks import FEWEST_EVENTS, StackedLandmarks

UNDEFINED = Measure(None, None, None)


@dataclass(frozen=True)
class LandmarkPairs:
    """Events against controls of one landmark within a fold: (cases, controls) wins and pairs.

    `cases` and `controls` are the numbers of their patients.
    """

    wins: Floats
    pairs: Floats
    cases: Ints
    controls: Ints

    @property
    def enough_events(self) -> bool:
        """Whether there are events and controls enough for an AUC."""
        return min(len(self.cases), len(self.controls)) >= FEWEST_EVENTS

    def sums(self, copies: Floats) -> tuple[Floats, Floats]:
        """Weighted wins and pairs of each bootstrap sample of patients, (B,) each."""
        case, control = copies[:, self.cases], copies[:, self.controls]
        wins = ((case @ self.wins) * control).sum(axis=1)
        return wins, ((case @ self.pairs) * control).sum(axis=1)


def landmark_pairs(
    stack: StackedLandmarks, scored: SurveillanceScores, score: Floats
) -> list[LandmarkPairs]:
    """Pairs of every landmark for one score (repeats, v); visits without a value do not count.

    Weights are 1/G of all patients at the landmark. Controls are all who do not have the event in
    the window, competing events included (cumulative cases, dynamic controls).
    """
    weight = stack.weights()
    by_landmark = []
    for landmark in stack.landmarks:
        rows = np.flatnonzero(stack.rows_of(landmark))
        values, patient = score[:, stack.visit[rows]], stack.patient[rows]
        y = np.where(np.isnan(values).any(axis=0), np.nan, stack.y[rows])
        stratum = scored.plan.stratum[:, patient]
        wins, pairs = pair_matrices(values, y, np.tile(weight[rows], (len(values), 1)), stratum)
        by_landmark.append(LandmarkPairs(wins, pairs, patient[y == 1], patient[y == 0]))
    return by_landmark


def auc_of(pairs: Sequence[LandmarkPairs], copies: Floats) -> Measure:
    """AUC over the pairs of some landmarks with its interval; `copies` (B, n) redraws patients."""
    each_once = np.ones((1, copies.shape[1]))
    return measure(float(pooled_auc(pairs, each_once)[0]), pooled_auc(pairs, copies))


def pooled_auc(pairs: Sequence[LandmarkPairs], copies: Floats) -> Floats:
    """AUC of each bootstrap sample, pairs of the same landmark only; NaN without pairs, (B,)."""
    wins, total = np.zeros(len(copies)), np.zeros(len(copies))
    for landmark in pairs:
        landmark_wins, landmark_total = landmark.sums(copies)
        wins, total = wins + landmark_wins, total + landmark_total
    share: Floats = np.divide(wins, total, out=np.full(len(total), np.nan), where=total > 0)
    return share


def brier_at(
    stack: StackedLandmarks,
    scored: SurveillanceScores,
    score: Floats,
    landmark: int,
    copies: Floats,
) -> tuple[Measure, Measure]:
    """IPCW Brier score of log-odds (repeats, v) at a landmark, and its skill over prevalence.

    The prevalence is that landmark's in the training part. References: Graf et al., Stat Med
    1999;18:2529; Schoop, Graf and Schumacher, Biometrics 2008;64:603 (in a moving window).
    """
    rows = np.flatnonzero(stack.rows_of(landmark))
    values = score[:, stack.visit[rows]]
    y = np.where(np.isnan(values).any(axis=0), np.nan, stack.y[rows])
    weight = np.tile(stack.weights()[rows], (len(values), 1))
    loss, weights = squared_loss(sigmoid(np.nan_to_num(values)), y, weight)
    reference_loss, _ = squared_loss(scored.prevalence[:, rows], y, weight)
    total = weights.sum()
    if total <= 0:
        return UNDEFINED, UNDEFINED
    patient_copies = copies[:, stack.patient[rows]]
    draws = bootstrap_mean(loss, weights, patient_copies)
    reference_draws = bootstrap_mean(reference_loss, weights, patient_copies)
    value, reference = float(loss.sum() / total), float(reference_loss.sum() / total)
    with np.errstate(invalid="ignore", divide="ignore"):
        skill_draws = 1 - draws / reference_draws
    return measure(value, draws), measure(skill(value, reference), skill_draws)


def exchange_test(
    stack: StackedLandmarks, scored: SurveillanceScores, *, first: Floats, second: Floats,
    draws: int, seed: int,
) -> tuple[float, float]:  # fmt: skip
    """Gain in AUC of one score over another, and its one-sided p when they are exchangeable.

    Both scores become ranks among the rows compared with each other (same landmark and fold), and
    in each permutation each patient's two are exchanged, at all landmarks, with probability 1/2.
    p = (1 + draws that reach the gain) / (1 + draws). Scores (repeats, v); the first repeat
    counts. Reference: Bandos, Rockette and Gur, Stat Med 2005;24:2873 (clustered here by patient).
    """
    ranks = [_landmark_ranks(stack, scored, day, first[0], second[0]) for day in stack.landmarks]
    rng, n = np.random.default_rng(seed), len(stack.patients)
    gain = _gain(ranks, np.zeros(n, bool))
    reached = sum(_gain(ranks, rng.random(n) < 0.5) >= gain - 1e-12 for _ in range(draws))
    return gain, (1 + reached) / (1 + draws)


@dataclass(frozen=True)
class _LandmarkRanks:
    """Rows of one landmark: two scores as ranks (2, m), labels, weights, strata, patients."""

    ranks: Floats
    y: Floats
    weight: Floats
    stratum: Ints
    patient: Ints


def _landmark_ranks(
    stack: StackedLandmarks,
    scored: SurveillanceScores,
    landmark: int,
    first: Floats,
    second: Floats,
) -> _LandmarkRanks:
    weight = stack.weights()
    rows = np.flatnonzero(stack.rows_of(landmark) & ~np.isnan(stack.y) & (weight > 0))
    visit = stack.visit[rows]
    rows = rows[~np.isnan(first[visit]) & ~np.isnan(second[visit])]
    visit, patient = stack.visit[rows], stack.patient[rows]
    stratum = scored.plan.stratum[0, patient]
    ranks = np.stack([_ranks(score[visit], stratum) for score in (first, second)])
    return _LandmarkRanks(ranks, stack.y[rows], weight[rows], stratum, patient)


def _ranks(values: Floats, stratum: Ints) -> Floats:
    """Ranks within each stratum, divided by the number of values in it."""
    ranks = np.empty(len(values))
    for one in np.unique(stratum):
        members = stratum == one
        ranks[members] = rankdata(values[members]) / members.sum()
    return ranks


def _gain(landmarks: Sequence[_LandmarkRanks], swap: Bools) -> float:
    """Pooled AUC of the first score minus the second's after exchanging those of some patients."""
    wins, total = np.zeros(2), 0.0
    for one in landmarks:
        both = np.where(swap[one.patient], one.ranks[::-1], one.ranks)
        for i in range(2):
            matrix, pairs = pair_matrices(both[i][None], one.y, one.weight[None], one.stratum[None])
            wins[i] += matrix.sum()
        total += float(pairs.sum())
    return float((wins[0] - wins[1]) / total) if total > 0 else float("nan")
