"""Courses and bands against slow obvious versions."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.statistics.reconstitution import (
    MIN_PATIENTS_FOR_BAND,
    bands,
    course,
    courses,
    recovery,
)

VISITS = st.lists(
    st.tuples(st.integers(-30, 365), st.one_of(st.floats(0, 5), st.just(float("nan")))),
    min_size=1,
    max_size=12,
    unique_by=lambda visit: visit[0],
)


@given(VISITS)
def test_course_agrees_with_a_slow_loop(visits: list[tuple[int, float]]) -> None:
    """Baseline, nadir and recovery are those of a loop over the sorted visits."""
    result = course("P", [d for d, _ in visits], [v for _, v in visits], healthy_low=1.0)
    values = sorted((d, v) for d, v in visits if v == v)
    before = [v for d, v in values if d < 0]
    after = [(d, v) for d, v in values if d >= 0]
    assert result.days.tolist() == [d for d, _ in values]
    if before:
        assert result.baseline == before[-1]
    else:
        assert np.isnan(result.baseline)
    if not after:
        assert np.isnan(result.nadir)
        return
    lowest = min(v for _, v in after)
    nadir_day = next(d for d, v in after if v == lowest)
    recovery_days = [d for d, v in after if d >= nadir_day and v >= 1.0]
    assert (result.nadir, result.nadir_day) == (lowest, nadir_day)
    assert result.recovered_day == (recovery_days[0] if recovery_days else None)


def test_a_patient_counts_once_in_a_window() -> None:
    """Twenty draws of one patient move the cohort's median no more than one draw would."""
    rng = np.random.default_rng(0)
    levels = rng.uniform(1, 2, 6)
    once = [course(f"P{i}", [10], [level], None) for i, level in enumerate(levels)]
    repeated = [course("P0", [10] * 20, [levels[0]] * 20, None), *once[1:]]
    assert bands(repeated) == bands(once)
    assert bands(once)[0].median == pytest.approx(np.median(levels))


def test_quartiles_need_enough_patients() -> None:
    """One patient short of the minimum there is a median and no band."""
    few = [course(f"P{i}", [3], [float(i)], None) for i in range(MIN_PATIENTS_FOR_BAND - 1)]
    assert np.isnan(bands(few)[0].low)
    enough = [*few, course("more", [3], [9.0], None)]
    assert np.isfinite(bands(enough)[0].low)


def test_courses_take_only_known_values_of_the_table() -> None:
    """A patient without any value is left out; rows in any order give the same courses."""
    nothing = float("nan")
    rows = [
        {"patient_id": "B", "day": 28, "amc": 0.3},
        {"patient_id": "A", "day": -5, "amc": nothing},
        {"patient_id": "B", "day": -5, "amc": 0.4},
        {"patient_id": "B", "day": 7, "amc": 0.0},
    ]
    (only,) = courses(rows, "amc")
    assert only.patient_id == "B"
    assert only.values.tolist() == [0.4, 0.0, 0.3]
    assert (only.baseline, only.nadir_day, only.recovered_day) == (0.4, 7.0, 28.0)
    assert recovery([only]) == {"patients": 1, "at_or_above_healthy_limit": 1, "below": 0}
