"""Events by interval after a landmark, and their censoring weights: rows of the hazard model.

The time after a landmark is cut into intervals, (0, 90], (90, 180], (180, 365]. A patient at risk
at the start of an interval either has one of the events in it, or is followed through it free of
them, or is censored inside it: then the class is not known, and patients who were followed stand
for this one by 1 / G within the interval.
"""

import numpy as np

from features.arrays import Bools, Floats, Ints
from features.errors import InputError
from models.endpoints import CENSORED
from training.statistics.censoring import SMALLEST_G, step_value

NOT_AT_RISK = -1


def interval_events(time: Floats, code: Ints, ends: Floats) -> Ints:
    """Class of each patient in each interval, (n, K): -1, 0 none, or the code of the event.

    `time` (n,) days from the landmark to the event or the end of follow-up, `code` (n,) 0 censored,
    else the event; `ends` (K,) rising days. An event on the last day of an interval is in it;
    a patient censored on that day was followed through it. -1 where the interval was not begun at
    risk, and where follow-up ends inside it. Raises `InputError` when the ends do not rise.

    >>> interval_events(np.array([40., 180., 100.]), np.array([1, 0, 0]), np.array([90., 180.]))
    array([[ 1, -1],
           [ 0,  0],
           [ 0, -1]])
    """
    starts = _starts(ends)
    event = np.full((len(time), len(ends)), NOT_AT_RISK)
    for k, (start, end) in enumerate(zip(starts, ends, strict=True)):
        at_risk = time > start
        followed = at_risk & ((time > end) | ((time == end) & (code == CENSORED)))
        happened = at_risk & (time <= end) & (code != CENSORED)
        event[followed, k] = 0
        event[happened, k] = code[happened]
    return event


def interval_weights(time: Floats, code: Ints, ends: Floats, train: Bools | None = None) -> Floats:
    """Censoring weights within each interval, (n, K); 0 where `interval_events` is -1.

    G(start) / G(T-) for an event at T, G(start) / G(end-) for a patient followed through: how many
    of those at risk at the start one patient represents. G is the curve of censoring on the
    patients in `train` (all by default), held at 0.05 or above.

    >>> interval_weights(np.array([10., 20., 30., 90.]), np.array([1, 0, 1, 0]), np.array([90.]))
    array([[1. ],
           [0. ],
           [1.5],
           [1.5]])
    """
    chosen = np.ones(len(time), dtype=bool) if train is None else train
    days, survival = censoring_curve(time[chosen], code[chosen])
    event = interval_events(time, code, ends)
    weight = np.zeros(event.shape)
    for k, (start, end) in enumerate(zip(_starts(ends), ends, strict=True)):
        until = np.where(event[:, k] > 0, time, end)
        followed = step_value(days, survival, until, left_limit=True)
        begun = step_value(days, survival, np.full(len(time), start))
        ratio = begun / np.maximum(followed, SMALLEST_G)
        weight[:, k] = np.where(event[:, k] >= 0, ratio, 0.0)
    return weight


def censoring_curve(time: Floats, code: Ints) -> tuple[Floats, Floats]:
    """Kaplan-Meier curve of censoring: distinct times, and the share not censored just after each.

    At a tie events come before censorings: a patient with an event on a day cannot be censored on
    it, and is not at risk of it. Equal to lifelines' KaplanMeierFitter without ties.

    >>> days, followed = censoring_curve(np.array([5., 5., 9.]), np.array([1, 0, 0]))
    >>> followed.tolist()
    [0.5, 0.0]
    """
    days, position = np.unique(time, return_inverse=True)
    censored = np.bincount(position, weights=(code == CENSORED).astype(float), minlength=len(days))
    leaving = np.bincount(position, minlength=len(days))
    at_risk = len(time) - np.concatenate([[0], np.cumsum(leaving)[:-1]]) - (leaving - censored)
    share = np.divide(censored, at_risk, out=np.zeros(len(days)), where=at_risk > 0)
    return days, np.cumprod(1 - share)


def _starts(ends: Floats) -> Floats:
    if len(ends) == 0 or ends[0] <= 0 or (np.diff(ends) <= 0).any():
        raise InputError(
            "The ends of intervals are rising days after the landmark, the first above 0, but "
            f"{[float(end) for end in ends]} came; sort them and leave repeats out."
        )
    return np.concatenate([[0.0], ends[:-1]])
