"""Time-dependent area under the ROC curve (AUC) with censoring weights."""

import numpy as np

from features.arrays import Floats, Ints


def auc(score: Floats, y: Floats, weight: Floats, stratum: Ints | None = None) -> float:
    """Weighted share of (event, control) pairs in which the event has the higher score.

    Ties count half. Controls are all who do not have the endpoint in the window, competing events
    included (cumulative cases, dynamic controls). Only pairs of one `stratum` count: scores of
    different folds come from different models, and pooling them biases the AUC below 0.5 on noise.
    All arrays (n,); `y` 1, 0 or NaN; patients with weight 0 or NaN label do not count. NaN when no
    pair exists. Reference: Blanche, Dartigues, Jacqmin-Gadda, Stat Med 2013;32:5381.

    >>> auc(np.array([0.9, 0.2, 0.4]), np.array([1., 0., 1.]), np.ones(3))
    1.0
    """
    groups = np.zeros(len(y), dtype=np.int64) if stratum is None else stratum
    return auc_of_pairs(*pair_matrices(score[None], y, weight[None], groups[None]))


def auc_of_pairs(wins: Floats, pairs: Floats) -> float:
    """AUC from `pair_matrices`; NaN where no pair exists.

    >>> auc_of_pairs(np.array([[3.0]]), np.array([[4.0]]))
    0.75
    """
    total = float(pairs.sum())
    return float(wins.sum()) / total if total > 0 else float("nan")


def pair_matrices(score: Floats, y: Floats, weight: Floats, stratum: Ints) -> tuple[Floats, Floats]:
    """Weighted wins and pairs of every event with every control, summed over repeats.

    `score`, `weight`, `stratum` have shape (repeats, n); `y` (n,). Returns two matrices
    (n_events, n_controls), rows and columns in the order of the patients; two matrix products
    then give the AUC of any bootstrap sample of patients (`bootstrap_auc`).
    """
    cases, controls = np.flatnonzero(y == 1), np.flatnonzero(y == 0)
    wins = np.zeros((len(cases), len(controls)))
    pairs = np.zeros_like(wins)
    for r in range(len(score)):
        product = weight[r, cases][:, None] * weight[r, controls][None, :]
        product *= stratum[r, cases][:, None] == stratum[r, controls][None, :]
        difference = score[r, cases][:, None] - score[r, controls][None, :]
        wins += product * ((difference > 0) + 0.5 * (difference == 0))
        pairs += product
    return wins, pairs


def bootstrap_auc(wins: Floats, pairs: Floats, y: Floats, copies: Floats) -> Floats:
    """AUC of each bootstrap sample; `copies` (B, n) counts how often it holds each patient.

    Returns (B,), NaN where a sample holds no pair.
    """
    cases, controls = copies[:, y == 1], copies[:, y == 0]
    above = np.einsum("bi,ij,bj->b", cases, wins, controls, optimize=True)
    total = np.einsum("bi,ij,bj->b", cases, pairs, controls, optimize=True)
    areas: Floats = np.divide(above, total, out=np.full(len(copies), np.nan), where=total > 0)
    return areas


def roc_points(score: Floats, y: Floats, weight: Floats) -> list[tuple[float, float]]:
    """False and true positive shares at each threshold, from (0, 0) to (1, 1).

    Empty when there is no event or no control.
    """
    counts = ~np.isnan(y) & (weight > 0)
    score, y, weight = score[counts], y[counts], weight[counts]
    order = np.argsort(-score, kind="stable")
    last = np.append(np.flatnonzero(np.diff(score[order])), len(score) - 1)
    true = np.cumsum((weight * (y == 1))[order])[last]
    false = np.cumsum((weight * (y == 0))[order])[last]
    if true[-1] <= 0 or false[-1] <= 0:
        return []
    points = zip(false / false[-1], true / true[-1], strict=True)
    return [(0.0, 0.0), *((float(f), float(t)) for f, t in points)]
