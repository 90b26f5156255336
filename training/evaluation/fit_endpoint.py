"""Fit one endpoint: from feature table and outcomes to a model, its evaluation and its verdict."""

import functools
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pandas as pd

from features.errors import InputError
from features.table.feature_table import code_version
from models.disclosed_cohort import DisclosedCohort
from models.endpoints import WINDOW_DAYS
from models.frozen import FrozenModel, freeze
from models.manifest import ManifestFacts
from models.measurement_sources import common_sources
from models.risk_model import RiskModel
from training.cohort.cohort import Cohort
from training.cohort.labels import EndpointLabels, label
from training.cohort.outcomes import endpoint_code
from training.cohort.protocol import Protocol, check_protocol
from training.cohort.samples import require_columns, source_rows
from training.evaluation.cohort_report import cohort_sections
from training.evaluation.design import Design, design_for
from training.evaluation.disclosure import disclosed_cohort
from training.evaluation.documents.evaluation_document import (
    FIT_ORDER,
    CohortEvaluation,
    FitEvaluation,
    ModelEvaluation,
    as_json,
)
from training.evaluation.evaluation_data import EvaluationData
from training.evaluation.feasibility import protocol_sections, refusal
from training.evaluation.fit_counter import fit_number
from training.evaluation.gate import Verdict, judge
from training.evaluation.horizon_models import (
    fit_horizons,
    make_risk_model,
    model_sections,
    refit_instability,
)
from training.evaluation.internal_validation import ResamplingResults, out_of_fold_frame, resample
from training.evaluation.performance import performance_sections
from training.jobs import Progress
from training.json_values import plain


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


def fit_endpoint(
    cohort: Cohort,
    protocol: Protocol,
    endpoint: str,
    *,
    progress: Progress | None = None,
    fit_counter: Path | str | None = None,
    n_jobs: int = 1,
) -> FittedEndpoint:
    """Fit, evaluate and judge one endpoint under a protocol.

    The cohort is read at the protocol's landmark and under its transplant rule. `fit_counter` is
    the path of the JSON file that counts distinct fits on the same outcomes (see
    `training.evaluation.fit_counter`); without it this fit counts as the first. `progress(step,
    done, total)` is called as work goes on. The result does not depend on `n_jobs`. Raises
    InputError for a wrong endpoint, a protocol that breaks its rules, features that are not in the
    table, no patient at risk at the landmark, and cell types named in two ways.
    """
    endpoint_code(endpoint)
    check_protocol(protocol)
    cohort = cohort.at(protocol.landmark, protocol.transplant)
    samples, outcomes = cohort.samples, cohort.outcomes
    require_columns(samples, protocol.features)
    number = fit_number(fit_counter, outcomes.digest, endpoint, protocol.sha256, samples.digest)
    _check_patients(cohort)
    sources = common_sources(source_rows(samples, cohort.at_risk.row), protocol.features)
    by_horizon = {h: label(cohort.at_risk, endpoint, h) for h in protocol.horizons}
    primary = by_horizon[protocol.primary_horizon]
    data = EvaluationData(cohort, protocol, primary, protocol.features)
    evaluation: CohortEvaluation = {
        **cohort_sections(data),
        **protocol_sections(data, by_horizon, number),
    }
    if refusal(primary):
        return _without_model(evaluation)
    return _with_model(evaluation, data, by_horizon, n_jobs, progress, sources=sources)


def _check_patients(cohort: Cohort) -> None:
    """Refuse a cohort without patients to fit on."""
    at_risk = cohort.at_risk
    if not at_risk.n:
        reasons = "; ".join(f"{step.reason}: {step.n}" for step in at_risk.flow)
        raise InputError(
            "A fit needs patients at risk with a sample at the landmark; there are none "
            f"({reasons})."
        )


def _without_model(evaluation: CohortEvaluation) -> FittedEndpoint:
    verdict = judge(evaluation)
    evaluation["verdict"] = verdict.as_dict()
    document = as_json(evaluation, FIT_ORDER)
    return FittedEndpoint(document["endpoint"], None, document, verdict, pd.DataFrame())


def _with_model(
    cohort_evaluation: CohortEvaluation,
    data: EvaluationData,
    by_horizon: Mapping[int, EndpointLabels],
    n_jobs: int,
    progress: Progress | None,
    *,
    sources: Mapping[str, str],
) -> FittedEndpoint:
    protocol, labels, design = data.protocol, data.labels, data.design
    make_model = functools.partial(make_risk_model, protocol, labels.endpoint, 0)
    resampling = resample(design, make_model, protocol, n_jobs=n_jobs, progress=progress)
    make_final = functools.partial(make_model, protocol.seed)
    designs = _designs(data, by_horizon)
    models = fit_horizons(designs, make_final, protocol.refits, n_jobs, progress)
    evaluation = _model_evaluation(cohort_evaluation, data, resampling, models)
    verdict = judge(evaluation)
    evaluation["verdict"] = verdict.as_dict()
    document = as_json(evaluation, FIT_ORDER)
    disclosed = disclosed_cohort(document, resampling.oof, labels, max(protocol.horizons))
    model = freeze(
        models,
        labels.endpoint,
        protocol.landmark,
        features=protocol.features,
        training_X=design.X,
        facts={**_manifest_facts(document, verdict, disclosed), "sources": dict(sources)},
    )
    predictions = out_of_fold_frame(resampling.oof, data.at_risk, labels.y)
    return FittedEndpoint(labels.endpoint, model, document, verdict, predictions)


def _designs(data: EvaluationData, by_horizon: Mapping[int, EndpointLabels]) -> dict[int, Design]:
    """Designs of the horizons at which a model is fitted."""
    return {
        horizon: design_for(labels, data.cohort.samples, data.features, data.protocol.core_panel)
        for horizon, labels in by_horizon.items()
        if refusal(labels) is None
    }


def _model_evaluation(
    cohort_evaluation: CohortEvaluation,
    data: EvaluationData,
    resampling: ResamplingResults,
    models: Mapping[int, RiskModel],
) -> ModelEvaluation:
    protocol = data.protocol
    primary = models[protocol.primary_horizon]
    stability = refit_instability(primary, data.design, protocol.thresholds)
    assert stability is not None  # a protocol asks for at least one refit
    return {
        **cohort_evaluation,
        **performance_sections(data, resampling.oof, stability),
        **resampling.sections(),
        "models": model_sections(models),
    }


def _manifest_facts(
    evaluation: ModelEvaluation, verdict: Verdict, disclosed: DisclosedCohort
) -> ManifestFacts:
    """Facts on the fit for the model's manifest, which the model itself does not hold."""
    return {
        "provenance": evaluation["provenance"],
        "state": verdict.state,
        "gate": verdict.as_dict(),
        "primary_horizon": evaluation["horizon"],
        "landmark_window": WINDOW_DAYS,
        "question": evaluation["question"],
        "training": {
            "at_risk": evaluation["counts"]["at_risk"],
            "features_sha256": evaluation["features_sha256"],
            "outcomes_sha256": evaluation["outcomes_sha256"],
            "protocol_sha256": evaluation["protocol_sha256"],
            "code_version": code_version(),
            "created_at": datetime.now(UTC).isoformat(timespec="seconds"),
        },
        "cohort": plain(disclosed),
        "covariates": evaluation["covariates"],
    }
