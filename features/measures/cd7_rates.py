"""Rates of CD7 RNA in T cells with and without CD7 protein, calibrated once on cells with both."""

import json
from functools import cache
from pathlib import Path

from features.measures.mixture import Kind, Kinds

CALIBRATION = Path(__file__).with_name("cd7_calibration.json")
WIDEST = 0.50  # a 90 % interval of the share wider than this is unresolved


@cache
def load_calibration(path: Path = CALIBRATION) -> Kinds:
    """Rates of CD7 RNA in T cells without and with CD7 protein, shipped with their origin.

    >>> kinds = load_calibration()
    >>> kinds.negative.rate < kinds.positive.rate
    True
    """
    data = json.loads(path.read_text())
    negative, positive = (
        Kind(data[kind]["rate_per_10k"], data[kind]["size"], data[kind]["log_rate_sd"])
        for kind in ("negative", "positive")
    )
    return Kinds(
        negative, positive, data["spread_between_samples"], data["negative_spread_between_samples"]
    )
