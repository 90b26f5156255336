"""Values in words: numbers, percentages, and features in the unit that a reader thinks in.

Answers, pages, cards and FHIR resources all take these texts from here, so that they agree.
"""

import math

from features.schema import Feature

NOT_MEASURED = "not measured"
EXPRESSION_UNIT = "ln(1 + UMIs per 10,000)"


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


def value_text(feature: Feature, value: float | None) -> str:
    """A feature's value in the unit that a reader thinks in.

    Fractions become percent, pooled expression (ln(1 + UMIs per 10,000)) becomes UMIs per 10,000,
    differences keep their sign and their scale.

    >>> from features.schema import ALL_FEATURES as features
    >>> monocytes = features["monocyte_fraction"]
    >>> value_text(monocytes, 0.02), value_text(monocytes, None)
    ('2.0 %', 'not measured')
    >>> value_text(features["log_monocyte_lymphocyte_ratio"], -1.0)
    '1:2.72'
    >>> value_text(features["s100a8a9_monocyte"], 5.2)
    '180 UMIs per 10,000'
    >>> value_text(features["monocyte_fraction_change"], -0.1)
    '-10.0 points'
    """
    if value is None or math.isnan(value):
        return NOT_MEASURED
    if feature.group == "history":
        return _difference(feature, value)
    return _level(feature.unit, value)


def _level(unit: str, value: float) -> str:
    if unit == "fraction":
        return percent(value)
    if unit == EXPRESSION_UNIT:
        return f"{digits(math.expm1(value))} UMIs per 10,000"
    if unit == "log ratio":
        return f"1:{digits(math.exp(-value))}" if value < 0 else f"{digits(math.exp(value))}:1"
    if unit == "0 or 1":
        return "yes" if value else "no"
    return f"{digits(value)} {unit}"


def _difference(feature: Feature, value: float) -> str:
    per = " per 30 days" if feature.unit.endswith("per 30 days") else ""
    if feature.unit.startswith("fraction"):
        return f"{100 * value:+.1f} points{per}"
    return f"{value:+.2f} on the log scale{per}"


def axis_text(feature: Feature, value: float) -> str:
    """A value on a figure's axis: short, in the unit of `value_text`.

    >>> from features.schema import ALL_FEATURES as features
    >>> axis_text(features["monocyte_fraction"], 0.25)
    '25 %'
    >>> axis_text(features["s100a8a9_monocyte"], 5.2)
    '180'
    """
    text = _level(feature.unit, value)
    return text if text.endswith("%") else text.split(" ")[0]


def axis_unit(feature: Feature) -> str:
    """The unit of `axis_text`, for a figure's caption; empty where the text carries it.

    >>> from features.schema import ALL_FEATURES as features
    >>> axis_unit(features["s100a8a9_leukocyte"]), axis_unit(features["monocyte_fraction"])
    ('UMIs per 10,000', '')
    """
    unit = feature.unit
    return "UMIs per 10,000" if unit == EXPRESSION_UNIT else "" if unit == "fraction" else unit


def healthy_text(feature: Feature) -> str | None:
    """The range usually seen in healthy adults, in the same words as the value.

    >>> from features.schema import ALL_FEATURES as features
    >>> healthy_text(features["monocyte_fraction"]), healthy_text(features["s100a8a9_monocyte"])
    ('5.0 to 30 %', None)
    """
    return feature.healthy and range_text(feature.unit, feature.healthy)


def range_text(unit: str, ends: tuple[float, float]) -> str:
    """A range in the words of `value_text`, its unit once.

    >>> range_text("fraction", (0.05, 0.3)), range_text("g/dL", (12.0, 17.5))
    ('5.0 to 30 %', '12.0 to 17.5 g/dL')
    >>> range_text("fraction", (0.0002, 0.3))
    'under 0.1 to 30 %'
    """
    low, high = (_level(unit, end) for end in ends)
    return f"{low.removesuffix(f' {shown_unit(unit)}')} to {high}"


def shown_unit(unit: str) -> str:
    """The unit at the end of a value's text, for a unit of the schema; a ratio has none.

    >>> shown_unit("fraction"), shown_unit("log ratio"), shown_unit("g/dL")
    ('%', '', 'g/dL')
    """
    words = {"fraction": "%", EXPRESSION_UNIT: "UMIs per 10,000", "log ratio": "", "0 or 1": ""}
    return words.get(unit, unit)


def labelled_value(feature: Feature, text: str) -> str:
    """A feature's label, its value `text` as `value_text` writes it, and the healthy range.

    >>> from features.schema import ALL_FEATURES
    >>> labelled_value(ALL_FEATURES["monocyte_fraction"], "2.0 %")
    'Monocytes: 2.0 % (healthy: 5.0 to 30 %)'
    """
    healthy = healthy_text(feature) if text != NOT_MEASURED else None
    healthy_range = f" (healthy: {healthy})" if healthy else ""
    return f"{feature.label}: {text}{healthy_range}"
