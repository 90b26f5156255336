"""Fit a cohort: one joint fit, then each endpoint's evaluation, gate and frozen model."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import pandas as pd

from features.errors import InputError
from models.endpoints import Endpoint
from models.frozen import FrozenModel
from training.cohort.cohort import Cohort
from training.cohort.labels import EndpointLabels, label
from training.cohort.protocol import Protocol, check_protocol
from training.cohort.samples import require_columns
from training.evaluation.cohort_report import cohort_sections
from training.evaluation.documents.evaluation_document import (
    FIT_ORDER,
    CohortEvaluation,
    FitEvaluation,
    ModelEvaluation,
    as_json,
)
from training.evaluation.documents.model_sections import Instability
from training.evaluation.documents.robustness_sections import SitesSection
from training.evaluation.evaluation_data import EvaluationData
from training.evaluation.feasibility import protocol_sections, refusal
from training.evaluation.frozen_endpoint import frozen_endpoint, manifest_facts
from training.evaluation.gate import Verdict, judge
from training.evaluation.joint.cohort_fit import CohortFit, fit_together
from training.evaluation.joint.endpoints_together import endpoints_together
from training.evaluation.joint.resampling import out_of_fold
from training.evaluation.look_records import look_section
from training.evaluation.looks import Look, next_look, patient_hashes
from training.evaluation.out_of_fold import out_of_fold_frame
from training.evaluation.performance import performance_sections
from training.evaluation.prediction_instability import instability
from training.evaluation.sensitivity.imputation import (
    ImputedScores,
    imputed_scores,
    sensitivity_section,
)
from training.evaluation.sensitivity.refused_samples import risk_unmeasured
from training.evaluation.sensitivity.sites import sites_section
from training.evaluation.signal_test import signal_test
from training.jobs import Progress
from training.statistics.bootstrap import bootstrap_copies

CountLook = Callable[[EndpointLabels, str], Look]
"""Count a test of these patients; the text identifies what is fitted."""


@dataclass(frozen=True)
class FittedEndpoint:
    """One endpoint's model (None when there are too few events), evaluation and verdict.

    `out_of_fold` has one row per patient and repeat at the primary horizon; empty without model.
    """

    endpoint: str
    model: FrozenModel | None
    evaluation: FitEvaluation
    verdict: Verdict
    out_of_fold: pd.DataFrame


def fit_cohort(
    cohort: Cohort, protocol: Protocol, endpoints: Sequence[str],
    *,
    count_look: CountLook | None = None,
    progress: Progress | None = None,
    n_jobs: int = 1,
) -> Iterator[FittedEndpoint]:  # fmt: skip
    """Fit, evaluate and judge endpoints of a protocol, one after another, from one joint fit.

    Endpoints that declare landmarks of their own are fitted apart. `count_look` counts the test of
    each endpoint with a model (see `training.evaluation.looks`); without it each is the first look
    of its patients. `progress(step, done, total)` is called as work goes on. The result does not
    depend on `n_jobs`. Raises InputError for an endpoint that the protocol lacks, a protocol that
    breaks its rules, features that are not in the table, no patient at risk at the landmark, an
    endpoint with an onset without infections, and cell types named in two ways.
    """
    check_protocol(protocol)
    definitions = [protocol.endpoint(name) for name in dict.fromkeys(endpoints)]
    require_columns(cohort.samples, protocol.features)
    for endpoint in definitions:  # before a group is fitted and registered
        _require_patients(
            cohort.at(_landmarks(endpoint, protocol)[0], protocol.transplant), endpoint
        )
    for landmarks in dict.fromkeys(_landmarks(e, protocol) for e in definitions):
        group = [e for e in definitions if _landmarks(e, protocol) == landmarks]
        yield from _fit_group(
            cohort.at(landmarks[0], protocol.transplant), protocol, group,
            landmarks=landmarks, count_look=count_look or _first_look(protocol),
            progress=progress, n_jobs=n_jobs,
        )  # fmt: skip


def _landmarks(endpoint: Endpoint, protocol: Protocol) -> tuple[int, ...]:
    return endpoint.landmarks or (protocol.landmark, *protocol.later_landmarks)


def _first_look(protocol: Protocol) -> CountLook:
    def count(labels: EndpointLabels, fit: str) -> Look:
        patients = patient_hashes(labels.at_risk.patient_id, b"uncounted")
        return next_look(
            [], labels.endpoint, fit, patients=patients, declared=protocol.looks,
            alpha=protocol.alpha,
        )  # fmt: skip

    return count


def _fit_group(
    cohort: Cohort, protocol: Protocol, endpoints: Sequence[Endpoint],
    *,
    landmarks: tuple[int, ...], count_look: CountLook, progress: Progress | None, n_jobs: int,
) -> Iterator[FittedEndpoint]:  # fmt: skip
    """Endpoints of the same landmarks, from one joint fit where any of them can have a model."""
    labels = {e.name: _labels_by_horizon(cohort, protocol, e) for e in endpoints}
    fitted = [e for e in endpoints if refusal(labels[e.name][protocol.primary_horizon]) is None]
    fit, imputed = None, None
    if fitted:
        fit = fit_together(
            cohort, protocol, fitted, landmarks=landmarks, n_jobs=n_jobs, progress=progress
        )
        imputed = imputed_scores(
            fit.data, fit.challenge.fit, fit.by_patient.plan,
            seed=protocol.seed, n_jobs=n_jobs, progress=progress,
        )  # fmt: skip
    for endpoint in endpoints:
        by_horizon = labels[endpoint.name]
        data = EvaluationData(
            cohort, protocol, by_horizon[protocol.primary_horizon], protocol.features
        )
        horizons = fit.horizons_of(endpoint) if fit is not None and endpoint in fitted else ()
        sections: CohortEvaluation = {
            **cohort_sections(data), **protocol_sections(data, by_horizon, horizons)
        }  # fmt: skip
        if fit is None or imputed is None or endpoint not in fitted:
            yield _without_model(sections)
        else:
            look = count_look(data.labels, fit.identifier)
            yield _with_model(sections, data, endpoint, fit=fit, imputed=imputed, look=look)


def _require_patients(cohort: Cohort, endpoint: Endpoint) -> None:
    """Refuse a cohort without patients to fit on, and without the endpoint's infections."""
    cohort.at_risk_of(endpoint)  # refuses an onset without infections
    at_risk = cohort.at_risk
    if not at_risk.n:
        reasons = "; ".join(f"{step.reason}: {step.n}" for step in at_risk.flow)
        raise InputError(
            "A fit needs patients at risk with a sample at the landmark; there are none "
            f"({reasons})."
        )


def _labels_by_horizon(
    cohort: Cohort, protocol: Protocol, endpoint: Endpoint
) -> dict[int, EndpointLabels]:
    at_risk = cohort.at_risk_of(endpoint)
    return {horizon: label(at_risk, endpoint, horizon) for horizon in protocol.horizons}


def _without_model(evaluation: CohortEvaluation) -> FittedEndpoint:
    verdict = judge(evaluation)
    evaluation["verdict"] = verdict.as_dict()
    document = as_json(evaluation, FIT_ORDER)
    return FittedEndpoint(document["endpoint"], None, document, verdict, pd.DataFrame())


def _with_model(
    sections: CohortEvaluation, data: EvaluationData, endpoint: Endpoint,
    *, fit: CohortFit, imputed: ImputedScores, look: Look,
) -> FittedEndpoint:  # fmt: skip
    protocol, labels = data.protocol, data.labels
    horizon = protocol.primary_horizon
    oof = fit.out_of_fold(endpoint, data.design)
    draft = frozen_endpoint(fit, data, endpoint, facts={})
    evaluation: ModelEvaluation = {
        **sections,
        **performance_sections(
            data, oof, _instability(draft, data), sites=_sites(fit, data, endpoint),
            risk_unmeasured=risk_unmeasured(draft, horizon),
        ),
        **fit.sections(endpoint, data.design),
        "joint": endpoints_together(data.cohort, fit.data, fit.by_patient),
        "sensitivity": sensitivity_section(
            imputed, endpoint, data.design, fit.horizons.index(horizon),
            copies=bootstrap_copies(labels.at_risk.n, protocol.bootstraps, protocol.seed),
        ),
        "look": look_section(look),
        "score_test": signal_test(data, endpoint, fit.horizons_of(endpoint), level=look.alpha),
    }  # fmt: skip
    verdict = judge(evaluation)
    evaluation["verdict"] = verdict.as_dict()
    document = as_json(evaluation, FIT_ORDER)
    facts = manifest_facts(document, verdict, data, oof)
    model = frozen_endpoint(fit, data, endpoint, facts=facts)
    return FittedEndpoint(endpoint.name, model, document, verdict, out_of_fold_frame(oof, labels))


def _instability(model: FrozenModel, data: EvaluationData) -> Instability:
    column = model.horizons.index(data.protocol.primary_horizon)
    X = data.design.X.to_numpy()
    return instability(
        model.risks(X)[:, column], model.refit_risks(X)[:, :, column], data.protocol.thresholds
    )


def _sites(fit: CohortFit, data: EvaluationData, endpoint: Endpoint) -> SitesSection:
    """Measures of each site by the fit that left it out."""
    protocol, design, scores = data.protocol, data.design, fit.by_site
    oof, note = None, "one site, or sites not given"
    if scores is not None:
        note = scores.plan.note
        oof = out_of_fold(scores, endpoint, design, fit.horizons.index(protocol.primary_horizon))
    return sites_section(
        oof, design.y, design.site, note=note, draws=protocol.bootstraps, seed=protocol.seed
    )
