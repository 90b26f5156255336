"""Form of a sample entered by hand: from the reader's units to those of the feature schema."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pydantic import ValidationError

from features import schema
from features.errors import InputError
from features.schema import Feature
from features.table.row import Row
from serving.assessment import wording
from serving.assessment.covariates import faults
from serving.requests_responses import requests
from serving.web.problems import from_validation

# What a ratio on the log scale compares; each is entered as first per second.
RATIOS: Mapping[str, str] = {
    "log_monocyte_lymphocyte_ratio": "monocytes per lymphocyte",
    "log_cd4_cd8_ratio": "CD4 per CD8 T cell",
}
# At the top of the form: what the source study's claims rest on.
FIRST: tuple[str, ...] = ("n_cells", *schema.CORE, "t_fraction")
_CELLS = {feature.name: feature for feature in (*schema.QUALITY, *schema.CELLS)}
# Models use these only where a protocol names them; log-ratios are computed, never read off.
_FURTHER = {feature.name: feature for feature in schema.FURTHER if feature.group != "log_ratios"}
_BLOOD = {feature.name: feature for feature in schema.CLINICAL}
TEXTS: Mapping[str, str] = {
    "enrichment": "Enrichment of cells",
    "car_cd7_strategy": "How the CAR-T cells evade CD7",
    "tissue": "Tissue",
    "patient_sex": "Patient's sex",
    "donor_sex": "Sex of the stem-cell donor",
}
NO_DAY = (
    "A sample needs its day, a whole number of days since infusion (negative before it), but this"
    " value is not one; please enter the day."
)


@dataclass(frozen=True)
class FormField:
    """One input of the form: its name, label, unit, and its bounds in that unit."""

    name: str
    label: str
    unit: str
    low: float
    high: float


def form_field(feature: Feature) -> FormField:
    """A feature as an input in the reader's unit.

    >>> form_field(schema.ALL_FEATURES["monocyte_fraction"]).unit
    '%'
    """
    unit, low, high = feature.unit, feature.low, feature.high
    if unit == "fraction":
        unit, low, high = "%", 100 * low, 100 * high
    elif unit == wording.EXPRESSION_UNIT:
        unit, low, high = "UMIs per 10,000", max(0.0, math.expm1(low)), math.expm1(high)
    elif unit == "log ratio":
        unit, low, high = RATIOS.get(feature.name, "ratio"), math.exp(low), math.exp(high)
    return FormField(feature.name, feature.label, unit, low, high)


def form_fields(covariates: Sequence[Feature] = ()) -> dict[str, list[FormField]]:
    """Every input by its part of the form: first, more measurements of cells, further, blood count.

    The last part holds the declared columns that models in service use.
    """
    rest = [feature for name, feature in _CELLS.items() if name not in FIRST]
    return {
        "first": [form_field(_CELLS[name]) for name in FIRST],
        "more": [form_field(feature) for feature in rest],
        "further": [form_field(feature) for feature in _FURTHER.values()],
        "blood": [form_field(feature) for feature in _BLOOD.values()],
        "declared": [form_field(feature) for feature in covariates],
    }


def schema_value(feature: Feature, entry: float) -> float:
    """A number in the form's unit as the schema has it.

    >>> schema_value(schema.ALL_FEATURES["monocyte_fraction"], 2.0)
    0.02
    """
    if feature.unit == "fraction":
        return entry / 100
    if feature.unit == wording.EXPRESSION_UNIT:
        return math.log1p(entry)
    return math.log(entry) if feature.unit == "log ratio" else entry


def form_row(form: Mapping[str, str], key: str, covariates: Sequence[Feature] = ()) -> Row:
    """The form as a sample's row; empty inputs are missing.

    `covariates` are the columns beside the schema's that models in service use.

    Raises InputError with one sentence that names the inputs at fault, never what was in them.
    """
    values: dict[str, object] = {"day": _day(form.get("day", ""))}
    values["sample_id"] = form.get("sample_id", "").strip() or f"day {values['day']}"
    values |= {name: form[name] for name in TEXTS if form.get(name)}
    for name, feature in (_CELLS | _FURTHER | _BLOOD).items():
        if text := form.get(name, "").strip():
            values[name] = schema_value(feature, _number(feature, text))
    covariate_values = form_covariates(form, covariates)
    if not any(name in values for name in (_CELLS | _FURTHER)):
        raise InputError(
            "A sample needs at least one number measured in its cells, but there is none; enter"
            " one."
        )
    try:
        sample = requests.Sample.model_validate(values)
    except ValidationError as error:
        raise InputError(_sentence(from_validation(error).errors)) from None
    return requests.row(sample) | covariate_values | {"patient_id": key}


def form_covariates(form: Mapping[str, str], covariates: Sequence[Feature]) -> dict[str, float]:
    """The declared columns that the form fills in; raises InputError as `form_row` does."""
    values = {}
    for feature in covariates:
        if text := form.get(feature.name, "").strip():
            values[feature.name] = schema_value(feature, _number(feature, text))
    broken = [{"field": name, "rule": rule} for name, rule in faults(values, covariates)]
    if broken:
        raise InputError(_sentence(broken))
    return values


def _day(text: str) -> int:
    digits = text.strip().removeprefix("-")
    low, high = requests.FIRST_DAY, requests.LAST_DAY
    if not digits.isdecimal() or not low <= int(text) <= high:
        raise InputError(NO_DAY)
    return int(text)


def _number(feature: Feature, text: str) -> float:
    bounds = form_field(feature)
    try:
        number = float(text.replace(",", "."))
    except ValueError:
        number = math.nan
    if not bounds.low <= number <= bounds.high:
        ends = f"{wording.digits(bounds.low)} to {wording.digits(bounds.high)} {bounds.unit}"
        raise InputError(
            f"{feature.label} must be a number from {ends}, but this value is not; please correct"
            " it or leave it empty."
        )
    return number


def _sentence(errors: Sequence[Mapping[str, str]]) -> str:
    rules = "; ".join(f"{error['field'] or 'sample'}: {error['rule']}" for error in errors)
    return f"The sample breaks a rule ({rules}); please correct it and send it again."
