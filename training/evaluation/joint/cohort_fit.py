"""A cohort's joint fit as a whole: final model, refits, and scores out of fold and out of site."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped, unused-ignore]  # no stubs

from features.arrays import Ints, Objects
from models.endpoints import Endpoint
from models.frozen import Members
from models.hazard_model import HazardModel
from models.tree_members import TreeMembers
from training.cohort.cohort import Cohort
from training.cohort.labels import label, n_followed_through
from training.cohort.protocol import Protocol
from training.evaluation.design import Design
from training.evaluation.documents.model_sections import JointSections
from training.evaluation.folds import patient_fold_plan, site_fold_plan
from training.evaluation.gate import AT_RISK_AT_END
from training.evaluation.joint.challenger import Challenge, challenge
from training.evaluation.joint.challenger_section import challenger_section
from training.evaluation.joint.fit import JointData, joint_data
from training.evaluation.joint.learning_curve import (
    JointCurve,
    learning_curve_points,
    learning_curve_scores,
)
from training.evaluation.joint.refits import bootstrap_refits, members_of
from training.evaluation.joint.resampling import (
    FittedJoint,
    JointScores,
    cross_validate_joint,
    out_of_fold,
)
from training.evaluation.joint.rows import joint_rows
from training.evaluation.out_of_fold import OutOfFold
from training.jobs import Progress


@dataclass(frozen=True)
class CohortFit:
    """The joint fit of endpoints that share their landmarks, and all its resampling.

    `identifier` is the same for all endpoints of one fit; `followed` are by endpoint the horizons
    through which enough patients are free of it and of every other event; `by_site` is None with
    a single site.
    """

    identifier: str
    data: JointData
    followed: Mapping[str, tuple[int, ...]]
    primary_horizon: int
    challenge: Challenge
    model: FittedJoint
    refits: Sequence[FittedJoint]
    by_site: JointScores | None
    curve: JointCurve

    @property
    def by_patient(self) -> JointScores:
        """Scores by patient folds of the kind of model that is taken."""
        return self.challenge.by_patient

    @property
    def horizons(self) -> tuple[int, ...]:
        """Ends of the intervals, those horizons at which enough patients are followed."""
        return self.data.rows.horizons

    def horizons_of(self, endpoint: Endpoint) -> tuple[int, ...]:
        """The first of `horizons`: an endpoint with an onset may have fewer than the fit."""
        return self.followed[endpoint.name]

    def members(self, endpoint: Endpoint) -> Members:
        """The endpoint's model and refits at its horizons, as they are saved."""
        members = members_of(self.model, self.refits, endpoint)
        intercepts = members.intercepts[:, : len(self.horizons_of(endpoint))]
        return replace(members, intercepts=np.ascontiguousarray(intercepts))

    def out_of_fold(self, endpoint: Endpoint, design: Design) -> OutOfFold:
        """The endpoint's scores by patient folds at the primary horizon."""
        column = self.horizons.index(self.primary_horizon)
        return out_of_fold(self.by_patient, endpoint, design, column)

    def sections(self, endpoint: Endpoint, design: Design) -> JointSections:
        """Sections of an evaluation document on the fit and its resampling."""
        column = self.horizons.index(self.primary_horizon)
        plan = self.by_patient.plan
        return {
            "folds": {
                "by": plan.by,
                "note": plan.note,
                "repeats": len(plan.fold),
                "folds": int(plan.fold.max()) + 1,
            },
            "challenger": challenger_section(self.challenge, endpoint, design, column),
            "learning_curve": learning_curve_points(self.curve, endpoint, design, column),
            "model": {
                "kind": self.challenge.kind,
                "joint_fit": self.identifier,
                "events": list(self.data.events(endpoint)),
                "landmarks": [visits.landmark for visits in self.data.rows.visits],
                "visits": [len(visits.time) for visits in self.data.rows.visits],
                "horizons": list(self.horizons_of(endpoint)),
                "prior_sd": _prior_sd(self.model.of(endpoint)),
                "refits": len(self.refits),
            },
        }


def fit_together(
    cohort: Cohort, protocol: Protocol, endpoints: Sequence[Endpoint],
    *, landmarks: tuple[int, ...], n_jobs: int = 1, progress: Progress | None = None,
) -> CohortFit:  # fmt: skip
    """Fit, refit and cross-validate all endpoints together; the same whatever `n_jobs`."""
    horizons = followed_horizons(cohort, protocol.horizons)
    rows = joint_rows(
        cohort, landmarks, horizons, features=protocol.features, core_panel=protocol.core_panel
    )
    data = joint_data(cohort, rows, endpoints)
    everybody = np.arange(len(rows.patients))
    outcome, site = outcome_and_site(cohort, protocol)
    plan = patient_fold_plan(outcome, site, protocol.repeats, protocol.folds, protocol.seed)
    choice = challenge(data, plan, protocol.model, n_jobs=n_jobs, progress=progress)
    site_plan = site_fold_plan(site)
    by_site = None if site_plan is None else cross_validate_joint(
        data, site_plan, choice.fit, n_jobs=n_jobs, progress=progress, step="sites left out"
    )  # fmt: skip
    curve = learning_curve_scores(
        data, choice.fit, outcome=outcome, site=site, folds=protocol.folds, seed=protocol.seed,
        n_jobs=n_jobs, progress=progress,
    )  # fmt: skip
    with threadpool_limits(1):  # matrices are small: threads of BLAS would wait for each other
        model = choice.fit(data, everybody)
    return CohortFit(
        identifier=fit_identifier(cohort, protocol, landmarks),
        data=data,
        followed={e.name: followed_horizons(cohort, horizons, e) for e in endpoints},
        primary_horizon=protocol.primary_horizon,
        challenge=choice,
        model=model,
        refits=bootstrap_refits(
            data, choice.fit, protocol.refits, seed=protocol.seed, n_jobs=n_jobs, progress=progress
        ),
        by_site=by_site,
        curve=curve,
    )


def _prior_sd(model: HazardModel | TreeMembers) -> list[list[float]]:
    return model.prior_sd.tolist() if isinstance(model, HazardModel) else []


def followed_horizons(
    cohort: Cohort, horizons: Sequence[int], endpoint: Endpoint | None = None
) -> tuple[int, ...]:
    """Horizons through which at least 10 patients at risk are followed free of every event.

    With an endpoint its onset is one of these events, and only patients at risk of it count.
    """
    at_risk = cohort.at_risk if endpoint is None else cohort.at_risk_of(endpoint)
    return tuple(h for h in horizons if n_followed_through(at_risk, h) >= AT_RISK_AT_END)


def fit_identifier(cohort: Cohort, protocol: Protocol, landmarks: tuple[int, ...]) -> str:
    """16 hexadecimal digits that identify what a joint fit is made of: tables and protocol."""
    content = {
        "outcomes": cohort.outcomes.digest,
        "features": cohort.samples.digest,
        "infections": cohort.infections_digest,
        "protocol": protocol.sha256,
        "landmarks": landmarks,
    }
    text = json.dumps(content, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def outcome_and_site(cohort: Cohort, protocol: Protocol) -> tuple[Ints, Objects]:
    """First event by the primary horizon (-1 unknown) and site, by which folds are drawn."""
    at_risk = cohort.at_risk
    in_window = at_risk.time <= protocol.primary_horizon
    unknown = np.isnan(label(at_risk, "relapse", protocol.primary_horizon).y)
    code = np.where(in_window, at_risk.code, 0)
    return np.where(unknown, -1, code).astype(np.int64), at_risk.site
