"""Patients at risk written down by hand: days to the first event, and its kind."""

import numpy as np
from numpy.typing import ArrayLike

from training.cohort.at_risk import AtRisk


def at_risk_of(time: ArrayLike, code: ArrayLike) -> AtRisk:
    """Patients at risk at day 28 of one hospital with these times and event codes."""
    days, codes = np.asarray(time, dtype=float), np.asarray(code, dtype=np.int64)
    n = len(days)
    patients = np.array([f"p{i}" for i in range(n)], dtype=object)
    site = np.full(n, "", dtype=object)
    return AtRisk(28, "ignored", patients, np.arange(n), days, codes, site, (), ())
