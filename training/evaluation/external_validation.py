"""External validation: a stored model on another cohort, by the same measures, nothing refitted."""

from collections.abc import Collection, Mapping
from typing import cast

import numpy as np

from features.arrays import Floats
from features.errors import InputError
from models.frozen import FrozenModel
from training.cohort.cohort import Cohort
from training.cohort.labels import label
from training.cohort.protocol import Protocol
from training.cohort.samples import require_columns, require_same_inputs, source_rows
from training.evaluation.cohort_report import cohort_sections
from training.evaluation.design import Design
from training.evaluation.documents.cohort_sections import ProtocolContent
from training.evaluation.documents.evaluation_document import (
    EXTERNAL_ORDER,
    ExternalEvaluation,
    ExternalSections,
    as_json,
)
from training.evaluation.documents.model_sections import Instability
from training.evaluation.evaluation_data import EvaluationData
from training.evaluation.folds import FoldPlan, label_codes, patient_fold_plan
from training.evaluation.gate import Verdict, judge_validation
from training.evaluation.out_of_fold import OutOfFold
from training.evaluation.performance import performance_sections
from training.evaluation.prediction_instability import instability
from training.evaluation.sensitivity.refused_samples import risk_unmeasured
from training.evaluation.sensitivity.sites import sites_section
from training.statistics.calibration.logistic import logit

FOLDS = 5
SITES_NOTE = "a stored model, nothing refitted; whether it has seen these sites is not recorded"


def evaluate_model(
    model: FrozenModel,
    cohort: Cohort,
    protocol: Protocol,
    *,
    training_patients: Collection[str] = (),
    seen_before: bool = False,
) -> tuple[ExternalEvaluation, Verdict]:
    """Evaluate a stored model at its primary horizon on a cohort, and judge whether it validates.

    The cohort is read at the model's landmark and under the protocol's transplant rule.
    Skill is measured against this cohort's own prevalence, which the model did not know and which
    is the stricter comparison. `training_patients` are those the model learned from, if still
    known; the cohort counts as shared also when its outcomes are the training outcomes.
    `seen_before` says that the model was evaluated on these outcomes already. Raises InputError
    when the model lacks the protocol's horizon, or the table the model's features, or declares
    one of them as another quantity.
    """
    data = _evaluation_data(model, cohort.at(model.landmark, protocol.transplant), protocol)
    design, horizon = data.design, protocol.primary_horizon
    risk = model.risks(design.X.to_numpy())[:, model.horizons.index(horizon)]
    stability = _instability(model, design, horizon, protocol.thresholds)
    oof = _as_out_of_fold(design, risk)
    sites = sites_section(
        oof, design.y, design.site, note=SITES_NOTE, draws=protocol.bootstraps, seed=protocol.seed
    )
    origin: ExternalSections = {
        "protocol": cast(ProtocolContent, protocol.as_dict()),
        "protocol_sha256": protocol.sha256,
        "state": str(model.manifest.get("state", "candidate")),
        "seen_before": seen_before,
        "shared_patients": _shares_patients(model, data, training_patients),
    }
    evaluation: ExternalEvaluation = {
        **cohort_sections(data),
        **performance_sections(
            data, oof, stability, sites=sites, risk_unmeasured=risk_unmeasured(model, horizon)
        ),
        **origin,
    }
    verdict = judge_validation(evaluation)
    evaluation["verdict"] = verdict.as_dict()
    return as_json(evaluation, EXTERNAL_ORDER), verdict


def _evaluation_data(model: FrozenModel, cohort: Cohort, protocol: Protocol) -> EvaluationData:
    """The cohort labelled for the model's endpoint, if the model can be evaluated on it."""
    require_same_inputs(cohort.samples, model.covariates)
    require_columns(cohort.samples, model.features)
    if protocol.primary_horizon not in model.horizons:
        raise InputError(
            f"The model answers for {', '.join(map(str, model.horizons))} days; the protocol asks "
            f"for {protocol.primary_horizon}: choose one of the model's horizons."
        )
    endpoint = protocol.endpoint(model.endpoint)
    at_risk = cohort.at_risk_of(endpoint)
    for row in source_rows(cohort.samples, at_risk.row):
        difference = model.other_source(row)
        if difference:
            raise InputError(
                f"A model is evaluated on samples measured as its own; {difference}: compute the "
                "samples as for training."
            )
    labels = label(at_risk, endpoint, protocol.primary_horizon)
    if not min(labels.n_events, labels.n_nonevents):
        raise InputError(
            f"An evaluation needs patients with and without the event; this cohort has "
            f"{labels.n_events} events among {labels.n_events + labels.n_nonevents} patients with "
            "a known label."
        )
    return EvaluationData(cohort, protocol, labels, model.features)


def _shares_patients(
    model: FrozenModel, data: EvaluationData, training_patients: Collection[str]
) -> bool:
    """Whether the model is known to have learned from a patient of this cohort."""
    training = model.manifest.get("training", {})
    digest = training.get("outcomes_sha256") if isinstance(training, Mapping) else None
    shared = set(training_patients) & set(data.at_risk.patient_id)
    return digest == data.cohort.outcomes.digest or bool(shared)


def _instability(
    model: FrozenModel, design: Design, horizon: int, thresholds: tuple[float, ...]
) -> Instability:
    """How far the stored refits move these patients' risks at one horizon."""
    column, X = model.horizons.index(horizon), design.X.to_numpy()
    return instability(model.risks(X)[:, column], model.refit_risks(X)[:, :, column], thresholds)


def _as_out_of_fold(design: Design, risk: Floats) -> OutOfFold:
    """Risks of a stored model in the form of out-of-fold ones: one repeat, one stratum."""
    shape = (1, len(risk))
    weight = design.label_weights()
    members = design.has_label
    prevalence = float(np.average(design.y[members], weights=weight[members]))
    # Folds serve the comparators alone, which are recalibrated; the model is compared as a whole.
    folds = patient_fold_plan(label_codes(design.y), design.site, 1, FOLDS, 0).fold
    stratum = np.zeros(shape, dtype=np.int64)
    plan = FoldPlan(folds, stratum, "none", "a stored model, nothing refitted")
    return OutOfFold(logit(risk)[None], np.full(shape, prevalence), weight[None], plan)
