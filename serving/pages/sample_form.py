"""A sample filled in by hand: the reader's units of a form to the schema's units of a sample."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from features import schema
from features.errors import InputError
from features.schema import Feature
from features.table.row import Row
from serving.assessment import wording
from serving.requests_responses import requests
from serving.web.problems import from_validation

# Asked first: what the source study's claims rest on.
FIRST: tuple[str, ...] = ("n_cells", *schema.CORE, "t_fraction")
_CELLS = {feature.name: feature for feature in (*schema.QUALITY, *schema.CELLS)}
_BLOOD = {feature.name: feature for feature in schema.CLINICAL}
TEXTS: Mapping[str, str] = {
    "enrichment": "Enrichment of cells",
    "car_cd7_strategy": "How the CAR-T cells evade CD7",
    "tissue": "Tissue",
}


@dataclass(frozen=True)
class Field:
    """One input of the form: its name, label, unit, and what it may hold in that unit."""

    name: str
    label: str
    unit: str
    low: float
    high: float


def field(feature: Feature) -> Field:
    """A feature as an input in the reader's unit.

    >>> field(schema.ALL_FEATURES["monocyte_fraction"]).unit
    '%'
    """
    unit, low, high = feature.unit, feature.low, feature.high
    if unit == "fraction":
        unit, low, high = "%", 100 * low, 100 * high
    elif unit.startswith("ln("):
        unit, low, high = "UMIs per 10,000", max(0.0, math.expm1(low)), math.expm1(high)
    elif unit == "log ratio":
        unit, low, high = "monocytes per lymphocyte", math.exp(low), math.exp(high)
    return Field(feature.name, feature.label, unit, low, high)


def fields() -> dict[str, list[Field]]:
    """Every input by its place: asked first, the other cells, the blood count."""
    rest = [feature for name, feature in _CELLS.items() if name not in FIRST]
    return {
        "first": [field(_CELLS[name]) for name in FIRST],
        "more": [field(feature) for feature in rest],
        "blood": [field(feature) for feature in _BLOOD.values()],
    }


def stored(feature: Feature, entered: float) -> float:
    """A number in the form's unit as the schema keeps it.

    >>> stored(schema.ALL_FEATURES["monocyte_fraction"], 2.0)
    0.02
    """
    if feature.unit == "fraction":
        return entered / 100
    if feature.unit.startswith("ln("):
        return math.log1p(entered)
    return math.log(entered) if feature.unit == "log ratio" else entered


def filled_row(form: Mapping[str, str], key: str) -> Row:
    """The form as a sample's row; empty inputs are missing.

    Raises InputError with one sentence that names the inputs at fault, never what was in them.
    """
    given: dict[str, Any] = {"day": _day(form.get("day", ""))}
    given["sample_id"] = form.get("sample_id", "").strip() or f"day {given['day']}"
    given |= {name: form[name] for name in TEXTS if form.get(name)}
    for name, feature in (_CELLS | _BLOOD).items():
        if text := form.get(name, "").strip():
            given[name] = stored(feature, _number(feature, text))
    if not any(name in given for name in _CELLS):
        raise InputError(
            "A sample holds at least one number measured in its cells, and none came; fill in one."
        )
    try:
        sample = requests.Sample.model_validate(given)
    except ValidationError as error:
        raise InputError(_sentence(from_validation(error).errors)) from None
    return requests.row(sample) | {"patient_id": key}


def _day(text: str) -> int:
    digits = text.strip().removeprefix("-")
    low, high = requests.FIRST_DAY, requests.LAST_DAY
    if not digits.isdecimal() or not low <= int(text) <= high:
        raise InputError(
            "A sample has its day, a whole number of days since infusion (negative before it), and"
            " what came is none; fill in the day."
        )
    return int(text)


def _number(feature: Feature, text: str) -> float:
    about = field(feature)
    try:
        number = float(text.replace(",", "."))
    except ValueError:
        number = math.nan
    if not about.low <= number <= about.high:
        ends = f"{wording.digits(about.low)} to {wording.digits(about.high)} {about.unit}"
        raise InputError(
            f"{feature.label} must be a number from {ends}, and what came is none; mend it or"
            " leave it empty."
        )
    return number


def _sentence(errors: Sequence[Mapping[str, str]]) -> str:
    said = "; ".join(f"{error['field'] or 'sample'}: {error['rule']}" for error in errors)
    return f"The sample breaks a rule ({said}); mend it and send it again."
