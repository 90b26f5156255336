"""Rows through JSON and back."""

import json
import math

from hypothesis import given
from hypothesis import strategies as st

from features import schema
from features.table.row import empty_row
from serving.requests_responses.row_json import from_json, to_json

NUMBERS = st.one_of(st.just(math.nan), st.floats(allow_nan=False, allow_infinity=False))


@given(st.dictionaries(st.sampled_from(schema.SAMPLE_NUMBERS), NUMBERS))
def test_a_row_survives_json(values: dict[str, float]) -> None:
    """Every number comes back to the last bit, NaN as NaN, every text column as it was."""
    row = empty_row() | {"sample_id": "a", "day": 28, "site": "Wuhan", **values}
    back = from_json(json.loads(json.dumps(to_json(row), allow_nan=False)))
    assert list(back) == list(schema.SAMPLE_COLUMNS)
    for name, value in row.items():
        both_missing = isinstance(value, float) and math.isnan(value) and math.isnan(back[name])
        assert both_missing or back[name] == value


def test_declared_columns_stand_apart_and_come_back() -> None:
    """Present ones stand under `covariates`; a row without any has no such key."""
    row = empty_row() | {"day": 28, "adv_load": 3.5, "treated": math.nan, "bridging": "none"}
    document = json.loads(json.dumps(to_json(row), allow_nan=False))
    assert document["covariates"] == {"adv_load": 3.5, "bridging": "none"}
    assert set(document) == {*schema.SAMPLE_COLUMNS, "covariates"}
    back = from_json(document)
    assert (back["adv_load"], back["bridging"]) == (3.5, "none") and "treated" not in back
    assert "covariates" not in to_json(empty_row())
