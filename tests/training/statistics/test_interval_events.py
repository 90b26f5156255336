"""Events by interval and censoring weights against lifelines and brute force."""

import numpy as np
import pytest

from features.arrays import Floats, Ints
from features.errors import InputError
from training.statistics.interval_events import censoring_curve, interval_events, interval_weights

ENDS = np.array([90.0, 180.0, 365.0])


def cohort(n: int, seed: int) -> tuple[Floats, Ints]:
    """Whole days with ties, three events and censoring."""
    rng = np.random.default_rng(seed)
    return np.ceil(rng.exponential(200, n)), rng.integers(0, 4, n)


def test_classes_are_those_told_patient_by_patient() -> None:
    """Plain rules for each patient and interval."""
    time, code = cohort(300, 1)
    event = interval_events(time, code, ENDS)
    for t, c, row in zip(time, code, event, strict=True):
        for start, end, value in zip([0, 90, 180], ENDS, row, strict=True):
            if t <= start:
                expected = -1
            elif t > end or (t == end and c == 0):
                expected = 0
            else:
                expected = c if c else -1
            assert value == expected


def test_a_patient_has_one_event_at_most_and_none_after_it() -> None:
    """Rows end with the event."""
    event = interval_events(*cohort(500, 2), ENDS)
    assert ((event > 0).sum(axis=1) <= 1).all()
    after = np.cumsum(event > 0, axis=1)[:, :-1] > 0
    assert (event[:, 1:][after] == -1).all()


def test_the_censoring_curve_is_that_of_lifelines_without_ties() -> None:
    """Distinct times: KaplanMeierFitter on the censorings."""
    from lifelines import KaplanMeierFitter  # type: ignore[import-untyped, unused-ignore]  # no stubs

    rng = np.random.default_rng(3)
    time, code = rng.exponential(100, 200), rng.integers(0, 2, 200)
    days, followed = censoring_curve(time, code)
    peer = KaplanMeierFitter().fit(time, code == 0)
    np.testing.assert_allclose(followed, peer.survival_function_at_times(days), atol=1e-12)


def test_at_a_tie_the_event_comes_first() -> None:
    """Ten events and ten censorings on one day: ten of the other thirty are censored, not forty."""
    time = np.repeat([5.0, 9.0], [20, 20])
    code = np.repeat([1, 0, 1], [10, 10, 20])
    assert censoring_curve(time, code)[1].tolist() == [1 - 10 / 30] * 2


def test_weights_stand_for_all_who_began_the_interval() -> None:
    """Summed weights are the number at risk at its start, up to the curve's sampling."""
    time, code = cohort(4000, 4)
    weight = interval_weights(time, code, ENDS)
    at_risk = [(time > start).sum() for start in (0, 90, 180)]
    np.testing.assert_allclose(weight.sum(axis=0), at_risk, rtol=0.02)
    assert ((weight > 0) == (interval_events(time, code, ENDS) >= 0)).all()


def test_without_censoring_every_weight_is_one() -> None:
    """Complete follow-up needs no weights."""
    time, code = cohort(100, 5)
    weight = interval_weights(time, np.maximum(code, 1), ENDS)
    assert set(weight.ravel().tolist()) == {0.0, 1.0}


def test_weights_come_from_the_training_patients_alone() -> None:
    """A test patient's follow-up changes no weight."""
    time, code = cohort(100, 6)
    train = np.arange(100) < 70
    before = interval_weights(time, code, ENDS, train)[train]
    time[~train], code[~train] = 1.0, 0
    np.testing.assert_array_equal(interval_weights(time, code, ENDS, train)[train], before)


def test_ends_that_do_not_rise_are_refused() -> None:
    """With the rule and what came."""
    with pytest.raises(InputError, match="rising days"):
        interval_events(np.ones(1), np.ones(1, int), np.array([90.0, 90.0]))
