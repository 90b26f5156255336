"""Linear members: a hazard model and its bootstrap refits, as the arrays that are saved and served.

Member 0 is the model, the others are its refits. All are evaluated by one compiled call, row by
row, so that a patient alone has the bits of the same patient in a table.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from features.arrays import Floats
from models.hazard_kernel import linear_predictors
from models.hazard_model import HazardModel, check_visits, visit_time
from models.missing_inputs import completed


@dataclass(frozen=True)
class LinearMembers:
    """R hazard models of p features, K intervals and C events.

    `low`, `high`, `centre`, `spread` (R, p) scale the features; `intercepts` (R, K, C), `effects`
    and `drift` (R, p, C), `time_terms` (R, 2, C) as in `models.hazard_model`; `correlation` (p, p)
    of the first member, by which all members complete missing features.
    """

    low: Floats
    high: Floats
    centre: Floats
    spread: Floats
    intercepts: Floats
    effects: Floats
    drift: Floats
    time_terms: Floats
    correlation: Floats

    def predictors(self, X: Floats, day: Floats) -> Floats:
        """Predictors (n, R, C) of features X (n, p), NaN where missing, at the days of the visits.

        A missing feature is at its value expected from the measured ones, before each member
        bounds and scales it.
        """
        check_visits(X, day, self.low.shape[1])
        return linear_predictors(
            self._complete(X), visit_time(day), self.low, self.high, self.centre, self.spread,
            self.effects, self.drift, self.time_terms,
        )  # fmt: skip

    def terms(self, x: Floats, day: float) -> tuple[Floats, Floats]:
        """The first member's predictor in parts: of the average patient (C,), of features (p, C).

        Their sum is `predictors` of that member.
        """
        t = float(visit_time(np.array([day]))[0])
        bounded = np.clip(self._complete(x[None])[0], self.low[0], self.high[0])
        z = (bounded - self.centre[0]) / self.spread[0]
        average = t * self.time_terms[0, 0] + t**2 * self.time_terms[0, 1]
        return average, z[:, None] * (self.effects[0] + t * self.drift[0])

    def first(self) -> "LinearMembers":
        """The model without its refits."""
        fields = {name: getattr(self, name)[:1] for name in STACKED}
        return replace(self, **fields)

    def scaled(self, slopes: Floats) -> "LinearMembers":
        """The same members with their effects on event c multiplied by slopes[c], (C,)."""
        return replace(self, effects=self.effects * slopes, drift=self.drift * slopes)

    def _complete(self, X: Floats) -> Floats:
        """Missing features at their expected value, in their own units."""
        missing = np.isnan(X)
        if not missing.any():
            return np.ascontiguousarray(X, dtype=np.float64)
        z = (np.clip(X, self.low[0], self.high[0]) - self.centre[0]) / self.spread[0]
        expected = completed(z, self.correlation)
        size = np.where(np.isfinite(self.spread[0]), self.spread[0], 0.0)
        return np.where(missing, self.centre[0] + expected * size, X)


STACKED = ("low", "high", "centre", "spread", "intercepts", "effects", "drift", "time_terms")


def linear_members(models: Sequence[HazardModel]) -> LinearMembers:
    """Stack models of the same features, intervals and events, the served one first."""
    return LinearMembers(
        low=np.stack([m.scaling.low for m in models]),
        high=np.stack([m.scaling.high for m in models]),
        centre=np.stack([m.scaling.centre for m in models]),
        spread=np.stack([m.scaling.spread for m in models]),
        intercepts=np.stack([m.intercepts for m in models]),
        effects=np.stack([m.effects for m in models]),
        drift=np.stack([m.drift for m in models]),
        time_terms=np.stack([m.time_terms for m in models]),
        correlation=models[0].scaling.correlation,
    )
