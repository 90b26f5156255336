"""Events by interval and censoring weights against lifelines and brute force."""

import numpy as np
import pytest

from features.arrays import Floats, Ints
from features.errors import InputError
from training.statistics.survival.censoring import censoring_weights, cox_weights
from training.statistics.survival.interval_events import interval_events, interval_weights

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


def test_weights_stand_for_all_who_began_the_interval() -> None:
    """Summed weights are the number at risk at its start, ties and all."""
    time, code = cohort(4000, 4)
    weight = interval_weights(time, code, ENDS)
    at_risk = [(time > start).sum() for start in (0, 90, 180)]
    np.testing.assert_allclose(weight.sum(axis=0), at_risk)
    assert ((weight > 0) == (interval_events(time, code, ENDS) >= 0)).all()


def test_a_small_curve_makes_no_weight_below_one() -> None:
    """Where nearly all were censored before, who began the interval still counts as one or more."""
    time = np.append(np.full(60, 30.0), [120.0, 130, 200])
    code = np.append(np.zeros(60, int), [0, 1, 0])
    weight = interval_weights(time, code, np.array([90.0, 180.0]))
    assert weight[61:, 1].tolist() == [1.0, 1.0]


def test_of_one_interval_the_weights_are_those_of_its_horizon() -> None:
    """With and without a panel, and with G from the training patients."""
    time, code = cohort(200, 7)
    panel = np.random.default_rng(8).normal(size=(200, 2))
    panel[::9, 0] = np.nan
    train = np.arange(200) % 4 > 0
    one = interval_weights(time, code, np.array([150.0]), train)[:, 0]
    np.testing.assert_array_equal(one, censoring_weights(time, code, 150, train))
    one = interval_weights(time, code, np.array([150.0]), train, panel=panel)[:, 0]
    np.testing.assert_array_equal(one, cox_weights(time, code, 150, panel, train))


def test_weights_of_later_intervals_continue_those_of_the_horizons() -> None:
    """Each patient's own G: the product over the intervals is 1 / G of the last horizon."""
    rng = np.random.default_rng(9)
    time, code = rng.exponential(300, 400), rng.integers(0, 3, 400)
    panel = rng.normal(size=(400, 1)) + (code == 0)[:, None]
    everyone = np.ones(400, dtype=bool)
    weight = interval_weights(time, code, np.array([90.0, 180.0]), panel=panel)
    whole = cox_weights(time, code, 180, panel, everyone)
    through = (time > 90) & (whole > 0)
    np.testing.assert_allclose((weight[:, 0] * weight[:, 1])[through], whole[through])
    assert np.std(weight[time > 180, 1]) > 0.05


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
