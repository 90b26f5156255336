"""Values in words: numbers, percentages, and features in the unit that a reader thinks in.

Answers, pages, cards and FHIR resources all take these texts from here, so that they agree.
"""

import math
from functools import cache

from features.schema import ALL_FEATURES, Feature

NOT_MEASURED = "not measured"


def digits(value: float) -> str:
    """A number in three digits or fewer, never with an exponent.

    >>> digits(1234.5), digits(12.34), digits(0.01234), digits(0.0)
    ('1,234', '12.3', '0.0123', '0')
    """
    size = abs(value)
    if size < 0.001:
        return "0" if size == 0 else "under 0.001" if value > 0 else "above -0.001"
    if size >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if size >= 10 else f"{value:.2f}" if size >= 1 else f"{value:.3g}"


def percent(fraction: float) -> str:
    """A fraction in percent, with one decimal below 10 %.

    >>> percent(0.023), percent(0.31), percent(0.0002), percent(0.0)
    ('2.3 %', '31 %', 'under 0.1 %', '0 %')
    """
    size = abs(fraction)
    if 0 < size < 0.001:
        return "under 0.1 %"
    rounded = f"{100 * fraction:.1f}" if 0 < size < 0.0995 else f"{100 * fraction:.0f}"
    return f"{rounded} %"


def value_text(name: str, value: float | None) -> str:
    """A feature's value in the unit that a reader thinks in.

    Fractions become percent, pooled expression (ln(1 + UMIs per 10,000)) becomes UMIs per 10,000,
    differences keep their sign and their scale.

    >>> value_text("monocyte_fraction", 0.02), value_text("monocyte_fraction", None)
    ('2.0 %', 'not measured')
    >>> value_text("log_monocyte_lymphocyte_ratio", -1.0)
    '1:2.72'
    >>> value_text("s100a8a9_monocyte", 5.2), value_text("monocyte_fraction_change", -0.1)
    ('180 UMIs per 10,000', '-10.0 points')
    """
    if value is None or math.isnan(value):
        return NOT_MEASURED
    feature = ALL_FEATURES[name]
    return _difference(feature, value) if feature.group == "history" else _level(feature, value)


def _level(feature: Feature, value: float) -> str:
    if feature.unit == "fraction":
        return percent(value)
    if feature.unit.startswith("ln("):
        return f"{digits(math.expm1(value))} UMIs per 10,000"
    if feature.unit == "log ratio":
        return f"1:{digits(math.exp(-value))}" if value < 0 else f"{digits(math.exp(value))}:1"
    if feature.unit == "0 or 1":
        return "yes" if value else "no"
    return f"{digits(value)} {feature.unit}"


def _difference(feature: Feature, value: float) -> str:
    per = " per 30 days" if feature.unit.endswith("per 30 days") else ""
    if feature.unit.startswith("fraction"):
        return f"{100 * value:+.1f} points{per}"
    return f"{value:+.2f} on the log scale{per}"


def axis_text(name: str, value: float) -> str:
    """A value on a figure's axis: short, in the unit of `value_text`.

    >>> axis_text("monocyte_fraction", 0.25), axis_text("s100a8a9_monocyte", 5.2)
    ('25 %', '180')
    """
    text = _level(ALL_FEATURES[name], value)
    return text if text.endswith("%") else text.split(" ")[0]


def axis_unit(name: str) -> str:
    """The unit of `axis_text`, for a figure's caption; empty where the text carries it.

    >>> axis_unit("s100a8a9_leukocyte"), axis_unit("monocyte_fraction")
    ('UMIs per 10,000', '')
    """
    unit = ALL_FEATURES[name].unit
    return "UMIs per 10,000" if unit.startswith("ln(") else "" if unit == "fraction" else unit


@cache
def healthy_text(name: str) -> str | None:
    """The range usually seen in healthy adults, in the same words as the value.

    >>> healthy_text("monocyte_fraction"), healthy_text("s100a8a9_monocyte")
    ('5.0 to 30 %', None)
    """
    healthy = ALL_FEATURES[name].healthy
    if healthy is None:
        return None
    low, high = (value_text(name, end) for end in healthy)
    return f"{low.split(' ')[0]} to {high}"


def labelled_value(name: str, text: str) -> str:
    """A feature's label, its value `text` as `value_text` writes it, and the healthy range.

    >>> labelled_value("monocyte_fraction", "2.0 %")
    'Monocytes: 2.0 % (healthy: 5.0 to 30 %)'
    """
    healthy = healthy_text(name) if text != NOT_MEASURED else None
    healthy_range = f" (healthy: {healthy})" if healthy else ""
    return f"{ALL_FEATURES[name].label}: {text}{healthy_range}"
