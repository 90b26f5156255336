"""Flags of an answer: what limits the sample, and what limits one model's answer for it."""

import math

from features.table.row import Row
from models.frozen import Assessment, FrozenModel
from serving.assessment import labels, sentences
from serving.assessment.answer import Flag
from serving.assessment.sample_warnings import warning_flags

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


def sample_flags(current: Row, *, synthetic: bool) -> list[Flag]:
    """Flags of the sample, whatever the model: how it was drawn, its warnings, its gaps.

    >>> row = {"n_cells": 300.0, "enrichment": "sorted"}
    >>> [flag["code"] for flag in sample_flags(row, synthetic=True)]
    ['sorted_sample', 'synthetic_sample', 'few_cells']
    """
    conditions = {
        "sorted_sample": current.get("enrichment") in ("sorted", "product"),
        "synthetic_sample": synthetic,
        "cd7_unresolved": number(current, "cd7neg_unresolved") == 1.0,
        "no_monocytes": number(current, "no_monocytes") == 1.0,
        "few_cells": number(current, "n_cells") < FEW_CELLS,
    }
    codes = [code for code in sentences.FLAG_ORDER if conditions.get(code)]
    flags = [sentences.flag(code, least=FEW_CELLS) for code in codes]
    origin = [flag for flag in flags if flag["code"] in sentences.ORIGIN_FLAGS]
    gaps = [flag for flag in flags if flag["code"] not in sentences.ORIGIN_FLAGS]
    return [*origin, *warning_flags(current), *gaps]


def model_flags(model: FrozenModel, assessment: Assessment, day: int) -> list[Flag]:
    """Flags of this model's answer for a sample of `day`, most serious first."""
    conditions = _model_conditions(model, assessment, day)
    return [
        _model_flag(code, model, assessment, day)
        for code in sentences.FLAG_ORDER
        if conditions.get(code)
    ]


def _model_conditions(model: FrozenModel, assessment: Assessment, day: int) -> dict[str, bool]:
    """Which flags of a model apply."""
    return {
        "out_of_population": bool(assessment.out_of_population),
        "few_measured": assessment.few_measured,
        "no_sample_in_window": not model.in_window(day),
        "synthetic_model": model.manifest.get("provenance") == "synthetic",
        "not_validated": model.manifest.get("state") != "validated",
        "out_of_range": bool(assessment.out_of_range),
    }


def _model_flag(code: str, model: FrozenModel, assessment: Assessment, day: int) -> Flag:
    """One flag with what its sentence names."""
    if code == "out_of_range":
        features = list(assessment.out_of_range)
        text = labels.feature_labels(features, model.inputs)
        return {**sentences.flag(code, features=text), "features": features}
    if code == "no_sample_in_window":
        return sentences.flag(code, window=model.window_days, landmark=model.landmark, day=day)
    return sentences.flag(code)
