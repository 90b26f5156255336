"""Rows: missing and refused values."""

import math

import pytest

from features import schema
from features.errors import InputError
from features.schema import Feature
from features.table.row import check_range, check_value, empty_row, fill_row, number, text


def test_an_empty_row_has_every_column_and_knows_nothing() -> None:
    """Text columns hold None and numbers NaN, in the schema's order."""
    row = empty_row()
    assert tuple(row) == schema.SAMPLE_COLUMNS
    assert all(row[name] is None for name in schema.TEXT_COLUMNS)
    assert all(math.isnan(number(row, name)) for name in schema.SAMPLE_NUMBERS)


def test_a_column_outside_the_schema_is_refused() -> None:
    """A feature that nobody listed cannot slip into the table."""
    with pytest.raises(InputError, match="monocytes is not"):
        fill_row(empty_row(), {"monocytes": 1.0})


def test_a_value_outside_its_range_is_refused_but_not_printed() -> None:
    """The message names column and range, never the patient's value."""
    with pytest.raises(InputError, match="anc must lie between 0 and 100") as error_info:
        check_range("anc", 98765.0)
    assert "98765" not in str(error_info.value)


def test_text_is_no_number() -> None:
    """Reading a text column as a number is refused."""
    with pytest.raises(InputError, match="anc must be a number"):
        number({"anc": "high"}, "anc")
    assert text({"site": None}, "site") is None


def test_a_declared_flag_is_0_or_1() -> None:
    """Nothing between passes, a missing value does; the message omits the value."""
    flag = Feature("treated", "Treated", "treated", "0 or 1", 0.0, 1.0, "covariate")
    for value in (0.0, 1.0, math.nan):
        check_value(flag, value)
    with pytest.raises(InputError, match="treated must be 0 or 1") as caught:
        check_value(flag, 0.625)
    assert "625" not in str(caught.value)
