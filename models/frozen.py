"""FrozenModel: one endpoint at one landmark with all horizons, as arrays ready to serve."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from features.arrays import Floats
from features.covariates import features_with
from features.errors import InputError
from features.schema import Feature
from models.applicability_domain import (
    Domain,
    distance,
    has_few_measurements,
    learn_domain,
    out_of_range,
    outside_population,
    reason_to_abstain,
)
from models.assessment import Assessment, CohortRisks, HorizonRisk, answers
from models.endpoints import WINDOW_DAYS, Endpoint, default_primary_horizon
from models.hazard_kernel import endpoint_risks
from models.manifest import (
    Manifest,
    ManifestFacts,
    check_facts,
    declared_inputs,
    endpoint_events,
    make_manifest,
)
from models.measurement_sources import other_source
from models.member_arrays import Members, kind_of

__all__ = ["Assessment", "FrozenModel", "HorizonRisk", "Members", "freeze"]


@dataclass(frozen=True)
class FrozenModel:
    """What is saved, registered and served: the arrays of `freeze`, and their manifest.

    `members` hold the hazards of all events, of which the endpoint consists of those marked in
    `in_endpoint` (C,).
    """

    endpoint: str
    landmark: int
    horizons: tuple[int, ...]
    features: tuple[str, ...]
    manifest: Manifest
    members: Members
    in_endpoint: Floats
    cohort: CohortRisks
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

    @property
    def words(self) -> str:
        """The endpoint in words, such as "fatal infection"."""
        return self.manifest["endpoint_words"]["singular"]

    @property
    def plural(self) -> str:
        """The endpoint in words, in the plural."""
        return self.manifest["endpoint_words"]["plural"]

    @cached_property
    def odds(self) -> Floats:
        """exp(intercepts), (R, K, C): odds of each event against none where predictors are 0."""
        return np.exp(self.members.intercepts)

    def assess(self, values: Floats, explain: bool = True, day: float | None = None) -> Assessment:
        """Risks, intervals, reasons and flags of one patient; values (p,), NaN where missing.

        `day` is the visit from which the horizons count, the landmark when None. Without
        `explain` no reasons are computed.
        """
        x = np.asarray(values, dtype=np.float64)
        if x.shape != (len(self.features),):
            raise InputError(
                f"One patient is {len(self.features)} values in the order of the features, but "
                f"shape {x.shape} came: give them all, NaN where not measured."
            )
        visit = float(self.landmark if day is None else day)
        far = distance(self.domain, x)
        return Assessment(
            horizons=answers(
                self.horizons, self.cohort, self.odds,
                self.members.predictors(x[None], np.array([visit]))[0],
                in_endpoint=self.in_endpoint,
                parts=self.members.terms(x, visit) if explain else None,
            ),
            out_of_range=tuple(self.features[j] for j in out_of_range(self.domain, x)),
            out_of_population=outside_population(self.domain, x, far),
            few_measured=has_few_measurements(self.domain, x),
            abstained=reason_to_abstain(self.domain, x, far),
            distance=far,
        )  # fmt: skip

    def risks(self, X: Floats, day: float | None = None) -> Floats:
        """Risks (n, horizons) of n patients at a visit on `day`, the landmark when None."""
        return self._member_risks(self.members.first(), X, day)[:, 0]

    def refit_risks(self, X: Floats) -> Floats:
        """Risks (n, R, horizons) at the landmark by the R refits alone."""
        return self._member_risks(self.members, X, None)[:, 1:]

    def _member_risks(self, members: Members, X: Floats, day: float | None) -> Floats:
        rows = np.asarray(X, dtype=np.float64)
        days = np.full(len(rows), float(self.landmark if day is None else day))
        risks: Floats = endpoint_risks(
            np.exp(members.intercepts), members.predictors(rows, days), self.in_endpoint
        )
        return risks


def freeze(
    members: Members, endpoint: Endpoint, landmark: int,
    *,
    events: Sequence[str], horizons: Sequence[int], features: Sequence[str],
    training_X: Floats, prevalence: Floats, facts: ManifestFacts,
) -> FrozenModel:  # fmt: skip
    """Turn the model of a joint fit and its refits into one endpoint's arrays.

    members: the model and at least one refit, of the columns `features` and the hazards of
    `events` in the intervals that end at `horizons`. training_X (n, p): all patients at risk at
    the landmark, the population that ranges, covariance and quantiles describe. prevalence (H,):
    their cumulative incidence. facts: at least `provenance` ("synthetic" or "real") and
    `joint_fit`; the rest of `ManifestFacts` where it is known.

    Errors: InputError when the members do not have these features, intervals and events, there are
    no refits, the provenance is missing, or the primary horizon is none of the horizons.
    """
    X = np.asarray(training_X, dtype=np.float64)
    shape = members.intercepts.shape
    check_facts(facts, shape, events=events, horizons=horizons, training_shape=X.shape,
                n_features=len(features))  # fmt: skip
    manifest = make_manifest(
        endpoint, landmark, events=events, horizons=horizons, features=features,
        refits=shape[0] - 1, facts={**facts, "model": kind_of(members)},
    )  # fmt: skip
    in_endpoint = np.array([float(event in endpoint_events(endpoint)) for event in events])
    draft = FrozenModel(
        endpoint=endpoint.name,
        landmark=int(landmark),
        horizons=tuple(int(horizon) for horizon in horizons),
        features=tuple(features),
        manifest=manifest,
        members=members,
        in_endpoint=in_endpoint,
        cohort=CohortRisks(np.asarray(prevalence, dtype=np.float64), np.zeros((0, 0))),
        domain=learn_domain(X),
    )
    risks = np.sort(draft.risks(X).T, axis=1)
    return replace(draft, cohort=CohortRisks(draft.cohort.prevalence, risks))
