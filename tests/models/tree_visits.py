"""Visits with planted effects and gaps, and their boosters, for the tests of the tree modules."""

from typing import NamedTuple

import lightgbm
import numpy as np

from features.arrays import Floats, Ints
from models.accumulated_risk import hazards
from models.hazard_model import visit_time
from models.hazard_trees import boost

INTERCEPTS = np.array([[-1.5, -3.0, -3.0], [-1.5, -3.0, -2.5], [-2.0, -3.0, -2.5]])


class Visits(NamedTuple):
    """Features X (n, 6), day (n,), event and weight (n, 3), incidence (3, 3)."""

    X: Floats
    day: Floats
    event: Ints
    weight: Floats
    incidence: Floats

    def columns(self) -> Floats:
        """What the trees see: the features and the time of the visit."""
        return np.column_stack([self.X, visit_time(self.day)])


def visits(n: int = 250, seed: int = 0, *, size: float = 1.5) -> Visits:
    """Relapse follows columns 0 and 1, infection column 2, death the day; columns 1, 3, 5 gap."""
    rng = np.random.default_rng(seed)
    X, day = rng.normal(size=(n, 6)), rng.choice([28.0, 60.0, 90.0], n)
    u = size * np.column_stack([X[:, 0] * (X[:, 1] > 0), X[:, 2], visit_time(day)])
    h = hazards(INTERCEPTS, u)
    event, at_risk = np.full((n, 3), -1), np.ones(n, bool)
    for k in range(3):
        shares = np.cumsum(h[:, k], axis=1)
        number = 1 + (rng.random((n, 1)) >= shares).sum(axis=1)
        event[at_risk, k] = np.where(number == 4, 0, number)[at_risk]
        at_risk &= event[:, k] == 0
    X[:, 1::2] = np.where(rng.random((n, 3)) < 0.15, np.nan, X[:, 1::2])
    return Visits(X, day, event, rng.uniform(0.5, 1.5, event.shape), shares_by_interval(event))


def shares_by_interval(event: Ints) -> Floats:
    """Share of visits with each of three events by the end of each interval, (K, 3)."""
    return np.cumsum([[(column == c).mean() for c in (1, 2, 3)] for column in event.T], axis=0)


def booster_of(cohort: Visits, n_events: int = 3) -> lightgbm.Booster:
    """LightGBM's own model of these visits."""
    return boost(cohort.X, cohort.day, cohort.event, cohort.weight, n_events=n_events)


def against_none(scores: Floats) -> Floats:
    """LightGBM's raw scores (n, C + 1) as log-odds of each event against none (n, C)."""
    return scores[:, 1:] - scores[:, :1]
