"""Columns whose medians betray another unit."""

import math

import numpy as np
import pytest

from features.schema import ALL_FEATURES, CLINICAL
from features.table.text_tables.unit_mistakes import (
    MISTAKES,
    UnitMistake,
    column_mistake,
    likely_unit,
)
from features.table.text_tables.units import unit_named


@pytest.mark.parametrize(
    "mistake", MISTAKES, ids=lambda mistake: f"{mistake.feature}-{mistake.unit}"
)
def test_every_mistake_names_a_unit_of_its_feature(mistake: UnitMistake) -> None:
    """A value at the limit is caught by its median, or alone where there is no such limit."""
    feature = ALL_FEATURES[mistake.feature]
    unit = unit_named(feature, mistake.unit)
    assert unit is not None
    if mistake.condition:
        value = (
            mistake.median_from
            if math.isfinite(mistake.median_from)
            else 0.9 * mistake.median_below
        )
        fault = column_mistake(feature, [value] * 3, [30.0] * 3)
        assert fault is not None and mistake.unit in fault
        assert column_mistake(feature, [value] * 2 + [math.nan], [30.0] * 3) is None
    else:
        assert likely_unit(feature, 1.1 * feature.high) is not None


@pytest.mark.parametrize(
    ("name", "values", "unit"),
    [("crp", [45.0, 12.0, 130.0], "mg/L"), ("anc", [1500.0, 800.0, 40.0], "per uL"),
     ("hb", [4.9, 5.5, 6.2], "mmol/L"), ("ldh", [4.1, 5.0, 9.0], "ukat/L"),
     ("cd4", [0.05, 0.2, 0.4], "10^9/L"), ("cmv_load", [0.0, 2.7, 3.1, 4.0], "log10 IU/mL"),
     ("mrd", [0.5, 0.1, 2.0], "percent")],
)  # fmt: skip
def test_usual_values_in_another_unit_are_caught(name: str, values: list[float], unit: str) -> None:
    """Values as wards report them in the other unit."""
    fault = column_mistake(ALL_FEATURES[name], values, [30.0] * len(values))
    assert fault is not None and unit in fault


def test_mrd_before_infusion_may_be_high() -> None:
    """Half of the marrow is leukaemia then; only later samples are judged."""
    values = [0.6, 0.5, 0.8, 0.001]
    assert column_mistake(ALL_FEATURES["mrd"], values, [-7.0, -5.0, 0.0, 28.0]) is None


def test_real_units_pass() -> None:
    """A simulated cohort, its sickest quarter, and healthy adults, in the schema's units."""
    for feature in CLINICAL:
        if feature.healthy and feature.healthy[0] > 0:
            values = np.linspace(*feature.healthy, 5).tolist()
            assert column_mistake(feature, values, [30.0] * 5) is None, feature.name
