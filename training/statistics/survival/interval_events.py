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
from training.cohort.labels import is_followed_through
from training.statistics.survival.censoring import SMALLEST_G, censoring_model

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
        followed = at_risk & is_followed_through(time, code, end)
        happened = at_risk & (time <= end) & (code != CENSORED)
        event[followed, k] = 0
        event[happened, k] = code[happened]
    return event


def interval_weights(
    time: Floats,
    code: Ints,
    ends: Floats,
    train: Bools | None = None,
    *,
    panel: Floats | None = None,
) -> Floats:
    """Censoring weights within each interval, (n, K); 0 where `interval_events` is -1.

    G(start) / G(T-) for an event at T, G(start) / G(end-) for a patient followed through: how many
    of those at risk at the start one patient represents. G is the curve of censoring on the
    patients in `train` (all by default), held at 0.05 or above; with a `panel` (n, p) each
    patient has a G of their own, see `training.statistics.survival.censoring.censoring_model`.

    >>> interval_weights(np.array([10., 20., 30., 90.]), np.array([1, 0, 1, 0]), np.array([90.]))
    array([[1. ],
           [0. ],
           [1.5],
           [1.5]])
    """
    model = censoring_model(time, code, train, panel=panel)
    event = interval_events(time, code, ends)
    weight = np.zeros(event.shape)
    for k, (start, end) in enumerate(zip(_starts(ends), ends, strict=True)):
        begun = np.maximum(model.after(start), SMALLEST_G)
        followed = np.maximum(model.before(np.minimum(time, end)), SMALLEST_G)
        weight[:, k] = np.where(event[:, k] >= 0, begun / followed, 0.0)
    return weight


def _starts(ends: Floats) -> Floats:
    if len(ends) == 0 or ends[0] <= 0 or (np.diff(ends) <= 0).any():
        raise InputError(
            "The ends of intervals are rising days after the landmark, the first above 0, but "
            f"{[float(end) for end in ends]} came; sort them and leave repeats out."
        )
    return np.concatenate([[0.0], ends[:-1]])
