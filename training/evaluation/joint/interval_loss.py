"""Log-likelihood loss of a patient's intervals, and the paired difference of two models' losses."""

from dataclasses import dataclass

import numpy as np

from features.arrays import Floats, Ints
from training.evaluation.joint.rows import Visits
from training.statistics.survival.interval_events import interval_events, interval_weights

SMALLEST_HAZARD = 1e-12  # so that the loss of an event that a model holds impossible is finite


@dataclass(frozen=True)
class PairedDifference:
    """Mean difference of two models' losses per patient, and its standard error over patients."""

    mean: float
    standard_error: float


def patient_losses(risks: Floats, visits: Visits, ends: Floats) -> Floats:
    """Negative multinomial log-likelihood (n,) of each patient's intervals with a known event.

    `risks` (repeats, n, K, C) cumulative, of the exclusive events by the ends (K,) of the
    intervals; the loss is the mean over repeats. Each interval counts as many patients as its
    censoring weight says. Intervals after the event, and those in which follow-up ends, add
    nothing.
    """
    event = interval_events(visits.time, visits.code, ends)
    weight = interval_weights(visits.time, visits.code, ends, panel=visits.panel)
    return np.asarray(np.mean([_losses(one, event, weight) for one in risks], axis=0))


def _losses(risks: Floats, event: Ints, weight: Floats) -> Floats:
    shares = interval_shares(risks)
    at = np.maximum(event, 0)[:, :, None]  # a row that is not known has weight 0
    chance = np.take_along_axis(shares, at, axis=2)[:, :, 0]
    return np.asarray(-(weight * np.log(np.maximum(chance, SMALLEST_HAZARD))).sum(axis=1))


def interval_shares(risks: Floats) -> Floats:
    """Chances (n, K, C + 1) of none (0) and each event in an interval, given at risk at its start.

    `risks` (n, K, C) are cumulative.

    >>> interval_shares(np.array([[[0.5], [0.75]]])).tolist()
    [[[0.5, 0.5], [0.5, 0.5]]]
    """
    steps = np.diff(risks, axis=1, prepend=0.0)
    free = 1.0 - np.concatenate([np.zeros((len(risks), 1)), risks.sum(axis=2)], axis=1)
    at_risk = np.maximum(free[:, :-1, None], SMALLEST_HAZARD)
    none = np.maximum(free[:, 1:, None], 0.0)
    return np.asarray(np.concatenate([none, steps], axis=2) / at_risk)


def paired_difference(loss: Floats, other: Floats) -> PairedDifference:
    """Mean of loss - other (n,) over patients, below 0 where the first model is better.

    >>> paired_difference(np.array([1.0, 3.0]), np.array([1.0, 1.0]))
    PairedDifference(mean=1.0, standard_error=1.0)
    """
    difference = loss - other
    error = difference.std(ddof=1) / np.sqrt(len(difference))
    return PairedDifference(float(difference.mean()), float(error))
