"""Log-likelihood of intervals against a loop over patients; paired differences against SciPy."""

import numpy as np
import pytest
from scipy import stats

from features.arrays import Floats
from training.evaluation.joint.interval_loss import (
    PairedDifference,
    interval_shares,
    paired_difference,
    patient_losses,
)
from training.evaluation.joint.rows import Visits

ENDS = np.array([90.0, 180.0, 365.0])


def random_risks(n: int, seed: int) -> Floats:
    """Cumulative risks (n, 3, 2) that rise and add up to less than 1."""
    steps = np.random.default_rng(seed).dirichlet(np.ones(7), n)[:, :6].reshape(n, 3, 2)
    return np.cumsum(steps, axis=1)


def visits(time: Floats, code: list[int]) -> Visits:
    """Follow-up of patients at day 28."""
    return Visits(28, np.arange(len(time)), np.zeros((len(time), 1)), time, np.array(code))


def test_losses_without_censoring_are_those_of_the_event_s_interval() -> None:
    """All are followed for a year: the loss is -log of the risk's rise, or of staying free.

    The product of the intervals' chances is the chance of the whole course.
    """
    time = np.array([10.0, 100.0, 300.0, 400.0, 181.0])
    code = [1, 2, 1, 1, 2]
    risks = random_risks(5, 0)
    losses = patient_losses(risks[None], visits(time, code), ENDS)
    for i in range(5):
        k = int(np.searchsorted(ENDS, time[i]))
        if k == 3:
            chance = 1 - risks[i, 2].sum()
        else:
            chance = np.diff(risks[i, :, code[i] - 1], prepend=0.0)[k]
        assert losses[i] == pytest.approx(-np.log(chance))


def test_censored_patients_count_until_they_are_censored() -> None:
    """By hand: one of four is lost on day 120, so the three others stand for 4/3 in (90, 180]."""
    time, code = np.array([120.0, 150.0, 400.0, 400.0]), [0, 1, 0, 0]
    risks = random_risks(4, 1)
    free = 1 - risks.sum(axis=2)
    losses = patient_losses(risks[None], visits(time, code), ENDS)
    assert losses[0] == pytest.approx(-np.log(free[0, 0]))
    step = (risks[1, 1, 0] - risks[1, 0, 0]) / free[1, 0]
    assert losses[1] == pytest.approx(-np.log(free[1, 0]) - 4 / 3 * np.log(step))
    second, third = free[2, 1] / free[2, 0], free[2, 2] / free[2, 1]
    assert losses[2] == pytest.approx(-np.log(free[2, 0]) - 4 / 3 * np.log(second) - np.log(third))


def test_losses_are_averaged_over_repeats() -> None:
    """Two repeats cost the mean of what each costs."""
    people = visits(np.array([10.0, 100.0, 300.0]), [1, 0, 2])
    repeats = np.stack([random_risks(3, 2), random_risks(3, 3)])
    each = [patient_losses(one[None], people, ENDS) for one in repeats]
    np.testing.assert_allclose(patient_losses(repeats, people, ENDS), np.mean(each, axis=0))


def test_an_event_held_impossible_costs_much_and_not_everything() -> None:
    """The loss stays finite, so that one patient does not decide alone."""
    loss = patient_losses(np.zeros((1, 1, 3, 2)), visits(np.array([10.0]), [1]), ENDS)
    assert 20 < loss[0] < 30


def test_shares_add_up_to_one() -> None:
    """None and the events of an interval are all that can happen in it."""
    np.testing.assert_allclose(interval_shares(random_risks(50, 4)).sum(axis=2), 1.0)


def test_difference_is_that_of_a_paired_t_test() -> None:
    """Mean over its standard error is SciPy's t of paired samples."""
    rng = np.random.default_rng(5)
    a, b = rng.normal(size=40), rng.normal(size=40)
    difference = paired_difference(a, b)
    t = stats.ttest_rel(a, b).statistic
    assert difference.mean / difference.standard_error == pytest.approx(t)
    assert paired_difference(a, a) == PairedDifference(0.0, 0.0)
