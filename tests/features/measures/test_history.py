"""Changes and slopes against numpy's least squares; later samples are never used."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from features import schema
from features.errors import InputError
from features.measures.history import add_history, latest_with_history
from features.table.row import Row, empty_row, number


def row_at(day: int, value: float, **more: str) -> Row:
    """A row of patient A with one feature."""
    keys = {"patient_id": "A", "sample_id": f"S{day}", "day": day, "enrichment": "none"}
    return {**empty_row(), **keys, "monocyte_fraction": value, **more}


def test_change_and_slope_agree_with_least_squares() -> None:
    """numpy.polyfit on the same days and values gives the same slope per 30 days."""
    days, values = [-5, 10, 28, 60], [0.30, 0.05, 0.12, 0.20]
    last = add_history([row_at(d, v) for d, v in zip(days, values, strict=True)])[-1]
    assert number(last, "monocyte_fraction_change") == pytest.approx(0.20 - 0.30)
    expected = 30 * np.polyfit(days, values, 1)[0]
    assert number(last, "monocyte_fraction_slope30") == pytest.approx(expected)


def test_a_single_sample_has_no_history() -> None:
    """One sample has no change and no slope, but all columns of the table."""
    (row,) = add_history([row_at(0, 0.2)])
    assert tuple(row) == schema.TABLE_COLUMNS
    assert all(math.isnan(number(row, name)) for name in schema.HISTORY_NUMBERS)


DRAWS = st.tuples(st.integers(-10, 400), st.floats(0, 1))


@given(st.lists(DRAWS, min_size=2, max_size=6, unique_by=lambda pair: pair[0]), st.randoms())
def test_later_samples_and_order_change_nothing(pairs: list[tuple[int, float]], random) -> None:  # type: ignore[no-untyped-def]
    """A row's history is the same with or without later samples, in whatever order they come.

    And that of the latest row alone is the same.
    """
    rows = [row_at(day, value) for day, value in pairs]
    random.shuffle(rows)
    all_rows = add_history(rows)
    n = len(rows) // 2 + 1
    early_rows = add_history([{k: row[k] for k in schema.SAMPLE_COLUMNS} for row in all_rows[:n]])
    for early, late in zip(early_rows, all_rows, strict=False):
        for name in schema.HISTORY_NUMBERS:
            assert number(early, name) == pytest.approx(number(late, name), nan_ok=True)
    assert repr(latest_with_history(rows)) == repr(all_rows[-1])


def test_only_comparable_samples_are_compared() -> None:
    """Marrow and sorted cells are no baseline of an unsorted blood sample."""
    rows = [
        row_at(0, 0.5, tissue="BM"),
        row_at(5, 0.3),
        row_at(9, 0.9, enrichment="sorted"),
        row_at(28, 0.1),
    ]
    last = add_history(rows)[-1]
    assert number(last, "monocyte_fraction_change") == pytest.approx(0.1 - 0.3)


def test_cd7_by_protein_and_by_rna_are_not_compared() -> None:
    """Change, slope and anchor need one source; other features go on; the row says so once."""
    rates = {"cd7neg_t_fraction": 0.1, "cd7_t_rate": 4.2, "cd7_t_rate_se": 0.1}
    rows: list[Row] = [
        {**row_at(-5, 0.3, cd7_source="rna"), **rates},
        {**row_at(28, 0.2, cd7_source="protein"), **rates, "warnings": "shallow"},
    ]
    alike = add_history([rows[0], {**rows[1], "cd7_source": "rna"}])[-1]
    last = add_history(rows)[-1]
    for name in ("change", "slope30", "anchored"):
        assert not math.isnan(number(alike, f"cd7neg_t_fraction_{name}"))
        assert math.isnan(number(last, f"cd7neg_t_fraction_{name}"))
    assert number(last, "monocyte_fraction_change") == pytest.approx(-0.1)
    assert (alike["warnings"], last["warnings"]) == ("shallow", "shallow;cd7_source_changed")
    again = latest_with_history([{k: last[k] for k in schema.SAMPLE_COLUMNS}, rows[0]])
    assert again["warnings"] == last["warnings"]


def test_an_unresolved_sample_is_no_other_source() -> None:
    """Nothing is left out, hence nothing to say, when the earlier sample has no number."""
    rows: list[Row] = [
        row_at(-5, 0.3, cd7_source="rna"),
        {**row_at(28, 0.2, cd7_source="protein"), "cd7neg_t_fraction": 0.1},
    ]
    assert add_history(rows)[-1]["warnings"] is None


def test_a_missing_value_is_skipped_and_stays_missing() -> None:
    """An unmeasured sample neither starts the history nor gets one."""
    rows = add_history(
        [row_at(0, math.nan), row_at(10, 0.2), row_at(20, math.nan), row_at(30, 0.4)]
    )
    changes = [number(row, "monocyte_fraction_change") for row in rows]
    assert changes == pytest.approx([math.nan, math.nan, math.nan, 0.2], nan_ok=True)


def test_two_patients_or_no_day_are_refused() -> None:
    """History belongs to one patient and needs days."""
    with pytest.raises(InputError, match="one patient"):
        add_history([row_at(0, 0.1), {**row_at(1, 0.1), "patient_id": "B"}])
    with pytest.raises(InputError, match="the day of every sample"):
        add_history([{**row_at(0, 0.1), "day": None}])
