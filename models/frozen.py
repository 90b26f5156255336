"""FrozenModel: one endpoint at one landmark with all horizons, as arrays ready to serve."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from features.arrays import Floats
from features.covariates import features_with
from features.errors import InputError
from features.schema import Feature
from models.applicability_domain import (
    Domain,
    distance,
    learn_domain,
    out_of_range,
    outside_population,
    reason_to_abstain,
)
from models.assessment import (
    Assessment,
    Horizon,
    HorizonRisk,
    JoinedHorizons,
    answers,
    join_horizons,
)
from models.endpoints import WINDOW_DAYS, default_primary_horizon
from models.log_odds import risk_of
from models.manifest import (
    Manifest,
    ManifestFacts,
    check_parts,
    declared_inputs,
    make_manifest,
)
from models.measurement_sources import other_source

if TYPE_CHECKING:  # scikit-learn stays out of serving
    from models.risk_model import RiskModel

__all__ = ["Assessment", "FrozenModel", "Horizon", "HorizonRisk", "freeze"]


@dataclass(frozen=True)
class FrozenModel:
    """What is saved, registered and served: the arrays of `freeze`, and their manifest."""

    endpoint: str
    landmark: int
    horizons: tuple[int, ...]
    features: tuple[str, ...]
    manifest: Manifest
    parts: tuple[Horizon, ...]
    domain: Domain

    @property
    def primary_horizon(self) -> int:
        """The horizon, in days, at which the model was judged and whose risk is shown first."""
        horizon = self.manifest.get("primary_horizon")
        return default_primary_horizon(self.horizons) if horizon is None else horizon

    @property
    def window_days(self) -> int:
        """Training took its samples from this many days, of which the landmark is the last."""
        return self.manifest.get("landmark_window", WINDOW_DAYS)

    def in_window(self, day: int) -> bool:
        """Whether training would have scored a sample of this day."""
        return self.landmark - self.window_days < day <= self.landmark

    def other_source(self, row: Mapping[str, object]) -> str | None:
        """Why a sample, measured in another way than the training's, cannot be assessed."""
        return other_source(self.manifest.get("sources", {}), self.features, row)

    @cached_property
    def covariates(self) -> tuple[Feature, ...]:
        """The inputs that the training group declared, as the manifest describes them."""
        return declared_inputs(self.manifest)

    @cached_property
    def inputs(self) -> Mapping[str, Feature]:
        """Label, unit and range of each input by name, in the order of the features.

        A model of another table than ours has inputs that nothing describes; they are left out.
        """
        features = features_with(self.covariates)
        return {name: features[name] for name in self.features if name in features}

    @cached_property
    def joined_horizons(self) -> JoinedHorizons:
        """The horizons' models and refits as one stack, made at the first patient."""
        return join_horizons(self.parts)

    def assess(self, values: Floats, explain: bool = True) -> Assessment:
        """Risks, intervals, reasons and flags of one patient; values (p,), NaN where missing.

        Without `explain` no reasons are computed.
        """
        x = np.asarray(values, dtype=np.float64)
        if x.shape != (len(self.features),):
            raise InputError(
                f"One patient is {len(self.features)} values in the order of the features, but "
                f"shape {x.shape} came: give them all, NaN where not measured."
            )
        far = distance(self.domain, x)
        return Assessment(
            horizons=answers(self.horizons, self.joined_horizons, x, explain),
            out_of_range=tuple(self.features[j] for j in out_of_range(self.domain, x)),
            out_of_population=outside_population(self.domain, x, far),
            abstained=reason_to_abstain(self.domain, x, far),
            distance=far,
        )

    def risks(self, X: Floats) -> Floats:
        """Risks (n, horizons) of n patients, never falling with the horizon."""
        X = np.asarray(X, dtype=np.float64)
        unordered = np.column_stack([risk_of(part.stack.logits(X)[:, 0]) for part in self.parts])
        rising: Floats = np.maximum.accumulate(unordered, axis=1)
        return rising


def freeze(
    by_horizon: Mapping[int, "RiskModel"],
    endpoint: str,
    landmark: int,
    *,
    features: Sequence[str],
    training_X: Any,
    facts: ManifestFacts,
) -> FrozenModel:
    """Turn fitted models, one per horizon, into the arrays that are saved and served.

    by_horizon: fitted with n_refits > 0, on the columns `features` in this order. training_X
    (n, p): all patients at risk at the landmark, the population that ranges, covariance and
    quantiles describe. facts: at least `provenance` ("synthetic" or "real"); the rest of
    `ManifestFacts` where it is known.

    Errors: InputError when the models do not share the features, have no refits, the provenance
    is missing, or the primary horizon is none of theirs.
    """
    X = np.asarray(training_X, dtype=np.float64)
    check_parts(by_horizon, features, X, facts)
    horizons = tuple(int(horizon) for horizon in sorted(by_horizon))
    return FrozenModel(
        endpoint=endpoint,
        landmark=int(landmark),
        horizons=horizons,
        features=tuple(features),
        manifest=make_manifest(by_horizon, endpoint, landmark, features=features, facts=facts),
        parts=tuple(_part(by_horizon[horizon], X) for horizon in horizons),
        domain=learn_domain(X),
    )


def _part(model: "RiskModel", X: Floats) -> Horizon:
    assert model.refits_ is not None
    return Horizon(
        stack=model.stack_,
        background=model.background_,
        refits=model.refits_,
        prevalence=model.prevalence_,
        training_risks=np.sort(risk_of(model.stack_.logits(X)[:, 0])),
    )
