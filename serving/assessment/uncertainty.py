"""Uncertainty of a value in words: its 90 % interval, or plus and minus one standard error."""

import math

from features.schema import Feature
from features.table.row import Row
from serving.assessment import wording
from serving.assessment.flags import number


def measured_text(row: Row, feature: Feature) -> str | None:
    """A row's value with its interval or standard error; None where it was not measured.

    The interval stands where the row holds one, because the errors of such a value are not
    symmetric.

    >>> from features.schema import ALL_FEATURES
    >>> monocytes = ALL_FEATURES["monocyte_fraction"]
    >>> measured_text({"monocyte_fraction": 0.02, "monocyte_fraction_se": 0.004}, monocytes)
    '2.0 % ± 0.4 points'
    >>> cd7 = ALL_FEATURES["cd7neg_t_fraction"]
    >>> row = {"cd7neg_t_fraction": 0.2, "cd7neg_t_fraction_low": 0.1}
    >>> measured_text(row | {"cd7neg_t_fraction_high": 0.3}, cd7)
    '20 % (90 % interval: 10 to 30 %)'
    """
    value = number(row, feature.name)
    if math.isnan(value):
        return None
    text = wording.value_text(feature, value)
    ends = number(row, f"{feature.name}_low"), number(row, f"{feature.name}_high")
    if not any(map(math.isnan, ends)):
        return f"{text} (90 % interval: {wording.range_text(feature.unit, ends)})"
    error = error_text(feature, value, number(row, f"{feature.name}_se"))
    if not error:
        return text
    if error.endswith("points"):
        return f"{text} ± {error}"
    unit = wording.shown_unit(feature.unit)
    return f"{text.removesuffix(f' {unit}')} ± {error} {unit}".rstrip()


def error_text(feature: Feature, value: float, error: float) -> str:
    """A standard error in the unit of the value's text; "" where it is not known.

    Of a value on the log scale g(value) is shown, with the error |g'(value)| * error.

    >>> from features.schema import ALL_FEATURES
    >>> error_text(ALL_FEATURES["s100a8a9_monocyte"], 5.2, 0.1)
    '18.1'
    >>> error_text(ALL_FEATURES["log_monocyte_lymphocyte_ratio"], -1.0, 0.1)
    '0.272'
    """
    if math.isnan(error):
        return ""
    if feature.unit == "fraction":
        points = 100 * error
        return f"{points:.1f} points" if points >= 0.05 or points == 0 else "under 0.1 points"
    if feature.unit == wording.EXPRESSION_UNIT:
        return wording.digits(math.exp(value) * error)
    if feature.unit == "log ratio":
        return wording.digits(math.exp(abs(value)) * error)
    return wording.digits(error)
