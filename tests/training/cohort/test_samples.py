"""The feature table unpacked for training."""

import numpy as np
import pandas as pd
import pytest

from features.errors import InputError
from features.schema import SCHEMA_VERSION, TABLE_COLUMNS, TEXT_COLUMNS, Category, Feature
from features.table.feature_table import read_table, write_table
from features.table.row import RefusedSample
from training.cohort.samples import (
    Samples,
    declared_inputs,
    require_columns,
    require_same_inputs,
    samples_from,
)


def test_a_feature_table_keeps_its_refusals_and_origin(tmp_path) -> None:
    """What the Parquet file says of refused samples, provenance and version arrives unchanged."""
    row = dict.fromkeys(TABLE_COLUMNS, float("nan")) | dict.fromkeys(TEXT_COLUMNS, None)
    row |= {"sample_id": "s1", "patient_id": "p1", "day": 21, "monocyte_fraction": 0.25}
    row |= {"provenance": "synthetic", "typing_source": "rate_table"}
    refused = [RefusedSample("s2", "p2", 20, "too few cells")]
    write_table(tmp_path / "features.parquet", [row], refused)
    samples = samples_from(read_table(tmp_path / "features.parquet"))
    assert samples.frame["monocyte_fraction"].tolist() == [0.25]
    assert samples.refused.to_dict("records") == [
        {"sample_id": "s2", "patient_id": "p2", "day": 20, "reason": "too few cells"}
    ]
    assert (samples.provenance, samples.schema_version) == ("synthetic", SCHEMA_VERSION)


def test_a_plain_frame_needs_its_keys() -> None:
    """A frame without patient or day, or with an empty day, is refused in a sentence."""
    with pytest.raises(InputError, match="day is missing"):
        samples_from(pd.DataFrame({"patient_id": ["a"]}))
    with pytest.raises(InputError, match="a row of the table has none"):
        samples_from(pd.DataFrame({"patient_id": ["a"], "day": [np.nan]}))


def test_features_must_be_there() -> None:
    """A protocol that names an absent feature is refused with its name."""
    samples = samples_from(pd.DataFrame({"patient_id": ["a"], "day": [1], "x": [0.0]}))
    require_columns(samples, ("x",))
    with pytest.raises(InputError, match="lacks y"):
        require_columns(samples, ("x", "y"))


def test_a_column_of_text_is_no_input() -> None:
    """Also of a plain frame; the sentence holds none of its values."""
    frame = pd.DataFrame({"patient_id": ["a"], "day": [21], "x": ["P007"]})
    with pytest.raises(InputError, match="x is a category") as refusal:
        require_columns(samples_from(frame), ("x",))
    assert "P007" not in str(refusal.value)


def test_digest_changes_with_a_value() -> None:
    """Two frames are the same table only if every value is."""
    frame = pd.DataFrame({"patient_id": ["a"], "day": [1], "x": [0.0]})
    same = samples_from(frame.copy()).digest == samples_from(frame).digest
    assert same
    assert samples_from(frame.assign(x=0.1)).digest != samples_from(frame).digest


CMV = Feature("cmv", "CMV", "CMV DNA", "IU/mL", 0.0, 1e6, "covariate")
TREATED = Feature("treated", "Treated", "treated", "0 or 1", 0.0, 1.0, "covariate")
BRIDGING = Category("bridging", "therapy before infusion", ("none", "steroids"), "Bridging")


@pytest.fixture
def declared(tmp_path) -> Samples:
    """A feature table with three declared columns, unpacked."""
    row = dict.fromkeys(TABLE_COLUMNS, float("nan")) | dict.fromkeys(TEXT_COLUMNS, None)
    row |= {"sample_id": "s1", "patient_id": "p1", "day": 21, "provenance": "real", "cmv": 9.0}
    path = tmp_path / "features.parquet"
    write_table(path, [row | {"bridging": "none"}], covariates=(CMV, TREATED, BRIDGING))
    return samples_from(read_table(path))


def test_declared_columns_are_columns_like_others(declared: Samples) -> None:
    """Values arrive; the named ones are inputs, in the order of the names."""
    assert declared.frame["cmv"].tolist() == [9.0]
    require_columns(declared, ("anc", "treated", "cmv"))
    assert declared_inputs(declared, ("anc", "treated", "cmv")) == (TREATED, CMV)
    assert declared_inputs(declared, ("anc",)) == ()


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("bridging", "bridging is a category: declare a flag"),
        ("tissue", "tissue is a category"),
        ("ebv", r"declares \(cmv, treated\), but ebv is neither"),
        ("sample_id", "but sample_id is neither"),
        ("day", "but day is neither"),
    ],
)
def test_other_names_are_refused(declared: Samples, name: str, sentence: str) -> None:
    """A category, ours or declared, a name that is neither feature nor declared column, a key."""
    with pytest.raises(InputError, match=sentence):
        require_columns(declared, ("cmv", name))


def test_a_model_and_a_table_must_mean_the_same(declared: Samples) -> None:
    """Another unit is refused; a table without the column is another matter."""
    other = Feature("cmv", "CMV", "CMV DNA", "copies/mL", 0.0, 1e6, "covariate")
    require_same_inputs(declared, (CMV,))
    require_same_inputs(samples_from(declared.frame), (other,))
    with pytest.raises(InputError, match=r"copies/mL in the model and .* IU/mL in the feature"):
        require_same_inputs(declared, (other,))
