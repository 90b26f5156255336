"""Request models: one patient's samples, or several patients, made from `features.schema`.

Each column of the schema is a field with its range, so a new column needs no line here. Types are
strict ("5" is no number), unknown fields are refused, NaN and infinity are refused (null says "not
measured"), and no message ever repeats what was sent.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, create_model, model_validator

from features import schema
from features.schema import ALL_FEATURES, Category, Feature
from features.table.row import Row, empty_row

LONGEST_TEXT = 200
MOST_COVARIATES = 100
LONGEST_WARNINGS = 4_000  # every code that a row can have, together
MOST_SAMPLES = 50
MOST_PATIENTS = 500
# A decade before infusion and a lifetime after it: wider than any course, narrower than a typo.
FIRST_DAY, LAST_DAY = -3650, 36500

STRICT = ConfigDict(strict=True, extra="forbid", hide_input_in_errors=True, allow_inf_nan=False)

# Shares of the drawn blood's cells: absent by design where cells were sorted before sequencing.
COMPOSITION: tuple[str, ...] = tuple(
    name for name, feature in ALL_FEATURES.items() if feature.group == "composition"
)

# Values whose interval has ends of their own.
INTERVALS: tuple[str, ...] = tuple(name for name in ALL_FEATURES if f"{name}_low" in ALL_FEATURES)

# PostgreSQL stores no NUL character.
Text = Annotated[str, Field(min_length=1, max_length=LONGEST_TEXT, pattern=r"^[^\x00]*$")]
WarningCodes = Annotated[
    str, Field(min_length=1, max_length=LONGEST_WARNINGS, pattern=r"^[^\x00]*$")
]

# A simulated patient, as complete as a model needs it.
EXAMPLE = json.loads((Path(__file__).parents[1] / "example_patient.json").read_text())

_Definition = tuple[Any, Any]


def _number(feature: Feature) -> _Definition:
    """One nullable number within the schema's range, described in its unit."""
    text = f"{feature.label}: {feature.meaning}. Unit: {feature.unit}; null = not measured."
    limits = Field(
        default=None, ge=feature.low, le=feature.high, allow_inf_nan=False, description=text
    )
    return float | None, limits


def _standard_error(feature: Feature) -> _Definition:
    text = f"Standard error of {feature.name}. Unit: {feature.unit}; null = not known."
    return float | None, Field(default=None, ge=0.0, allow_inf_nan=False, description=text)


def _text(category: Category) -> _Definition:
    text = f"{category.meaning[0].upper()}{category.meaning[1:]}; null = not known."
    if category.allowed_values:
        return Literal[category.allowed_values] | None, Field(default=None, description=text)
    kind = WarningCodes if category.name == "warnings" else Text
    return kind | None, Field(default=None, description=text)


def _covariates() -> _Definition:
    """Declared columns by name; `serving.api.sample_covariates` checks names and ranges."""
    text = (
        "Columns that the training group declared, by name: those that a model in service uses;"
        " null = not measured. GET /v1/model describes them."
    )
    limits = Field(default=None, max_length=MOST_COVARIATES, description=text)
    return dict[str, float | None] | None, limits


def _key(text: str) -> _Definition:
    return Text | None, Field(default=None, description=text)


def _definitions() -> Mapping[str, Any]:  # create_model has keywords of other types
    """Field definitions in the order of SAMPLE_COLUMNS, then the declared columns."""
    day = Field(
        ge=FIRST_DAY, le=LAST_DAY, description="Days since infusion (day 0); negative before it."
    )
    fields: dict[str, _Definition] = {
        "sample_id": _key("The caller's name of the sample; returned with the answer."),
        "patient_id": _key("The caller's pseudonym; one patient to a request."),
        "day": (int, day),
    }
    fields |= {c.name: _text(c) for c in (*schema.CATEGORIES, *schema.ORIGINS)}
    for feature in (*schema.CLINICAL, *schema.SAMPLE_FEATURES):
        fields[feature.name] = _number(feature)
        if feature.has_se:
            fields[schema.standard_error(feature.name)] = _standard_error(feature)
    fields["covariates"] = _covariates()
    return fields


_Columns = create_model("_Columns", __config__=STRICT, **_definitions())


class Sample(_Columns):  # type: ignore[valid-type, misc]  # its fields are the schema's, made above
    """One draw of one patient on one day, summarised as features.

    >>> Sample(day=28, monocyte_fraction=0.02).day
    28
    """

    model_config = ConfigDict(json_schema_extra={"examples": [EXAMPLE["samples"][-1]]})

    @model_validator(mode="after")
    def _sorted_cells_have_no_composition(self) -> Self:
        sorted_cells = self.enrichment in ("sorted", "product")
        if sorted_cells and any(getattr(self, name) is not None for name in COMPOSITION):
            raise ValueError(
                "composition must be null when enrichment is sorted or product, because sorted"
                " cells say nothing of the blood; leave those fields out"
            )
        return self

    @model_validator(mode="after")
    def _interval_is_in_order(self) -> Self:
        for name in INTERVALS:
            low, high = getattr(self, f"{name}_low"), getattr(self, f"{name}_high")
            if low is not None and high is not None and low > high:
                raise ValueError(f"{name}_low must not exceed {name}_high; swap them")
        return self


class PatientRequest(BaseModel):
    """One patient's samples, current and earlier, in any order; the latest day is assessed.

    >>> patient = PatientRequest.model_validate({"samples": [{"day": 28, "t_fraction": 0.5}]})
    >>> rows(patient)[0]["t_fraction"]
    0.5
    """

    model_config = STRICT | ConfigDict(json_schema_extra={"examples": [EXAMPLE]})
    samples: list[Sample] = Field(
        min_length=1, max_length=MOST_SAMPLES, description="The patient's samples, in any order."
    )

    @model_validator(mode="after")
    def _one_patient(self) -> Self:
        ids = {s.patient_id for s in self.samples if s.patient_id is not None}
        if len(ids) > 1:
            raise ValueError(
                "samples must come from one patient, and several patient_id came;"
                " send one request a patient, or /v1/predict_batch"
            )
        return self

    @model_validator(mode="after")
    def _samples_differ(self) -> Self:
        ids = [s.sample_id for s in self.samples if s.sample_id is not None]
        if len(ids) != len(set(ids)):
            raise ValueError("sample_id must not repeat within a request; send each sample once")
        return self


class BatchRequest(BaseModel):
    """Several patients in one body; the answers come in the same order."""

    model_config = STRICT | ConfigDict(
        json_schema_extra={
            "examples": [{"patients": [EXAMPLE, {"samples": EXAMPLE["samples"][:1]}]}]
        }
    )
    patients: list[PatientRequest] = Field(min_length=1, max_length=MOST_PATIENTS)


# Default row: every value missing.
_DEFAULT_ROW: Row = empty_row() | {"patient_id": "patient", "provenance": "real"}


def row(sample: Sample, position: int = 0) -> Row:
    """One sample as a row of SAMPLE_COLUMNS: a missing number is NaN, a missing text None.

    Declared columns that are present follow; their names were checked to be none of ours.

    A sample without a name gets one from its position, and a sample counts as real unless the
    request says that it is synthetic.

    >>> row(Sample(day=28))["sample_id"], row(Sample(day=28))["provenance"]
    ('sample-1', 'real')
    """
    values = sample.__dict__
    result = {**_DEFAULT_ROW, "sample_id": f"sample-{position + 1}"}
    for name in sample.model_fields_set - {"covariates"}:
        if values[name] is not None:
            result[name] = values[name]
    covariates = values["covariates"] or {}
    return result | {name: value for name, value in covariates.items() if value is not None}


def rows(patient: PatientRequest) -> list[Row]:
    """Every sample of a request as rows, in the order they came."""
    return [row(sample, position) for position, sample in enumerate(patient.samples)]
