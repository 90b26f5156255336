"""Landmark labels: event, no event or unknown within a horizon after the landmark."""

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np

from features.arrays import Bools, Floats, Ints
from features.errors import InputError
from models.endpoints import CENSORED, Endpoint
from training.cohort.at_risk import AtRisk
from training.cohort.outcomes import standard_endpoint


@dataclass(frozen=True)
class EndpointLabels:
    """Labels of one endpoint at one horizon: 1, 0, or NaN when censored inside the window."""

    at_risk: AtRisk
    definition: Endpoint
    horizon: int
    y: Floats

    @property
    def endpoint(self) -> str:
        """The endpoint's name."""
        return self.definition.name

    @property
    def is_known(self) -> Bools:
        """Patients whose label is known, shape (n,)."""
        return ~np.isnan(self.y)

    @property
    def n_events(self) -> int:
        """Patients with the endpoint's event in the window."""
        return int(np.sum(self.y == 1))

    @property
    def n_nonevents(self) -> int:
        """Patients known not to have had it, competing events included."""
        return int(np.sum(self.y == 0))

    @property
    def at_risk_at_end(self) -> int:
        """Patients followed event-free through the horizon's last day."""
        return n_followed_through(self.at_risk, self.horizon)


def label(at_risk: AtRisk, endpoint: Endpoint | str, horizon: int) -> EndpointLabels:
    """Label the patients at risk at one horizon (days after the landmark, > 0).

    A name stands for a standard endpoint. The patients of an endpoint with an onset come from
    `training.cohort.onsets.until_onset`. 1 if the endpoint's event falls in (landmark, landmark +
    horizon]; 0 if followed event-free through its last day, or another event came first; NaN if
    follow-up ended before that day.
    """
    if horizon <= 0:
        raise InputError(
            f"A horizon is a number of days after the landmark, above 0; got {horizon}."
        )
    definition = standard_endpoint(endpoint) if isinstance(endpoint, str) else endpoint
    y = labels(at_risk.time, at_risk.code, definition.event_codes, horizon)
    return EndpointLabels(at_risk, definition, horizon, y)


def labels(time: Floats, code: Ints, cause: int | Collection[int], horizon: float) -> Floats:
    """Labels from times and event codes, shape (n,); `cause` is one code or several.

    >>> labels(np.array([10., 20., 30., 200.]), np.array([1, 2, 0, 1]), 1, 180)
    array([ 1.,  0., nan,  0.])
    """
    causes = [cause] if isinstance(cause, int) else list(cause)
    y = np.where(np.isin(code, causes) & (time <= horizon), 1.0, 0.0)
    y[(code == CENSORED) & ~is_followed_through(time, code, horizon)] = np.nan
    return y


def is_followed_through(time: Floats, code: Ints, day: float) -> Bools:
    """Who is known to be free of every event through a day, its end included, (n,).

    A patient whose follow-up ends on the day was followed through it; one with an event on it was
    not free of it.

    >>> is_followed_through(np.array([180., 180., 181.]), np.array([0, 1, 1]), 180).tolist()
    [True, False, True]
    """
    return np.asarray((time > day) | ((time == day) & (code == CENSORED)), dtype=bool)


def n_followed_through(at_risk: AtRisk, day: float) -> int:
    """How many patients are known to be free of every event through a day."""
    return int(is_followed_through(at_risk.time, at_risk.code, day).sum())
