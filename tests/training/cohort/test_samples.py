"""The feature table unpacked for training."""

import numpy as np
import pandas as pd
import pytest

from features.errors import InputError
from features.schema import SCHEMA_VERSION, TABLE_COLUMNS, TEXT_COLUMNS
from features.table.feature_table import read_table, write_table
from features.table.row import RefusedSample
from training.cohort.samples import require_columns, samples_from


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


def test_digest_changes_with_a_value() -> None:
    """Two frames are the same table only if every value is."""
    frame = pd.DataFrame({"patient_id": ["a"], "day": [1], "x": [0.0]})
    same = samples_from(frame.copy()).digest == samples_from(frame).digest
    assert same
    assert samples_from(frame.assign(x=0.1)).digest != samples_from(frame).digest
