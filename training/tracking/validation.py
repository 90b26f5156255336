"""External validation of a registered model or an exported folder, logged to MLflow."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import mlflow
import numpy as np
from mlflow import MlflowClient
from mlflow.entities.model_registry import ModelVersion

from models import persistence
from training.charts import plots
from training.cohort.cohort import Cohort
from training.cohort.labels_text import interval
from training.evaluation.documents.evaluation_document import ExternalEvaluation
from training.evaluation.external_validation import evaluate_model
from training.evaluation.gate import Verdict
from training.model_card.evaluation_card import evaluation_card
from training.tracking import promote
from training.tracking.cohort_files import CohortFiles
from training.tracking.mlflow_runs import evaluation_run, metrics
from training.tracking.registered_model import (
    CohortRisks,
    cohort_risks,
    count_out_of_population,
    manifest_protocol,
    stored_model,
    stored_protocol,
    training_patients,
)
from training.tracking.registry import connect, find_version
from training.tracking.registry_names import parse_address


def evaluate_stored(model: str, files: CohortFiles) -> Iterator[str]:
    """Score the cohort, log the result as an MLflow run, judge it; yields the lines to print.

    `model` is ENDPOINT@ALIAS, ENDPOINT/VERSION or a folder. Only a registered version can become
    validated: a folder does not say which patients its model learned from.
    """
    client = connect()
    version = None if Path(model).is_dir() else find_version(client, parse_address(model))
    frozen = persistence.load(model) if version is None else stored_model(version)
    protocol = manifest_protocol(frozen) if version is None else stored_protocol(version)
    cohort = files.cohort.at(frozen.landmark, protocol.transplant)
    evaluation, verdict = evaluate_model(
        frozen, cohort, protocol,
        training_patients=training_patients(version) if version else (),
        seen_before=_seen_before(client, frozen.endpoint, cohort),
    )  # fmt: skip
    verdict = _checkable_verdict(verdict, version, str(frozen.manifest["provenance"]), cohort)
    flagged = count_out_of_population(frozen, cohort, protocol)
    evaluation["verdict"], evaluation["outside_training_population"] = verdict.as_dict(), flagged
    with evaluation_run(client, files, frozen, version) as run:
        mlflow.set_tags({"gate_state": verdict.state, "gate_sentences": verdict.sentences[0]})
        mlflow.log_metrics(metrics(evaluation) | {"outside_training_population": flagged})
        mlflow.log_dict(dict(evaluation), "evaluation.json")
        mlflow.log_text(evaluation_card(evaluation, model), "evaluation_card.md")
        _log_plots(evaluation, cohort_risks(frozen, cohort, protocol))
    yield from _summary(evaluation, verdict)
    if version is not None:
        yield from _record_verdict(client, version, verdict)
    yield f"MLflow run {run.info.run_id}"


def _seen_before(client: MlflowClient, endpoint: str, cohort: Cohort) -> bool:
    """Whether these outcomes have judged a model of this endpoint before, registered or a folder.

    Any version counts: a result on a cohort may influence the choice of the next model.
    """
    earlier_runs = client.search_runs(
        [experiment.experiment_id for experiment in client.search_experiments()],
        f"tags.kind = 'evaluation' and tags.endpoint = '{endpoint}' "
        f"and tags.outcomes_sha256 = '{cohort.outcomes.digest}'",
        max_results=1,
    )
    return bool(earlier_runs)


def _checkable_verdict(
    verdict: Verdict, version: ModelVersion | None, model_provenance: str, cohort: Cohort
) -> Verdict:
    """The verdict; never "validated" where shared or simulated patients cannot be ruled out."""
    if verdict.state != "validated":
        return verdict
    if version is None:
        reason = "a folder cannot be checked for shared patients; evaluate the registered version"
    elif model_provenance != cohort.samples.provenance:
        reason = "model and cohort must both be of real or both of simulated patients"
    else:
        return verdict
    return replace(verdict, state="candidate", sentences=(f"not validated: {reason}",))


def _summary(evaluation: ExternalEvaluation, verdict: Verdict) -> Iterator[str]:
    e, counts, measures = evaluation, evaluation["counts"], evaluation["metrics"]
    yield (
        f"{e['endpoint']} at {e['horizon']} days: {counts['known']} patients, {counts['events']} "
        f"events, AUC {interval(measures['auc'])}, "
        f"Brier skill {interval(measures['brier_skill'])}, "
        f"observed over expected {interval(measures['observed_over_expected'])}, "
        f"slope {interval(measures['calibration_slope'])}"
    )
    flagged = e["outside_training_population"]
    if e["seen_before"]:
        yield "  not the first evaluation on these outcomes"
    yield f"  {flagged} of {counts['at_risk']} patients lie outside the training population"
    yield f"  {verdict.sentences[0]}"


def _record_verdict(client: MlflowClient, version: ModelVersion, verdict: Verdict) -> Iterator[str]:
    """Write the verdict on the version; a validated one also gets its aliases."""
    name, number = version.name, str(version.version)
    client.set_model_version_tag(name, number, "validation", verdict.sentences[0])
    if verdict.state != "validated":
        return
    client.set_model_version_tag(name, number, "gate_state", "validated")
    client.set_model_version_tag(name, number, "gate_sentences", "\n".join(verdict.sentences))
    updated = client.get_model_version(name, number)
    for move in promote.move_by_gate(client, updated, ("champion", "validated")):
        yield f"  {move.alias}: {'yes' if move.granted else 'no'}, {move.reason}"


def _log_plots(evaluation: ExternalEvaluation, cohort: CohortRisks) -> None:
    """The pictures of a fit that need no refit or resampling."""
    has_weight = cohort.weight > 0
    y, risk, weight = cohort.y[has_weight], cohort.risk[has_weight], cohort.weight[has_weight]
    overall = (float(np.average(risk, weights=weight)), float(np.average(y, weights=weight)))
    e, origin = evaluation, str(evaluation["provenance"])
    one_group = np.zeros(len(y), dtype=np.int64)
    auc = f"AUC {interval(e['metrics']['auc'])}"
    figures = {
        "calibration": plots.calibration(e["calibration_curve"], overall, origin),
        "decision_curve": plots.decision_curve(e["decision_curve"], origin),
        "roc": plots.roc(y, risk, weight, group=one_group, provenance=origin, note=auc),
        "instability": plots.instability(e["instability"], origin),
        "cumulative_incidence": plots.incidence(cohort.time, cohort.code, e["landmark"], origin),
        "incidence_by_third": plots.incidence_by_third(
            e["incidence_by_third"], e["endpoint"], e["landmark"], origin
        ),
    }
    for name, figure in figures.items():
        mlflow.log_figure(figure, f"plots/{name}.png")
