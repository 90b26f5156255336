"""Joint fit and gate of a cohort without refits and learning curve: what a verdict needs, no more.

The verdict is that of `training.evaluation.fit_cohort` with the ridge, to the last digit (a test
compares them), in a hundredth of its time: the score test comes first, and patients are scored out
of fold only where it leaves the verdict open.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, cast

import numpy as np
from threadpoolctl import threadpool_limits

from features.arrays import Floats
from models.endpoints import Endpoint
from training.cohort.cohort import Cohort
from training.cohort.labels import EndpointLabels, label
from training.cohort.protocol import Protocol
from training.evaluation.cohort_report import counts
from training.evaluation.comparators import comparator_scores, compare_with_model
from training.evaluation.documents.evaluation_document import ModelEvaluation
from training.evaluation.documents.model_sections import ScoreTestSection
from training.evaluation.evaluation_data import EvaluationData
from training.evaluation.feasibility import refusal
from training.evaluation.folds import patient_fold_plan
from training.evaluation.gate import Verdict, judge
from training.evaluation.joint.cohort_fit import followed_horizons, outcome_and_site
from training.evaluation.joint.fit import JointData, JointModel, fit_joint, joint_data
from training.evaluation.joint.resampling import cross_validate_joint, out_of_fold
from training.evaluation.joint.rows import JointRows, joint_rows
from training.evaluation.look_records import look_section
from training.evaluation.looks import Look, next_look, patient_hashes
from training.evaluation.out_of_fold import OutOfFold
from training.evaluation.out_of_fold_measures import out_of_fold_measures
from training.evaluation.signal_test import signal_test

PROTOCOL = replace(Protocol(), model="ridge")
CountLooks = Callable[[EndpointLabels], Sequence[Look]]
"""The looks at which an endpoint's fit is judged, each by itself."""


@dataclass(frozen=True)
class FitCase:
    """A cohort at its landmark, under a protocol.

    `endpoints` are those that can have a model, `events` counts those of all by the primary
    horizon.
    """

    cohort: Cohort
    protocol: Protocol
    endpoints: tuple[Endpoint, ...]
    events: dict[str, int]

    @cached_property
    def rows(self) -> JointRows:
        """The rows of the joint fit; for a cohort that can have a model."""
        protocol = self.protocol
        return joint_rows(
            self.cohort, (protocol.landmark, *protocol.later_landmarks),
            followed_horizons(self.cohort, protocol.horizons),
            features=protocol.features, core_panel=protocol.core_panel,
        )  # fmt: skip

    def data(self, endpoints: Sequence[Endpoint] | None = None) -> JointData:
        """The joint fit's data for these endpoints, all by default."""
        return joint_data(
            self.cohort, self.rows, self.endpoints if endpoints is None else endpoints
        )

    def labels(self, endpoint: Endpoint) -> EndpointLabels:
        """The endpoint's labels at the primary horizon."""
        return _labels(self.cohort, self.protocol, endpoint)

    def evaluation_data(self, endpoint: Endpoint) -> EvaluationData:
        """What an evaluation of the endpoint reads."""
        return EvaluationData(
            self.cohort, self.protocol, self.labels(endpoint), self.protocol.features
        )

    def horizons(self, endpoint: Endpoint) -> tuple[int, ...]:
        """The endpoint's horizons: one with an onset may have fewer than the joint fit."""
        return followed_horizons(self.cohort, self.rows.horizons, endpoint)

    @property
    def column(self) -> int:
        """The primary horizon's position among those of the joint fit."""
        return self.rows.horizons.index(self.protocol.primary_horizon)


def fit_case(cohort: Cohort, protocol: Protocol = PROTOCOL) -> FitCase:
    """Prepare a cohort's joint fit as `fit_cohort` does."""
    at_landmark = cohort.at(protocol.landmark, protocol.transplant)
    labels = {e.name: _labels(at_landmark, protocol, e) for e in protocol.endpoints}
    return FitCase(
        at_landmark, protocol,
        tuple(e for e in protocol.endpoints if refusal(labels[e.name]) is None),
        {name: one.n_events for name, one in labels.items()},
    )  # fmt: skip


def _labels(cohort: Cohort, protocol: Protocol, endpoint: Endpoint) -> EndpointLabels:
    return label(cohort.at_risk_of(endpoint), endpoint, protocol.primary_horizon)


def served_model(case: FitCase) -> tuple[JointData, JointModel]:
    """The model that would be served: fitted to all patients."""
    data = case.data()
    with threadpool_limits(1):
        return data, fit_joint(data, np.arange(len(case.rows.patients)))


def served_risks(
    case: FitCase, fitted: tuple[JointData, JointModel], endpoint: Endpoint,
    X: Floats, day: float | None = None,
) -> Floats:  # fmt: skip
    """Risks (n,) at the primary horizon of patients X (n, p), at the landmark by default."""
    data, model = fitted
    days = np.full(len(X), float(case.protocol.landmark if day is None else day))
    return np.asarray(model.risks(data, endpoint, X, days)[:, case.column])


def patient_scores(
    case: FitCase, endpoints: Sequence[Endpoint], repeats: int | None = None
) -> dict[str, OutOfFold]:
    """Out-of-fold scores by patient folds of these endpoints, at the primary horizon."""
    protocol = case.protocol
    outcome, site = outcome_and_site(case.cohort, protocol)
    plan = patient_fold_plan(
        outcome, site, repeats or protocol.repeats, protocol.folds, protocol.seed
    )
    scores = cross_validate_joint(case.data(endpoints), plan, fit_joint)
    return {
        e.name: out_of_fold(scores, e, case.evaluation_data(e).design, case.column)
        for e in endpoints
    }


def first_looks(labels: EndpointLabels) -> list[Look]:
    """The first look twice: declared the only one, and undeclared."""
    patients = patient_hashes(labels.at_risk.patient_id, b"first looks")
    return [
        next_look([], labels.endpoint, "one fit", patients=patients, declared=declared)
        for declared in (1, None)
    ]


def verdicts(case: FitCase, looks: CountLooks = first_looks) -> dict[str, dict[str, Any]]:
    """By endpoint: events, whether assessable, the score test's p, and each look's verdict.

    p is that of the first look's test.
    """
    counted = {e.name: list(looks(case.labels(e))) for e in case.endpoints}
    tests = {e.name: _tests(case, e, counted[e.name]) for e in case.endpoints}
    undecided = [
        e
        for e in case.endpoints
        if any(
            test["p"] <= look.alpha
            for test, look in zip(tests[e.name], counted[e.name], strict=True)
        )
    ]
    scores = patient_scores(case, undecided) if undecided else {}
    results: dict[str, dict[str, Any]] = {
        e.name: {"events": case.events[e.name], "assessable": False, "p": None}
        for e in case.protocol.endpoints
    }
    for endpoint in case.endpoints:
        name = endpoint.name
        conclusions = _verdicts(case, endpoint, tests[name], counted[name], scores.get(name))
        results[name] |= {
            "assessable": True, "p": tests[name][0]["p"],
            "states": [one.state for one in conclusions],
            "failures": [list(one.failed_checks) for one in conclusions],
        }  # fmt: skip
    return results


def _tests(case: FitCase, endpoint: Endpoint, looks: Sequence[Look]) -> list[ScoreTestSection]:
    """The score test of each look: a lower level takes more permutations."""
    data, horizons = case.evaluation_data(endpoint), case.horizons(endpoint)
    by_level = {
        level: signal_test(data, endpoint, horizons, level=level)
        for level in {look.alpha for look in looks}
    }
    return [by_level[look.alpha] for look in looks]


def _verdicts(
    case: FitCase, endpoint: Endpoint, tests: Sequence[ScoreTestSection],
    looks: Sequence[Look], scores: OutOfFold | None,
) -> list[Verdict]:  # fmt: skip
    """The gate's verdict at each look; without scores every test has failed, and so has the fit."""
    of_looks = list(zip(tests, looks, strict=True))
    if scores is None:
        words = [f"score test p {t['p']:.3g} is above {look.alpha:.3g}" for t, look in of_looks]
        return [Verdict("candidate", (word,), (), (word,)) for word in words]
    evaluation = _evaluation(case, endpoint, scores)
    parts = [{"score_test": test, "look": look_section(look)} for test, look in of_looks]
    return [judge(cast(ModelEvaluation, {**evaluation, **part})) for part in parts]


def _evaluation(case: FitCase, endpoint: Endpoint, scores: OutOfFold) -> dict[str, object]:
    """What the gate reads of an evaluation, apart from the look and its test."""
    data, protocol = case.evaluation_data(endpoint), case.protocol
    return {
        "endpoint": endpoint.name,
        "endpoint_words": {"singular": endpoint.words, "plural": endpoint.plural},
        "horizon": protocol.primary_horizon,
        "counts": counts(data.labels),
        "protocol": {"comparators": list(protocol.comparators)},
        "metrics": out_of_fold_measures(scores, data.design.y, protocol.bootstraps, protocol.seed),
        "comparators": compare_with_model(
            comparator_scores(data.sample_rows), data.design, scores,
            draws=protocol.bootstraps, seed=protocol.seed,
        ),
    }  # fmt: skip
