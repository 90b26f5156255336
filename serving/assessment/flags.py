"""What limits an answer: flags of the sample, and flags of one model for this sample."""

import math
from collections.abc import Sequence
from typing import Any

from features.table.row import Row
from models.frozen import Assessment, FrozenModel, HorizonRisk
from serving.assessment import wording

# At 400 cells a fraction of 10 % has a binomial standard error of 1.5 points; below, more.
FEW_CELLS = 400


def number(row: Row, name: str) -> float:
    """A row's number, NaN where the row lacks it or it is missing.

    >>> number({"plt": 120}, "plt"), number({}, "plt")
    (120.0, nan)
    """
    value = row.get(name)
    if type(value) is float:  # nearly always
        return value
    return float(value) if isinstance(value, (int, float)) else math.nan


def sample_flags(current: Row, *, synthetic: bool) -> list[dict[str, Any]]:
    """What limits this sample, whatever the model.

    >>> row = {"n_cells": 300.0, "enrichment": "sorted"}
    >>> [flag["code"] for flag in sample_flags(row, synthetic=True)]
    ['sorted_sample', 'synthetic_sample', 'few_cells']
    """
    raised = {
        "sorted_sample": current.get("enrichment") in ("sorted", "product"),
        "synthetic_sample": synthetic,
        "cd7_unresolved": number(current, "cd7neg_unresolved") == 1.0,
        "no_monocytes": number(current, "no_monocytes") == 1.0,
        "few_cells": number(current, "n_cells") < FEW_CELLS,
    }
    return [wording.flag(code, least=FEW_CELLS) for code in wording.FLAG_ORDER if raised.get(code)]


def model_flags(model: FrozenModel, found: Assessment, day: int) -> list[dict[str, Any]]:
    """What limits this model's answer for a sample of `day`, most serious first."""
    horizons: Sequence[HorizonRisk] = () if found.abstained else found.horizons
    raised = [risk.horizon for risk in horizons if risk.raised]
    about = {
        "out_of_population": bool(found.out_of_population),
        "no_sample_in_window": not model.in_window(day),
        "synthetic_model": model.manifest.get("provenance") == "synthetic",
        "not_validated": model.manifest.get("state") != "validated",
        "out_of_range": bool(found.out_of_range),
        "no_interval": any(not math.isfinite(risk.low) for risk in horizons),
        "raised": bool(raised),
    }
    said: dict[str, dict[str, object]] = {
        "out_of_range": {"features": wording.listed(found.out_of_range)},
        "no_sample_in_window": {
            "window": model.window_days,
            "landmark": model.landmark,
            "day": day,
        },
        "raised": {"horizon": " and ".join(str(horizon) for horizon in raised)},
    }
    flags = [wording.flag(c, **said.get(c, {})) for c in wording.FLAG_ORDER if about.get(c)]
    for flag in flags:
        if flag["code"] == "out_of_range":
            flag["features"] = list(found.out_of_range)
    return flags
