"""Frozen model of one endpoint of a joint fit, and the facts on the fit in its manifest."""

from datetime import UTC, datetime

from features.table.feature_table import code_version
from models.endpoints import WINDOW_DAYS, Endpoint
from models.frozen import FrozenModel, freeze
from models.manifest import ManifestFacts, TrainingFacts
from models.measurement_sources import common_sources
from training.cohort.endpoint_declaration import endpoint_document
from training.cohort.samples import source_rows
from training.evaluation.disclosure import disclosed_cohort
from training.evaluation.documents.evaluation_document import ModelEvaluation
from training.evaluation.evaluation_data import EvaluationData
from training.evaluation.gate import Verdict
from training.evaluation.joint.cohort_fit import CohortFit
from training.evaluation.out_of_fold import OutOfFold
from training.json_values import plain
from training.statistics.survival.incidence import cumulative_incidence


def frozen_endpoint(
    fit: CohortFit, data: EvaluationData, endpoint: Endpoint, *, facts: ManifestFacts
) -> FrozenModel:
    """The endpoint's model of the joint fit, with `facts` in its manifest, as it is saved.

    Its ranges, prevalence and quantiles are those of the patients at risk of the endpoint.
    """
    at_risk = data.at_risk
    curve = cumulative_incidence(at_risk.time, at_risk.code, endpoint.event_codes)
    horizons = fit.horizons_of(endpoint)
    return freeze(
        fit.members(endpoint), endpoint, at_risk.landmark,
        events=fit.data.events(endpoint), horizons=horizons, features=data.features,
        training_X=data.design.X.to_numpy(),
        prevalence=curve.probabilities_at(horizons),
        facts={
            "provenance": data.cohort.provenance, "joint_fit": fit.identifier,
            "primary_horizon": data.protocol.primary_horizon, **facts,
        },
    )  # fmt: skip


def manifest_facts(
    evaluation: ModelEvaluation, verdict: Verdict, data: EvaluationData, oof: OutOfFold
) -> ManifestFacts:
    """Facts on the fit for the model's manifest, which the model itself does not hold."""
    labels, protocol = data.labels, data.protocol
    rows = source_rows(data.cohort.samples, data.at_risk.row)
    disclosed = disclosed_cohort(evaluation, oof, labels, max(protocol.horizons))
    return {
        "state": verdict.state,
        "gate": verdict.as_dict(),
        "landmark_window": WINDOW_DAYS,
        "question": evaluation["question"],
        "training": _training_facts(evaluation),
        "cohort": plain(disclosed),
        "covariates": evaluation["covariates"],
        "sources": dict(common_sources(rows, protocol.features)),
        "declaration": endpoint_document(labels.definition),
    }


def _training_facts(evaluation: ModelEvaluation) -> TrainingFacts:
    horizons = evaluation["horizons"]
    return {
        "n_patients": {horizon: counts["known"] for horizon, counts in horizons.items()},
        "n_events": {horizon: counts["events"] for horizon, counts in horizons.items()},
        "at_risk": evaluation["counts"]["at_risk"],
        "features_sha256": evaluation["features_sha256"],
        "outcomes_sha256": evaluation["outcomes_sha256"],
        "infections_sha256": evaluation["infections_sha256"],
        "protocol_sha256": evaluation["protocol_sha256"],
        "code_version": code_version(),
        "created_at": datetime.now(UTC).isoformat(timespec="seconds"),
    }
