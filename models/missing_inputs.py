"""Missing inputs, integrated out: Gauss-Hermite over what the measured ones tell of them.

Inputs are standardised, so given the measured ones z_o the missing are taken as normal with
  mean S_mo S_oo^-1 z_o   and   covariance V = S_mm - S_mo S_oo^-1 S_om,
S being a shrunken covariance of all current columns. A model sees inputs only through its C linear
predictors u = B' z, so the integral has at most C dimensions, whatever the number missing.
"""

from dataclasses import dataclass
from itertools import product

import numpy as np

from features.arrays import Floats
from features.errors import InputError
from models.hazard_kernel import mean_cumulative_risks

NODES = ((0.25, 3), (0.7, 5), (1.5, 7), (2.5, 11), (np.inf, 17))
"""Nodes of a dimension by its SD (first limit not exceeded): n nodes are exact to degree 2n - 1,
and the wider the distribution, the more the risk bends inside it."""
LEAST_SD = 1e-7
"""A dimension narrower than this, in log-odds, is a constant."""


@dataclass(frozen=True)
class CompletedInputs:
    """Distribution of a patient's p inputs: z = values + loadings @ x, x standard normal.

    `values` (p,): measured, or the mean given the measured ones. `loadings` (p, R): how a missing
    input moves with the R dimensions of the linear predictors; 0 for a measured one. `nodes`
    (H, R) and `weights` (H,), which add up to 1: Gauss-Hermite over x. R = 0, H = 1 when nothing
    is missing.
    """

    values: Floats
    loadings: Floats
    nodes: Floats
    weights: Floats


def complete_inputs(z: Floats, effects: Floats, covariance: Floats) -> CompletedInputs:
    """Distribution of the inputs z (p,), NaN where missing, as seen by `effects` (p, C).

    `covariance` (p, p) is positive definite, of standardised columns; see
    `models.applicability_domain.shrunken_covariance`. x are the principal axes of u = B' z, and
    loadings = cov(z, x), so loadings' B are the axes times their SDs. Raises InputError for
    shapes that differ or an infinite input.

    >>> patient = complete_inputs(np.array([2.0, np.nan]), np.array([[0.0], [1.0]]),
    ...                           np.array([[1.0, 0.5], [0.5, 1.0]]))
    >>> patient.values.tolist(), patient.loadings.round(3).tolist()
    ([2.0, 1.0], [[0.0], [0.866]])
    """
    _check_shapes(z, effects, covariance)
    missing = np.isnan(z)
    if not missing.any():
        return CompletedInputs(z, np.zeros((len(z), 0)), np.zeros((1, 0)), np.ones(1))
    mean, rest = conditional_normal(z, covariance)
    values = np.where(missing, 0.0, z)
    values[missing] = mean
    variance, axes = np.linalg.eigh(effects[missing].T @ rest @ effects[missing])
    wide = variance > LEAST_SD**2
    sd = np.sqrt(variance[wide])
    loadings = np.zeros((len(z), len(sd)))
    loadings[missing] = rest @ effects[missing] @ axes[:, wide] / sd
    nodes, weights = hermite_grid(sd)
    return CompletedInputs(values, loadings, nodes, weights)


def conditional_normal(z: Floats, covariance: Floats) -> tuple[Floats, Floats]:
    """Mean (m,) and covariance (m, m) of the missing inputs given the measured ones."""
    missing = np.isnan(z)
    across = covariance[np.ix_(~missing, missing)]
    slopes = np.linalg.solve(covariance[np.ix_(~missing, ~missing)], across)
    mean: Floats = z[~missing] @ slopes
    rest: Floats = covariance[np.ix_(missing, missing)] - across.T @ slopes
    return mean, (rest + rest.T) / 2


def hermite_grid(sd: Floats) -> tuple[Floats, Floats]:
    """Product of Gauss-Hermite rules for standard normals: nodes (H, R), weights (H,).

    `sd` (R,) are the SDs, in log-odds, of the dimensions: wider ones get more nodes.

    >>> nodes, weights = hermite_grid(np.array([0.1, 0.5]))
    >>> nodes.shape, round(float(weights @ nodes[:, 0] ** 2), 12)
    ((15, 2), 1.0)
    """
    rules = [_RULES[next(i for i, (limit, _) in enumerate(NODES) if s <= limit)] for s in sd]
    weights = np.ones(1)
    for _, w in rules:
        weights = np.outer(weights, w).ravel()
    nodes = np.array(list(product(*(x for x, _ in rules)))).reshape(len(weights), len(sd))
    return nodes, weights


def linear_predictors(patient: CompletedInputs, effects: Floats) -> Floats:
    """Linear predictors (H, C) at the nodes, u = (values + loadings @ x) @ effects."""
    predictors: Floats = patient.values @ effects + patient.nodes @ (patient.loadings.T @ effects)
    return predictors


def expected_risks(z: Floats, intercepts: Floats, effects: Floats, *, covariance: Floats) -> Floats:
    """Expected cumulative risks (K, C) by the end of each interval, given the measured inputs.

    A weighted mean of possible patients with positive weights, so like each of theirs it never
    falls with the horizon, and the C risks never add up to more than 1. `intercepts` (K, C).

    >>> expected_risks(np.array([np.nan]), np.array([[0.0]]), np.array([[3.0]]),
    ...                covariance=np.array([[1.0]])).round(6).tolist()
    [[0.5]]
    """
    patient = complete_inputs(z, effects, covariance)
    risks: Floats = mean_cumulative_risks(
        intercepts, linear_predictors(patient, effects), patient.weights
    )
    return risks


def _rule(count: int) -> tuple[Floats, Floats]:
    """Gauss-Hermite nodes and weights of a standard normal (Golub & Welsch 1969)."""
    x, w = np.polynomial.hermite_e.hermegauss(count)
    return x, w / w.sum()


_RULES = [_rule(count) for _, count in NODES]


def _check_shapes(z: Floats, effects: Floats, covariance: Floats) -> None:
    """Refuse inputs that do not belong together."""
    p = len(effects)
    if z.shape != (p,) or covariance.shape != (p, p):
        raise InputError(
            f"The model has {p} inputs; {z.shape} inputs and a covariance of "
            f"{covariance.shape} came. Give ({p},) and ({p}, {p})."
        )
    if np.isinf(z).any():
        raise InputError("An input is a finite number or NaN for missing; an infinite one came.")
