"""Numbers in the reader's words: values with units, reasons, flags, natural frequencies.

Answers, pages, cards and FHIR resources all take their sentences from here, so that they say the
same thing. Nothing here decides anything.
"""

import math
from collections.abc import Sequence
from functools import cache

from features.notices import SYNTHETIC
from features.schema import ALL_FEATURES, Feature

GROUPS: dict[str, str] = {
    "s100": "S100A8/A9",
    "composition": "Cell composition",
    "cd7": "CD7-negative T cells",
    "activation": "Activation of CD7-negative T cells",
    "history": "Change since earlier samples",
    "quality": "Sample quality",
    "car": "CAR-T cells",
    "blood_count": "Blood count",
}

STABILITY = (
    "Stability interval: how far refitting the model on other patients of the same cohort moved"
    " this risk (5 to 95 % of the refits); it is not a confidence interval."
)
NO_INTERVAL = "This model was not refitted, so it has no stability interval."
MODEL_NOT_CAUSE = (
    "Reasons describe what moved the model away from its baseline, not what causes the outcome;"
    " changing a value would not by itself change the patient's risk."
)
NOT_MEASURED = "not measured"

FLAGS: dict[str, str] = {
    "out_of_range": "Outside the range seen in training: {features}.",
    "out_of_population": "This combination of values is unlike any in the training cohort.",
    "few_cells": "Few cells: under {least} good cells, so cell fractions are uncertain.",
    "no_monocytes": "Too few monocytes to measure S100A8/A9 in them; this is not a random gap.",
    "cd7_unresolved": "CD7-negative T cells could not be resolved from the RNA of this sample.",
    "sorted_sample": "Sorted cells or infusion product: their composition is not the blood's.",
    "synthetic_model": "Synthetic: the model was fitted to simulated patients.",
    "synthetic_sample": "Synthetic: this sample was simulated.",
    "not_validated": "Not validated: this model has not been confirmed on an unseen cohort.",
    "no_sample_in_window": (
        "No sample within the {window} days up to day {landmark}, at which the model was trained;"
        " the latest sample is of day {day}."
    ),
    "raised": "At {horizon} days the risk was raised to that of the earlier horizon.",
    "no_model": "No model for this endpoint is in service.",
    "no_interval": NO_INTERVAL,
}

# Most serious first: what makes a number unusable before what makes it uncertain.
FLAG_ORDER: tuple[str, ...] = (
    "no_model", "out_of_population", "no_sample_in_window", "sorted_sample", "synthetic_model",
    "synthetic_sample", "not_validated", "out_of_range", "cd7_unresolved", "no_monocytes",
    "few_cells", "no_interval", "raised",
)  # fmt: skip


def flag(code: str, **words: object) -> dict[str, object]:
    """One flag: its code for programs, its sentence for people, and what the sentence names.

    >>> flag("not_validated")["code"]
    'not_validated'
    """
    return {"code": code, "sentence": FLAGS[code].format(**words)}


def synthetic_notices(*, sample: bool, model: bool) -> list[str]:
    """What stands above everything when a number comes from a simulation.

    A real patient's page under a model fitted to simulated patients must not say that the patient
    is simulated, so the two are said apart.

    >>> synthetic_notices(sample=False, model=True)
    ['Synthetic: the model was fitted to simulated patients.']
    """
    said = [SYNTHETIC] if sample else []
    return [*said, FLAGS["synthetic_model"]] if model else said


def digits(value: float) -> str:
    """Three digits at most, and never an exponent.

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
    """A feature's value in the unit a reader thinks in.

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


def axis_text(name: str, value: float) -> str:
    """A value on a figure's axis: short, in the unit of `value_text`.

    >>> axis_text("monocyte_fraction", 0.25), axis_text("s100a8a9_monocyte", 5.2)
    ('25 %', '180')
    """
    said = _level(ALL_FEATURES[name], value)
    return said if said.endswith("%") else said.split(" ")[0]


def axis_unit(name: str) -> str:
    """The unit of `axis_text`, for a figure's caption; empty where the text carries it.

    >>> axis_unit("s100a8a9_leukocyte"), axis_unit("monocyte_fraction")
    ('UMIs per 10,000', '')
    """
    unit = ALL_FEATURES[name].unit
    return "UMIs per 10,000" if unit.startswith("ln(") else "" if unit == "fraction" else unit


def _difference(feature: Feature, value: float) -> str:
    per = " per 30 days" if feature.unit.endswith("per 30 days") else ""
    if feature.unit.startswith("fraction"):
        return f"{100 * value:+.1f} points{per}"
    return f"{value:+.2f} on the log scale{per}"


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


def direction(contribution: float) -> str:
    """Whether a contribution in log-odds raises or lowers the risk, or does neither.

    >>> direction(0.2), direction(-0.2), direction(0.0)
    ('raises', 'lowers', 'none')
    """
    return "raises" if contribution > 0 else "lowers" if contribution < 0 else "none"


def effect(contribution: float) -> str:
    """A contribution in log-odds as what it does to the odds.

    >>> effect(0.6931), effect(-0.6931)
    ('multiplies the odds by 2.00', 'multiplies the odds by 0.50')
    """
    return f"multiplies the odds by {odds(contribution)}"


def odds(contribution: float) -> str:
    """The factor by which a contribution in log-odds multiplies the odds.

    >>> odds(0.0), odds(1.0)
    ('1.00', '2.72')
    """
    return f"{math.exp(contribution):.2f}"


def measured(name: str, said: str) -> str:
    """What was measured and what is usual; `said` is the value as `value_text` writes it.

    >>> measured("monocyte_fraction", "2.0 %")
    'Monocytes: 2.0 % (healthy: 5.0 to 30 %)'
    """
    usual = healthy_text(name) if said != NOT_MEASURED else None
    beside = f" (healthy: {usual})" if usual else ""
    return f"{ALL_FEATURES[name].label}: {said}{beside}"


def moves(contribution: float) -> str:
    """What a contribution in log-odds does to the risk.

    >>> moves(0.0), moves(-0.6931)
    ('leaves the risk as it is', 'lowers the risk, multiplies the odds by 0.50')
    """
    moved = direction(contribution)
    if moved == "none":
        return "leaves the risk as it is"
    return f"{moved} the risk, {effect(contribution)}"


def natural_frequency(risk: float, low: float | None, high: float | None) -> str:
    """A risk as patients out of a hundred, with its stability interval in the same words.

    >>> natural_frequency(0.23, 0.12, 0.38)
    'about 23 of 100 patients like this; refitting the model on other patients would say 12 to 38'
    """
    first = f"about {of_hundred(risk)} of 100 patients like this"
    if low is None or high is None:
        return f"{first}; the model was not refitted, so its stability is unknown"
    said = f"{of_hundred(low)} to {of_hundred(high)}"
    return f"{first}; refitting the model on other patients would say {said}"


def of_hundred(risk: float) -> str:
    """Whole patients of a hundred; a small risk is never rounded to none.

    >>> of_hundred(0.004), of_hundred(0.996), of_hundred(0.5)
    ('fewer than 1', 'more than 99', '50')
    """
    if 0 < risk < 0.005:
        return "fewer than 1"
    return "more than 99" if 0.995 <= risk < 1 else f"{100 * risk:.0f}"


def listed(names: Sequence[str]) -> str:
    """Feature names as their labels; a label may itself hold a comma.

    >>> listed(["t_fraction", "nk_fraction"])
    'T cells; NK cells'
    """
    return "; ".join(ALL_FEATURES[name].label if name in ALL_FEATURES else name for name in names)
