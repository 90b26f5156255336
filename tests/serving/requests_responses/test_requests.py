"""The request model is the schema: every column, its range, and nothing else."""

import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from features import schema
from features.genes.panels import SCORE_PANELS
from features.report.warning_texts import WARNINGS
from serving.requests_responses.requests import (
    LONGEST_TEXT,
    LONGEST_WARNINGS,
    MOST_SAMPLES,
    BatchRequest,
    PatientRequest,
    Sample,
    row,
    rows,
)
from serving.web.body_limit import BODY

NUMBERS = {f.name: f for f in (*schema.CLINICAL, *schema.SAMPLE_FEATURES)}


def parsed(**sample):
    """A request of one sample of day 28, read from JSON as the service reads it."""
    body = {"samples": [{"day": 28} | sample]}
    return PatientRequest.model_validate_json(json.dumps(body))


def test_every_sample_column_is_a_field_and_no_other():
    """A column added to the schema is a field of the request without another line.

    Only the columns that groups declare stand apart, together in one field.
    """
    assert tuple(Sample.model_fields) == (*schema.SAMPLE_COLUMNS, "covariates")


def test_a_full_sample_arrives_as_the_row_that_was_sent():
    """Each column keeps its value; what was not sent is NaN for numbers and None for text."""
    sent = {name: (f.low + min(f.high, 1.0)) / 2 for name, f in NUMBERS.items()}
    sent |= {"day": 28, "tissue": "PB", "sample_id": "a", "provenance": "synthetic"}
    sent |= {"cd7neg_t_fraction_low": 0.1, "cd7neg_t_fraction_high": 0.4}
    found = rows(parsed(**sent))[0]
    assert set(found) == set(schema.SAMPLE_COLUMNS)
    assert {name: found[name] for name in sent} == sent
    assert math.isnan(found["monocyte_fraction_se"]) and found["site"] is None


@pytest.mark.parametrize("name", sorted(NUMBERS))
def test_ranges_are_the_schemas(name):
    """Both ends of a feature's range are taken, what lies beyond them is refused."""
    feature = NUMBERS[name]
    for inside in (feature.low, feature.high, None):
        parsed(**{name: inside})
    for outside in (feature.low - 1, feature.high * 1.01 + 1):
        with pytest.raises(ValidationError, match=name):
            parsed(**{name: outside})


@pytest.mark.parametrize(
    "sample",
    [
        {"day": None},
        {"day": "28"},
        {"day": 28.5},
        {"day": True},
        {"hb": "9"},
        {"hb": True},
        {"hb": [9]},
        {"tissue": "blood"},
        {"patient": "x"},
        {"monocyte_fraction_change": 0.1},
        {"site": "x" * 201},
        {"sample_id": ""},
        {"monocyte_fraction_se": -0.1},
        {"cd7neg_t_fraction_low": 0.5, "cd7neg_t_fraction_high": 0.4},
        {"s100a8a9_nonmyeloid_low": 2.0, "s100a8a9_nonmyeloid_high": 1.0},
        {"patient_sex": "f"},
    ],
)
def test_refuses(sample):
    """Wrong types, unknown names, history columns and disorder are refused."""
    with pytest.raises(ValidationError):
        parsed(**sample)


@pytest.mark.parametrize("word", ["NaN", "Infinity", "-Infinity", "1e999"])
def test_refuses_numbers_that_are_none(word):
    """NaN and infinity are refused; null is how to say not measured."""
    with pytest.raises(ValidationError, match="finite"):
        PatientRequest.model_validate_json(f'{{"samples": [{{"day": 28, "hb": {word}}}]}}')


@pytest.mark.parametrize("enrichment", ["sorted", "product"])
def test_sorted_cells_have_no_composition(enrichment):
    """A monocyte share of sorted cells would read as monocytes lost."""
    with pytest.raises(ValidationError, match="composition must be null"):
        parsed(enrichment=enrichment, monocyte_fraction=0.1)
    parsed(enrichment=enrichment, cd7neg_t_fraction=0.1)
    parsed(enrichment="none", monocyte_fraction=0.1)


@pytest.mark.parametrize(
    ("samples", "rule"),
    [
        ([], "at least 1"),
        ([{"day": day} for day in range(51)], "at most 50"),
        ([{"day": 1, "sample_id": "a"}, {"day": 2, "sample_id": "a"}], "must not repeat"),
        ([{"day": 1, "patient_id": "a"}, {"day": 2, "patient_id": "b"}], "one patient"),
    ],
)
def test_rules_of_a_request(samples, rule):
    """One to fifty samples, each once, of one patient."""
    with pytest.raises(ValidationError, match=rule):
        PatientRequest.model_validate({"samples": samples})


@given(st.floats(1.5, 1e6, allow_nan=False), st.text(min_size=8, alphabet="QXZ"))
def test_messages_hold_no_value(number, text):
    """Whatever is refused, the message repeats neither the number nor the text."""
    body = {"samples": [{"day": 28, "t_fraction": number, "tissue": text}]}
    with pytest.raises(ValidationError) as refused:
        PatientRequest.model_validate(body)
    assert repr(number) not in str(refused.value) and text not in str(refused.value)


def test_a_batch_holds_patients():
    """A batch is a list of requests, and an empty one is refused."""
    assert len(BatchRequest.model_validate({"patients": [{"samples": [{"day": 1}]}]}).patients) == 1
    with pytest.raises(ValidationError, match="at least 1"):
        BatchRequest.model_validate({"patients": []})


def test_unnamed_samples_are_numbered():
    """A sample without a name takes its place in the request as name."""
    assert [
        r["sample_id"]
        for r in rows(
            PatientRequest.model_validate({"samples": [{"day": 1}, {"day": 2, "sample_id": "b"}]})
        )
    ] == ["sample-1", "b"]
    assert row(Sample(day=3))["patient_id"] == "patient"


def test_the_largest_request_is_within_the_body_limit() -> None:
    """As many samples as a request may hold, every number to its last digit, fit into 1 MB."""
    numbers = dict.fromkeys(schema.SAMPLE_NUMBERS, 0.12345678901234567)
    texts = dict.fromkeys((*schema.KEYS, *schema.TEXT_COLUMNS), "x" * LONGEST_TEXT)
    sample = numbers | texts | {"warnings": "x" * LONGEST_WARNINGS}
    assert MOST_SAMPLES * len(json.dumps(sample)) < BODY


def test_a_row_with_every_warning_is_taken() -> None:
    """All codes of the quality report together are no longer than the field."""
    codes = [
        *WARNINGS,
        *(f"dropped_{name}" for name in (*SCORE_PANELS, "handling_stress")),
        *(f"partial_{f.name}" for f in schema.FURTHER if f.unit == schema.EXPRESSION_UNIT),
        *(f"above_{f.name}" for f in schema.CLINICAL),
    ]
    assert Sample(day=28, warnings=";".join(codes)).warnings == ";".join(codes)
