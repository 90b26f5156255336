"""How well a score tells, at each landmark and over all, who will have the event in the window."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.stats import rankdata  # type: ignore[import-untyped, unused-ignore]  # no stubs

from features.arrays import Floats, Ints
from training.statistics.auc import pair_matrices
from training.statistics.bootstrap import Measure, measure
from training.statistics.brier import bootstrap_mean, skill, squared_loss
from training.statistics.logistic import sigmoid
from training.surveillance.scores import Scored
from training.surveillance.stacked_landmarks import FEWEST_EVENTS, Stack

UNDEFINED = Measure(None, None, None)


@dataclass(frozen=True)
class Pairs:
    """Events against controls of one landmark, same fold only, and whose they are."""

    wins: Floats
    pairs: Floats
    cases: Ints
    controls: Ints

    def sums(self, copies: Floats) -> tuple[Floats, Floats]:
        """Weighted wins and pairs of each bootstrap sample of patients, (B,) each."""
        case, control = copies[:, self.cases], copies[:, self.controls]
        above = ((case @ self.wins) * control).sum(axis=1)
        return above, ((case @ self.pairs) * control).sum(axis=1)


def landmark_pairs(stacked: Stack, scored: Scored, score: Floats) -> list[Pairs]:
    """Pairs of every landmark for one score (repeats, v); visits without a value do not count.

    Weights are 1/G of all patients at the landmark. Controls are all who do not have the event in
    the window, competing events included (cumulative cases, dynamic controls).
    """
    weight = stacked.weights()
    found = []
    for landmark in stacked.landmarks:
        rows = np.flatnonzero(stacked.rows_of(landmark))
        values, patient = score[:, stacked.visit[rows]], stacked.patient[rows]
        y = np.where(np.isnan(values).any(axis=0), np.nan, stacked.y[rows])
        stratum = scored.plan.stratum[:, patient]
        wins, pairs = pair_matrices(values, y, np.tile(weight[rows], (len(values), 1)), stratum)
        found.append(Pairs(wins, pairs, patient[y == 1], patient[y == 0]))
    return found


def auc_of(pairs: Sequence[Pairs], copies: Floats) -> Measure:
    """AUC over the pairs of some landmarks with its interval; `copies` (B, n) redraws patients."""
    whole = np.ones((1, copies.shape[1]))
    return measure(float(pooled_auc(pairs, whole)[0]), pooled_auc(pairs, copies))


def pooled_auc(pairs: Sequence[Pairs], copies: Floats) -> Floats:
    """AUC of each bootstrap sample, pairs of the same landmark only; NaN without pairs, (B,)."""
    above, total = np.zeros(len(copies)), np.zeros(len(copies))
    for one in pairs:
        own_above, own_total = one.sums(copies)
        above, total = above + own_above, total + own_total
    share: Floats = np.divide(above, total, out=np.full(len(total), np.nan), where=total > 0)
    return share


def told(pairs: Pairs) -> bool:
    """Whether a landmark has events and controls enough for a number."""
    return min(len(pairs.cases), len(pairs.controls)) >= FEWEST_EVENTS


def brier_at(
    stacked: Stack, scored: Scored, score: Floats, landmark: int, copies: Floats
) -> tuple[Measure, Measure]:
    """IPCW Brier score of log-odds (repeats, v) at a landmark, and its skill over prevalence.

    The prevalence is that landmark's in the training part. References: Graf et al., Stat Med
    1999;18:2529; Schoop, Graf and Schumacher, Biometrics 2008;64:603 (in a moving window).
    """
    rows = np.flatnonzero(stacked.rows_of(landmark))
    values = score[:, stacked.visit[rows]]
    y = np.where(np.isnan(values).any(axis=0), np.nan, stacked.y[rows])
    weight = np.tile(stacked.weights()[rows], (len(values), 1))
    loss, used = squared_loss(sigmoid(np.nan_to_num(values)), y, weight)
    yardstick, _ = squared_loss(scored.prevalence[:, rows], y, weight)
    own = copies[:, stacked.patient[rows]]
    drawn, reference = bootstrap_mean(loss, used, own), bootstrap_mean(yardstick, used, own)
    total = used.sum()
    if total <= 0:
        return UNDEFINED, UNDEFINED
    value, base = float(loss.sum() / total), float(yardstick.sum() / total)
    with np.errstate(invalid="ignore", divide="ignore"):
        skills = 1 - drawn / reference
    return measure(value, drawn), measure(skill(value, base), skills)


def exchange_test(
    stacked: Stack, scored: Scored, first: Floats, second: Floats, draws: int, seed: int
) -> tuple[float, float]:
    """Gain in AUC of one score over another, and its one-sided p when they are exchangeable.

    Both scores become ranks among the rows compared with each other (same landmark and fold), and
    in each permutation a coin per patient exchanges the two at all of that patient's landmarks.
    p = (1 + draws that reach the gain) / (1 + draws). Scores (repeats, v); the first repeat
    counts. Reference: Bandos, Rockette and Gur, Stat Med 2005;24:2873 (clustered here by patient).
    """
    weight, blocks = stacked.weights(), []
    for landmark in stacked.landmarks:
        rows = np.flatnonzero(stacked.rows_of(landmark) & ~np.isnan(stacked.y))
        visit, patient = stacked.visit[rows], stacked.patient[rows]
        both = ~np.isnan(first[0, visit]) & ~np.isnan(second[0, visit]) & (weight[rows] > 0)
        rows, visit, patient = rows[both], visit[both], patient[both]
        stratum = scored.plan.stratum[0, patient]
        ranks = np.stack([_ranks(s[0, visit], stratum) for s in (first, second)])
        blocks.append(_Block(ranks, stacked.y[rows], weight[rows], stratum, patient))
    rng = np.random.default_rng(seed)
    n = len(stacked.patients)
    gain = _gain(blocks, np.zeros(n, bool))
    reached = sum(_gain(blocks, rng.random(n) < 0.5) >= gain - 1e-12 for _ in range(draws))
    return gain, (1 + reached) / (1 + draws)


@dataclass(frozen=True)
class _Block:
    """Rows of one landmark: two scores as ranks (2, m), labels, weights, strata, patients."""

    ranks: Floats
    y: Floats
    weight: Floats
    stratum: Ints
    patient: Ints


def _ranks(values: Floats, stratum: Ints) -> Floats:
    ranks = np.empty(len(values))
    for one in np.unique(stratum):
        own = stratum == one
        ranks[own] = rankdata(values[own]) / own.sum()
    return ranks


def _gain(blocks: Sequence[_Block], swap: np.ndarray) -> float:
    """Pooled AUC of the first score minus the second's after exchanging those of some patients."""
    wins, total = np.zeros(2), 0.0
    for block in blocks:
        turned = np.where(swap[block.patient], block.ranks[::-1], block.ranks)
        for i in range(2):
            won, pairs = pair_matrices(
                turned[i][None], block.y, block.weight[None], block.stratum[None]
            )
            wins[i] += won.sum()
        total += float(pairs.sum())
    return float((wins[0] - wins[1]) / total) if total > 0 else float("nan")
