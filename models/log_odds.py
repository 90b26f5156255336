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
