"""Values that betray another unit: single values outside their range, medians of a column.

A median is judged only where the heading names no unit, so that naming it (`crp_mg_dl`) says that
the values are right as they are.
"""

import math
from collections.abc import Sequence
from statistics import median
from typing import NamedTuple

from features.schema import Feature
from features.table.text_tables.units import Unit, column_name, unit_named, units_of

MIN_VALUES = 3  # fewer say nothing about a column


class UnitMistake(NamedTuple):
    """A unit that a feature is often given in by mistake.

    It is likely where the median of the values above zero is `median_from` or more, or under
    `median_below`, in the schema's unit; `condition` says what such a median would mean.
    `first_day` limits the median to samples from that day on.
    """

    feature: str
    unit: str
    condition: str = ""
    median_from: float = math.inf
    median_below: float = 0.0
    first_day: float = -math.inf


# Limits, in the schema's units:
# anc, amc, alc, wbc: several times the upper end of healthy adults, which no cohort's median
#   reaches weeks after lymphodepletion.
# hb: transfusion starts at 7 g/dL (Carson et al. 2023, JAMA 330:1892).
# crp: from 10 mg/dL on bacterial infection is likely (Clyne & Olshaker 1999, J Emerg Med 17:1019).
# creatinine: kidney failure (KDIGO 2024: eGFR under 15) is at about 4 to 5 mg/dL.
# ldh, ferritin: far under the lower end of healthy adults.
# igg: 2.5 times the upper end of healthy adults, as in myeloma only.
# cd4: flow cytometry counts whole cells in microlitres, so that most counts exceed 5.
# loads: lower limits of quantification are 10 IU/mL and more (cobas CMV: 34.5); CAR assays detect
#   50 copies/ug (FDA, Long Term Follow-Up After Administration of Gene Therapy, 2020).
# mrd: from 5 % blasts on there is no remission (Doehner et al. 2022, Blood 140:1345).
MISTAKES: tuple[UnitMistake, ...] = (
    UnitMistake("anc", "per uL", "far above the healthy range", 20.0),
    UnitMistake("amc", "per uL", "far above the healthy range", 10.0),
    UnitMistake("alc", "per uL", "far above the healthy range", 40.0),
    UnitMistake("wbc", "per uL", "far above the healthy range", 100.0),
    UnitMistake("plt", "per uL"),
    UnitMistake("hb", "g/L"),
    UnitMistake("hb", "mmol/L", "under the limit for transfusion", median_below=6.0),
    UnitMistake("crp", "mg/L", "as in sepsis", 10.0),
    UnitMistake("creatinine", "umol/L", "as in kidney failure", 5.0),
    UnitMistake("ldh", "ukat/L", "far under the healthy range", median_below=30.0),
    UnitMistake("ferritin", "mg/L", "under the healthy range", median_below=10.0),
    UnitMistake("igg", "mg/dL", "far above the healthy range", 40.0),
    UnitMistake("cd4", "10^9/L", "under what is counted", median_below=5.0),
    UnitMistake("cmv_load", "log10 IU/mL", "under what is quantified", median_below=10.0),
    UnitMistake("ebv_load", "log10 IU/mL", "under what is quantified", median_below=10.0),
    UnitMistake("hhv6_load", "log10 IU/mL", "under what is quantified", median_below=10.0),
    UnitMistake("car_copies", "log10 copies/ug", "under what is detected", median_below=10.0),
    UnitMistake("mrd", "percent", "as without remission, from day 28 on", 0.05, 0.0, 28.0),
    UnitMistake("draw_to_freeze_h", "min"),
)


def likely_unit(feature: Feature, value: float) -> Unit | None:
    """The unit in which a value outside a feature's range would lie inside it, or None.

    >>> from features.schema import ALL_FEATURES
    >>> likely_unit(ALL_FEATURES["hb"], 98.0).text, likely_unit(ALL_FEATURES["hb"], -1.0)
    ('g/L', None)
    """
    names = [mistake.unit for mistake in MISTAKES if mistake.feature == feature.name]
    if feature.unit.startswith("fraction"):
        names.append("percent")
    for name in names:
        unit = unit_named(feature, name)
        if unit and feature.low <= float(unit.factor) * value <= feature.high:
            return unit
    return None


def unit_hint(feature: Feature, unit: Unit) -> str:
    """What to do where a column seems to be in a unit.

    >>> from features.schema import ALL_FEATURES
    >>> unit_hint(ALL_FEATURES["hb"], unit_named(ALL_FEATURES["hb"], "g/L"))
    'it looks like g/L: if so, name the column hb_g_l'
    """
    return f"it looks like {unit.text}: if so, name the column {column_name(feature, unit)}"


def column_mistake(feature: Feature, values: Sequence[float], days: Sequence[float]) -> str | None:
    """The fault of a column whose median betrays another unit, or None; `values` hold NaN.

    >>> from features.schema import ALL_FEATURES
    >>> column_mistake(ALL_FEATURES["crp"], [45.0, 12.0, 30.0], [1, 2, 3])
    'the median of crp is as in sepsis; it looks like mg/L: if so, name the column crp_mg_l, and \
if it is right, crp_mg_dl'
    """
    for mistake in MISTAKES:
        if mistake.feature != feature.name:
            continue
        in_time = [not day < mistake.first_day for day in days]  # a missing day is NaN
        positive = [v for v, counts in zip(values, in_time, strict=True) if counts and v > 0]
        if len(positive) < MIN_VALUES:
            continue
        if mistake.median_below <= median(positive) < mistake.median_from:
            continue
        unit = unit_named(feature, mistake.unit)
        assert unit is not None, mistake
        right = column_name(feature, units_of(feature)[0])
        return (
            f"the median of {feature.name} is {mistake.condition}; {unit_hint(feature, unit)}, and "
            f"if it is right, {right}"
        )
    return None
