"""Ridge fit of discrete-time competing hazards, its prior's spread by Laplace evidence.

One row per visit, with a class and a weight for each interval after it. The multinomial
log-likelihood of all intervals at risk is maximised less sum b^2 / (2 s^2), s the prior's SD of an
effect per SD of its column. Columns come in groups (the core panel, other features, changes of
effects with time); each group and event has a prior SD of its own, estimated by evidence: at the
maximum, s^2 = (v s_0^2 + sum (b^2 + var b)) / (v + number of columns), which is the EM step of an
inverse-gamma prior worth v effects of SD s_0 (MacKay 1992, Neural Computation 4:415). Signs are
never set: the prior's mean is 0.
"""

from dataclasses import dataclass

import numpy as np

from features.arrays import Bools, Floats, Ints
from models.accumulated_risk import hazards

PRIOR_EFFECTS = 4.0  # effects that the prior of an SD is worth
NEWTON_STEPS, TOLERANCE = 60, 1e-8  # of a row's predictor
EVIDENCE_STEPS, EVIDENCE_TOLERANCE = 30, 0.01  # of log s^2
ROUGH = 1e-4  # tolerance of fits whose prior still moves
INTERCEPT_PRECISION = 1e-4  # a prior SD of 100: keeps the intercept of an interval without events


@dataclass(frozen=True)
class ColumnGroups:
    """Group of each column (q,), and per group the prior SD s_0 (G,) and whether it stays fixed."""

    group: Ints
    scale: Floats
    is_fixed: Bools


@dataclass(frozen=True)
class HazardFit:
    """Intercepts (K, C) and effects (q, C) on the log-odds scale, and the prior SDs (G, C)."""

    intercepts: Floats
    effects: Floats
    prior_sd: Floats


def fit_hazards(
    design: Floats, event: Ints, weight: Floats, groups: ColumnGroups, n_events: int
) -> HazardFit:
    """Fit effects of standardised columns `design` (n, q) on `n_events` exclusive events.

    `event` (n, K): 0 none, 1 to C the event in that interval, -1 not at risk or not known;
    `weight` (n, K) >= 0 for censoring and tempering.

    >>> rng = np.random.default_rng(0)
    >>> x = rng.normal(size=(400, 1))
    >>> event = (rng.random((400, 1)) < 1 / (1 + np.exp(1 - x))).astype(int)
    >>> groups = ColumnGroups(np.zeros(1, int), np.array([0.35]), np.array([False]))
    >>> fit = fit_hazards(x, event, np.ones((400, 1)), groups, 1)
    >>> bool(0.6 < fit.effects[0, 0] < 1.3)
    True
    """
    rows = _Rows(design, event, np.where(event >= 0, weight, 0.0), n_events)
    variance = np.tile(groups.scale[:, None] ** 2, (1, n_events))
    intercepts, effects = _start(rows), np.zeros((design.shape[1], n_events))
    for _ in range(EVIDENCE_STEPS):
        precision = 1.0 / variance[groups.group]
        intercepts, effects, curvature = _maximise(rows, precision, intercepts, effects, ROUGH)
        updated = _updated_variance(variance, effects, _variances(curvature, rows), groups)
        moved_most = np.abs(np.log(updated / variance)).max()
        variance = updated
        if moved_most < EVIDENCE_TOLERANCE:
            break
    precision = 1.0 / variance[groups.group]
    intercepts, effects, _ = _maximise(rows, precision, intercepts, effects, TOLERANCE)
    return HazardFit(intercepts, effects, np.sqrt(variance))


@dataclass(frozen=True)
class _Rows:
    design: Floats
    event: Ints
    weight: Floats
    n_events: int

    @property
    def n_intervals(self) -> int:
        return int(self.event.shape[1])

    def observed(self) -> Floats:
        """One for the event that happened, (n, K, C)."""
        return np.stack([self.event == c + 1 for c in range(self.n_events)], axis=2).astype(float)


def _start(rows: _Rows) -> Floats:
    """Intercepts of the weighted event rates, a quarter of an event added to each."""
    events = (rows.weight[:, :, None] * rows.observed()).sum(axis=0) + 0.25
    others = rows.weight.sum(axis=0)[:, None] - events.sum(axis=1, keepdims=True)
    return np.asarray(np.log(events / np.maximum(others, 0.5)))


def _maximise(
    rows: _Rows, precision: Floats, intercepts: Floats, effects: Floats, tolerance: float
) -> tuple[Floats, Floats, Floats]:
    """Newton's method from a start; the maximum, and the curvature one step before it."""
    k, q = rows.n_intervals, rows.design.shape[1]
    a, b = intercepts, effects
    for _ in range(NEWTON_STEPS):
        h = hazards(a, rows.design @ b)
        curvature = _curvature(rows, h, precision)
        step = np.linalg.solve(curvature, _gradient(rows, h, precision, a, b).ravel())
        change = step.reshape(rows.n_events, k + q).T
        moves = change[None, :k] + (rows.design @ change[k:])[:, None]
        largest = float(np.abs(moves).max())
        length = safe_length(largest)
        a, b = a + length * change[:k], b + length * change[k:]
        if largest < tolerance:
            break
    return a, b, curvature


def safe_length(largest: float) -> float:
    """How much of a Newton step to take when it moves a predictor by at most `largest`.

    Full steps can overshoot and cycle. ln(1 + d) / d of it never makes a logistic likelihood
    worse (Sun & Tran-Dinh 2019, Mathematical Programming 178:145, generalised self-concordance);
    below d = 0.5 the full step is safe and quadratic.

    >>> safe_length(0.1), round(safe_length(np.e - 1), 3)
    (1.0, 0.582)
    """
    return 1.0 if largest <= 0.5 else float(np.log1p(largest) / largest)


def _gradient(rows: _Rows, h: Floats, precision: Floats, a: Floats, b: Floats) -> Floats:
    """Slope of the penalised log-likelihood, (C, K + q)."""
    residual = rows.weight[:, :, None] * (rows.observed() - h)
    of_intercepts = residual.sum(axis=0) - INTERCEPT_PRECISION * a
    of_effects = rows.design.T @ residual.sum(axis=1) - precision * b
    return np.concatenate([of_intercepts, of_effects]).T


def _curvature(rows: _Rows, h: Floats, precision: Floats) -> Floats:
    """Negative second derivative, (C (K + q), C (K + q)), event by event."""
    size = rows.n_intervals + rows.design.shape[1]
    total = np.zeros((rows.n_events, size, rows.n_events, size))
    for c in range(rows.n_events):
        for d in range(c, rows.n_events):
            mass = rows.weight * h[:, :, c] * ((c == d) - h[:, :, d])
            total[c, :, d] = _block(rows.design, mass)
            total[d, :, c] = total[c, :, d].T
    prior = np.concatenate(
        [np.full((rows.n_intervals, rows.n_events), INTERCEPT_PRECISION), precision]
    )
    matrix = total.reshape(rows.n_events * size, -1)
    matrix[np.diag_indices(len(matrix))] += prior.T.ravel()
    return matrix


def _block(design: Floats, mass: Floats) -> Floats:
    """Sums over rows and intervals of mass x (interval, columns) (interval, columns)'."""
    cross = mass.T @ design
    columns = (design * mass.sum(axis=1)[:, None]).T @ design
    return np.block([[np.diag(mass.sum(axis=0)), cross], [cross.T, columns]])


def _variances(curvature: Floats, rows: _Rows) -> Floats:
    """Posterior variance of each effect, (q, C): diagonal of the inverse curvature."""
    diagonal = np.diag(np.linalg.inv(curvature)).reshape(rows.n_events, -1)
    return np.asarray(diagonal[:, rows.n_intervals :].T)


def _updated_variance(
    variance: Floats, effects: Floats, uncertainty: Floats, groups: ColumnGroups
) -> Floats:
    updated = variance.copy()
    for g in np.flatnonzero(~groups.is_fixed):
        columns = groups.group == g
        size = (effects[columns] ** 2 + uncertainty[columns]).sum(axis=0)
        updated[g] = (PRIOR_EFFECTS * groups.scale[g] ** 2 + size) / (PRIOR_EFFECTS + columns.sum())
    return updated
