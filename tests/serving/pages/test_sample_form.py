"""A form in the reader's units becomes the row that the same sample has elsewhere."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.errors import InputError
from features.schema import CELLS, FURTHER, SAMPLE_COLUMNS
from serving.assessment.wording import percent
from serving.pages.sample_form import form_field, form_fields, form_row, schema_value
from tests.serving.fitted import CMV, TREATED


def test_units_are_the_readers():
    """Percent, UMIs per 10,000 and a ratio are kept as the schema's fraction and logarithms."""
    form = {
        "day": "28", "monocyte_fraction": "2,5", "s100a8a9_leukocyte": "180",
        "log_monocyte_lymphocyte_ratio": "0.5", "plt": "120", "enrichment": "none",
    }  # fmt: skip
    row = form_row(form, "k")
    assert list(row) == list(SAMPLE_COLUMNS) and row["patient_id"] == "k"
    assert row["sample_id"] == "day 28" and row["plt"] == 120.0 and row["enrichment"] == "none"
    assert percent(row["monocyte_fraction"]) == "2.5 %"
    assert math.expm1(row["s100a8a9_leukocyte"]) == pytest.approx(180)
    assert math.exp(row["log_monocyte_lymphocyte_ratio"]) == pytest.approx(0.5)
    assert math.isnan(row["t_fraction"])


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"day": ""}, "A sample needs its day"),
        ({"day": "4.5"}, "A sample needs its day"),
        ({"day": "999999"}, "A sample needs its day"),
        ({"monocyte_fraction": "101"}, "Monocytes must be a number from 0 to 100 %"),
        ({"monocyte_fraction": "SECRET"}, "Monocytes must be a number"),
        ({"monocyte_fraction": "nan"}, "Monocytes must be a number"),
        ({"monocyte_fraction": ""}, "at least one number measured in its cells"),
        ({"enrichment": "sorted"}, "composition must be null"),
        ({"tissue": "SECRET"}, "tissue: "),
    ],
)
def test_a_sentence_says_what_to_correct(changes, sentence):
    """Rule and input are named, and what came is never repeated."""
    with pytest.raises(InputError, match=sentence) as caught:
        form_row({"day": "28", "monocyte_fraction": "2"} | changes, "k")
    assert "SECRET" not in str(caught.value)


def test_further_measurements_and_sexes_are_entered_too():
    """One of them suffices as a measurement; a ratio says of what; log-ratios are not asked for."""
    form = {
        "day": "28", "regulatory_t_fraction": "6", "log_cd4_cd8_ratio": "1.5", "cd34_rate": "4.6",
        "monocytes_per_ul": "420", "patient_sex": "female", "donor_sex": "male",
    }  # fmt: skip
    row = form_row(form, "k")
    assert row["regulatory_t_fraction"] == pytest.approx(0.06)
    assert math.exp(row["log_cd4_cd8_ratio"]) == pytest.approx(1.5)
    assert (row["cd34_rate"], row["monocytes_per_ul"]) == (4.6, 420.0)
    assert (row["patient_sex"], row["donor_sex"]) == ("female", "male")
    fields = {field.name: field for field in form_fields()["further"]}
    assert set(fields) == {f.name for f in FURTHER if f.group != "log_ratios"}
    assert fields["log_cd4_cd8_ratio"].unit == "CD4 per CD8 T cell"
    assert fields["cd34_rate"].unit == "UMIs per 10,000"


@given(st.sampled_from((*CELLS, *FURTHER)), st.floats(0, 1))
def test_every_input_within_its_bounds_is_within_the_schemas(feature, share):
    """What the form allows, the schema allows."""
    bounds = form_field(feature)
    value = schema_value(feature, bounds.low + share * (bounds.high - bounds.low))
    assert feature.low - 1e-9 <= value <= feature.high + 1e-9


FILLED = {"day": "28", "monocyte_fraction": "2"}


def test_declared_columns_have_their_inputs():
    """Label, unit and value; an empty input is missing, an undeclared one is no part of the row."""
    assert [field.label for field in form_fields((CMV, TREATED))["declared"]] == [
        "Adenovirus load", "Treated",
    ]  # fmt: skip
    row = form_row(FILLED | {"adv_load": "4,5", "treated": ""}, "k", (CMV, TREATED))
    assert row["adv_load"] == 4.5 and "treated" not in row
    assert "adv_load" not in form_row(FILLED | {"adv_load": "4,5"}, "k")


@pytest.mark.parametrize(
    ("entry", "sentence"),
    [
        ({"adv_load": "9.625"}, "Adenovirus load must be a number from 0 to 9"),
        ({"adv_load": "SECRET"}, "Adenovirus load must be a number"),
        ({"treated": "0.625"}, "treated: must be 0 or 1"),
    ],
)
def test_a_wrong_declared_value_is_named_and_not_repeated(entry, sentence):
    """Label or name and rule, as for our own columns."""
    with pytest.raises(InputError, match=sentence) as caught:
        form_row(FILLED | entry, "k", (CMV, TREATED))
    assert "SECRET" not in str(caught.value) and "625" not in str(caught.value)
