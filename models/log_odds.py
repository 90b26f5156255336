"""Log-odds (logit) and risk, converted into each other."""

import numpy as np

from features.arrays import Floats


def risk_of(logit: Floats) -> Floats:
    """Risk 1 / (1 + e^-logit), without overflow and without clipping.

    >>> risk_of(np.array([-800.0, 0.0, 800.0])).tolist()
    [0.0, 0.5, 1.0]
    """
    small = np.exp(-np.abs(logit))
    risk: Floats = np.where(logit >= 0, 1.0, small) / (1.0 + small)
    return risk


def logit_of(risk: float) -> float:
    """Log-odds of a risk strictly between 0 and 1.

    >>> logit_of(0.5)
    0.0
    """
    return float(np.log(risk) - np.log1p(-risk))


def log_loss(logit: Floats, y: Floats) -> Floats:
    """Log loss of each patient: -ln(probability of the observed outcome), exact from log-odds.

    >>> log_loss(np.array([0.0, 1000.0]), np.array([1.0, 0.0])).round(3).tolist()
    [0.693, 1000.0]
    """
    loss: Floats = np.logaddexp(0.0, logit) - y * logit
    return loss
