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
from scipy.linalg import cho_factor, cho_solve
from scipy.linalg.lapack import dpotri

from features.arrays import Bools, Floats, Ints
from models.hazard_curvature import WeightedVisits, newton_system
from models.visit_design import VisitDesign

PRIOR_EFFECTS = 4.0  # effects that the prior of an SD is worth
NEWTON_STEPS, TOLERANCE = 60, 1e-8  # of a row's predictor
EVIDENCE_STEPS, EVIDENCE_TOLERANCE = 30, 0.01  # of log s^2
ROUGH = 1e-4  # tolerance of fits whose prior still moves


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
    design: VisitDesign, event: Ints, weight: Floats, *, groups: ColumnGroups, n_events: int
) -> HazardFit:
    """Fit effects of the standardised columns of `design` on `n_events` exclusive events.

    `event` (n, K): 0 none, 1 to C the event in that interval, -1 not at risk or not known;
    `weight` (n, K) >= 0 for censoring and tempering.

    >>> from models.visit_design import visit_design
    >>> rng = np.random.default_rng(0)
    >>> x = rng.normal(size=(400, 1))
    >>> event = (rng.random((400, 1)) < 1 / (1 + np.exp(1 - x))).astype(int)
    >>> groups = ColumnGroups(np.zeros(1, int), np.array([0.35]), np.array([False]))
    >>> design, weight = visit_design(x, np.zeros(400)), np.ones((400, 1))
    >>> fit = fit_hazards(design, event, weight, groups=groups, n_events=1)
    >>> bool(0.6 < fit.effects[0, 0] < 1.3)
    True
    """
    event = event[design.visit].astype(np.int64)
    weight = np.where(event >= 0, weight[design.visit], 0.0)
    visits = WeightedVisits(design, event, weight, n_events)
    variance = np.tile(groups.scale[:, None] ** 2, (1, n_events))
    intercepts, effects = _start(visits), np.zeros((design.matrix.shape[1], n_events))
    for _ in range(EVIDENCE_STEPS):
        precision = 1.0 / variance[groups.group]
        intercepts, effects, factor = _maximise(visits, precision, intercepts, effects, ROUGH)
        updated = _updated_variance(variance, effects, _variances(factor, visits), groups)
        moved_most = np.abs(np.log(updated / variance)).max()
        variance = updated
        if moved_most < EVIDENCE_TOLERANCE:
            break
    precision = 1.0 / variance[groups.group]
    intercepts, effects, _ = _maximise(visits, precision, intercepts, effects, TOLERANCE)
    return HazardFit(intercepts, effects, np.sqrt(variance))


def _start(visits: WeightedVisits) -> Floats:
    """Intercepts of the weighted event rates, a quarter of an event added to each."""
    codes = np.arange(1, visits.n_events + 1)
    observed = visits.event[:, :, None] == codes
    events = (visits.weight[:, :, None] * observed).sum(axis=0) + 0.25
    others = visits.weight.sum(axis=0)[:, None] - events.sum(axis=1, keepdims=True)
    return np.asarray(np.log(events / np.maximum(others, 0.5)))


def _maximise(
    visits: WeightedVisits, precision: Floats, intercepts: Floats, effects: Floats, tolerance: float
) -> tuple[Floats, Floats, Floats]:
    """Newton's method from a start; the maximum, and the curvature's factor one step before it."""
    matrix = visits.design.matrix
    k, q = visits.n_intervals, matrix.shape[1]
    a, b = intercepts, effects
    for _ in range(NEWTON_STEPS):
        gradient, curvature = newton_system(visits, a, b, precision)
        factor, _ = cho_factor(curvature.T, overwrite_a=True, check_finite=False)
        step = cho_solve((factor, False), gradient, check_finite=False)
        change = step.reshape(visits.n_events, k + q).T
        largest = _largest_move(change[:k], matrix @ change[k:])
        length = safe_length(largest)
        a, b = a + length * change[:k], b + length * change[k:]
        if largest < tolerance:
            break
    return a, b, factor


def _largest_move(of_intercepts: Floats, of_rows: Floats) -> float:
    """Largest change of a predictor, over rows, intervals (K, C) and events, rows (n, C)."""
    highest = of_intercepts.max(axis=0) + of_rows.max(axis=0)
    lowest = of_intercepts.min(axis=0) + of_rows.min(axis=0)
    return float(max(highest.max(), -lowest.min()))


def safe_length(largest: float) -> float:
    """How much of a Newton step to take when it moves a predictor by at most `largest`.

    Full steps can overshoot and cycle. ln(1 + d) / d of it never makes a logistic likelihood
    worse (Sun & Tran-Dinh 2019, Mathematical Programming 178:145, generalised self-concordance);
    below d = 0.5 the full step is safe and quadratic.

    >>> safe_length(0.1), round(safe_length(np.e - 1), 3)
    (1.0, 0.582)
    """
    return 1.0 if largest <= 0.5 else float(np.log1p(largest) / largest)


def _variances(factor: Floats, visits: WeightedVisits) -> Floats:
    """Posterior variance of each effect, (q, C): diagonal of the inverse curvature."""
    inverse, _ = dpotri(factor, overwrite_c=True)
    diagonal = np.diag(inverse).reshape(visits.n_events, -1)
    return np.asarray(diagonal[:, visits.n_intervals :].T)


def _updated_variance(
    variance: Floats, effects: Floats, uncertainty: Floats, groups: ColumnGroups
) -> Floats:
    updated = variance.copy()
    for g in np.flatnonzero(~groups.is_fixed):
        columns = groups.group == g
        size = (effects[columns] ** 2 + uncertainty[columns]).sum(axis=0)
        updated[g] = (PRIOR_EFFECTS * groups.scale[g] ** 2 + size) / (PRIOR_EFFECTS + columns.sum())
    return updated
