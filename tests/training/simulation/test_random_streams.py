"""A patient's random numbers depend on seed and patient alone."""

import numpy as np

from training.simulation.random_streams import (
    CELLS,
    COURSE,
    INFECTIONS,
    STATE,
    normals,
    stream,
    uniforms,
    visit_streams,
)


def test_a_larger_cohort_begins_with_the_smaller_one() -> None:
    """Patient i draws the same numbers whatever the cohort's size."""
    np.testing.assert_array_equal(uniforms(1, 5, COURSE, 4), uniforms(1, 9, COURSE, 4)[:5])
    np.testing.assert_array_equal(normals(1, 5, STATE, 4), normals(1, 9, STATE, 6)[:5, :4])


def test_streams_are_numpys_spawned_children() -> None:
    """Stream k of patient i is the k-th child of the i-th child of SeedSequence(seed)."""
    child = np.random.SeedSequence(3).spawn(6)[5].spawn(3)[CELLS]
    expected = np.random.default_rng(child).random(10)
    np.testing.assert_array_equal(stream(3, 5, CELLS).random(10), expected)


def test_seeds_patients_and_streams_differ() -> None:
    """No two of eight streams begin alike, and uniforms are never zero."""
    first = [stream(s, p, k).random() for s in (1, 2) for p in (0, 1) for k in (COURSE, STATE)]
    assert len(set(first)) == 8
    assert uniforms(1, 50, COURSE, 50).min() > 0


def test_infections_share_no_stream_with_a_visit() -> None:
    """Even a visit on each of 1,200 days keeps its streams below that of infections."""
    assert max(visit_streams(1200)) < INFECTIONS
