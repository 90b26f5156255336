"""Reasons for a risk: Aumann-Shapley values (integrated gradients) from the average patient.

They are SHAP values of the Aumann-Shapley kind: the Shapley values of a game in which features
join in small steps, all at once, instead of whole and in every order (Aumann & Shapley 1974,
Values of Non-Atomic Games; Sundararajan et al. 2017, ICML). On the log-odds f of the risk shown,
feature j contributes
  integral over s in (0, 1) of  d f(s z) / d z_j  x  z_j,
along the line from the average patient (z = 0, everything known) to this one, so the contributions
add up to the difference of log-odds.

Missing inputs. The patient is then one of many possible ones, z ~ normal given the measured inputs
(`models.missing_inputs`), and f(s) = logit of E[risk(s z)]: the line runs to each of them at once.
Feature j contributes the integral of E[d risk(s z) / d z_j  x  z_j] / (risk (1 - risk)). A measured
feature so contributes for its own value alone. A missing one contributes for what the others tell
of it: with small effects, coefficient x its mean given them, 0 when they tell nothing. What is not
known of it pulls rare risks up and likely ones down, and is its contribution too.
"""

from dataclasses import dataclass

import numpy as np

from features.arrays import Floats
from models.hazard_kernel import endpoint_log_odds, path_gradients
from models.log_odds import risk_of
from models.missing_inputs import CompletedInputs, complete_inputs, linear_predictors

NODES = 16
"""Gauss-Legendre nodes of a stretch of the line."""
TOLERANCE = 1e-10
"""A stretch whose nodes miss its difference of log-odds by more is halved."""
HALVINGS = 12
"""Most times a stretch is halved."""


@dataclass(frozen=True)
class PathReasons:
    """Reasons of one patient for one endpoint at K horizons.

    `log_odds`, `baseline` (K,): of the patient's risk and of the average patient's;
    `contributions` (K, p) add up to their difference. `remainder` (K,): what the nodes missed of
    it, shared out among the contributions by their size.
    """

    log_odds: Floats
    baseline: Floats
    contributions: Floats
    remainder: Floats


def path_reasons(
    z: Floats, intercepts: Floats, effects: Floats, *, in_endpoint: Floats, covariance: Floats
) -> PathReasons:
    """Reasons for standardised inputs z (p,), NaN where missing.

    `intercepts` (K, C) and `effects` (p, C) of the hazards; `in_endpoint` (C,) is 1 for the classes
    whose risks the endpoint's is the sum of, else 0; `covariance` (p, p) of the inputs. All are
    finite, so that no risk is 0 or 1.
    Raises InputError as `models.missing_inputs.complete_inputs` does.

    With one class and one interval the model is logistic, and a reason is coefficient x value:

    >>> path_reasons(np.array([2.0, -1.0]), np.array([[-1.0]]), np.array([[0.5], [0.25]]),
    ...              in_endpoint=np.ones(1), covariance=np.eye(2)).contributions.round(9).tolist()
    [[1.0, -0.25]]
    """
    patient = complete_inputs(z, effects, covariance)
    predictors = linear_predictors(patient, effects)
    odds = np.exp(intercepts)
    gradients = path_gradients(
        odds, predictors, patient.nodes, patient.weights, in_endpoint, _ABSCISSAE, _SHARES,
        TOLERANCE, HALVINGS,
    )  # fmt: skip
    log_odds = endpoint_log_odds(odds, predictors, 1.0, in_endpoint, patient.weights)
    baseline = endpoint_log_odds(odds, predictors, 0.0, in_endpoint, patient.weights)
    contributions = _per_feature(gradients, effects, patient)
    missed = log_odds - baseline - contributions.sum(axis=1)
    size = np.abs(contributions)
    total = size.sum(axis=1, keepdims=True)
    contributions += missed[:, None] * size / np.where(total > 0, total, 1.0)
    return PathReasons(log_odds, baseline, contributions, missed)


def risks_at_average(
    z: Floats, intercepts: Floats, effects: Floats, *, in_endpoint: Floats, covariance: Floats
) -> Floats:
    """Risk (p, K) if one feature were average and all else stayed: "were it average, ...".

    All else includes what the measured value tells of the missing inputs: the feature's own term
    leaves the linear predictors, nothing more. Arguments as in `path_reasons`.

    >>> risks_at_average(np.array([2.0, -1.0]), np.array([[0.0]]), np.array([[0.5], [0.0]]),
    ...                  in_endpoint=np.ones(1), covariance=np.eye(2)).round(3).tolist()
    [[0.5], [0.731]]
    """
    patient = complete_inputs(z, effects, covariance)
    predictors = linear_predictors(patient, effects)
    odds = np.exp(intercepts)
    log_odds = np.empty((len(z), len(odds)))
    for j in range(len(z)):
        weights = patient.weights
        if np.isnan(z[j]):
            others = effects.copy()
            others[j] = 0.0
            without = complete_inputs(z, others, covariance)
            shifted, weights = linear_predictors(without, others), without.weights
        else:
            shifted = predictors - z[j] * effects[j]
        log_odds[j] = endpoint_log_odds(odds, shifted, 1.0, in_endpoint, weights)
    return risk_of(log_odds)


def _per_feature(gradients: Floats, effects: Floats, patient: CompletedInputs) -> Floats:
    """Contributions (K, p) from the mean gradients (K, C, 1 + R) along the line.

    Sum over classes of effect x (value x mean gradient + loadings x mean of gradient x node).
    """
    by_feature = effects @ gradients  # (K, p, 1 + R)
    contributions: Floats = by_feature[:, :, 0] * patient.values
    contributions += (by_feature[:, :, 1:] * patient.loadings).sum(axis=2)
    return contributions


_LEGENDRE = np.polynomial.legendre.leggauss(NODES)
_ABSCISSAE, _SHARES = (_LEGENDRE[0] + 1.0) / 2.0, _LEGENDRE[1] / 2.0
