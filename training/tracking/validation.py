"""Evaluate a registered model or an exported folder on another cohort, tracked and judged."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import mlflow
import numpy as np
from mlflow import MlflowClient
from mlflow.entities.model_registry import ModelVersion

from models import persistence
from training.charts import plots
from training.cohort.labels_text import interval
from training.evaluation.documents.evaluation_document import ExternalEvaluation
from training.evaluation.external_validation import evaluate_model
from training.evaluation.gate import Verdict
from training.model_card.evaluation_card import evaluation_card
from training.tracking import promote
from training.tracking.mlflow_runs import Cohort, evaluation_run, metrics
from training.tracking.registered_model import (
    Scored,
    outside,
    score,
    stored_model,
    stored_protocol,
    told_protocol,
    training_patients,
)
from training.tracking.registry import connect, find
from training.tracking.registry_names import parse_address


def evaluate_stored(model: str, cohort: Cohort) -> Iterator[str]:
    """Score the cohort, log the result as an MLflow run, judge it; yields what to tell the user.

    `model` is ENDPOINT@ALIAS, ENDPOINT/VERSION or a folder. Only a registered version can become
    validated: for a folder nobody can tell which patients it learned from.
    """
    client = connect()
    version = None if Path(model).is_dir() else find(client, parse_address(model))
    frozen = persistence.load(model) if version is None else stored_model(version)
    protocol = told_protocol(frozen) if version is None else stored_protocol(version)
    evaluation, verdict = evaluate_model(
        frozen, cohort.samples, cohort.outcomes, protocol,
        training_patients=training_patients(version) if version else (),
        seen_before=_seen_before(client, frozen.endpoint, cohort),
    )  # fmt: skip
    verdict = _guarded(verdict, version, str(frozen.manifest["provenance"]), cohort)
    flagged = outside(frozen, cohort, protocol)
    evaluation["verdict"], evaluation["outside_training_population"] = verdict.as_dict(), flagged
    with evaluation_run(client, cohort, frozen, version) as run:
        mlflow.set_tags({"gate_state": verdict.state, "gate_sentences": verdict.sentences[0]})
        mlflow.log_metrics(metrics(evaluation) | {"outside_training_population": flagged})
        mlflow.log_dict(dict(evaluation), "evaluation.json")
        mlflow.log_text(evaluation_card(evaluation, model), "evaluation_card.md")
        _log_plots(evaluation, score(frozen, cohort, protocol))
    yield from _summary(evaluation, verdict)
    if version is not None:
        yield from _name(client, version, verdict)
    yield f"MLflow run {run.info.run_id}"


def _seen_before(client: MlflowClient, endpoint: str, cohort: Cohort) -> bool:
    """Whether these outcomes have judged a model of this endpoint before, registered or a folder.

    Any version counts: who has seen how one fares on a cohort may choose the next by it.
    """
    found = client.search_runs(
        [experiment.experiment_id for experiment in client.search_experiments()],
        f"tags.kind = 'evaluation' and tags.endpoint = '{endpoint}' "
        f"and tags.outcomes_sha256 = '{cohort.outcomes.digest}'",
        max_results=1,
    )
    return bool(found)


def _guarded(
    verdict: Verdict, version: ModelVersion | None, learned_from: str, cohort: Cohort
) -> Verdict:
    """The verdict, unless it would validate what cannot be checked."""
    if verdict.state != "validated":
        return verdict
    if version is None:
        why = "a folder cannot be checked for shared patients; evaluate the registered version"
    elif learned_from != cohort.samples.provenance:
        why = "model and cohort must both be of real or both of simulated patients"
    else:
        return verdict
    return replace(verdict, state="candidate", sentences=(f"not validated: {why}",))


def _summary(evaluation: ExternalEvaluation, verdict: Verdict) -> Iterator[str]:
    e, counts, found = evaluation, evaluation["counts"], evaluation["metrics"]
    yield (
        f"{e['endpoint']} at {e['horizon']} days: {counts['known']} patients, {counts['events']} "
        f"events, AUC {interval(found['auc'])}, Brier skill {interval(found['brier_skill'])}, "
        f"observed over expected {interval(found['observed_over_expected'])}, "
        f"slope {interval(found['calibration_slope'])}"
    )
    flagged = e["outside_training_population"]
    if e["seen_before"]:
        yield "  not the first evaluation on these outcomes"
    yield f"  {flagged} of {counts['at_risk']} patients lie outside the training population"
    yield f"  {verdict.sentences[0]}"


def _name(client: MlflowClient, version: ModelVersion, verdict: Verdict) -> Iterator[str]:
    name, number = version.name, str(version.version)
    client.set_model_version_tag(name, number, "validation", verdict.sentences[0])
    if verdict.state != "validated":
        return
    client.set_model_version_tag(name, number, "gate_state", "validated")
    client.set_model_version_tag(name, number, "gate_sentences", "\n".join(verdict.sentences))
    judged = client.get_model_version(name, number)
    for move in promote.by_gate(client, judged, ("champion", "validated")):
        yield f"  {move.alias}: {'yes' if move.granted else 'no'}, {move.reason}"


def _log_plots(evaluation: ExternalEvaluation, scored: Scored) -> None:
    """The pictures of a fit that do not need one: nothing here was resampled."""
    counted = scored.weight > 0
    y, risk, weight = scored.y[counted], scored.risk[counted], scored.weight[counted]
    overall = (float(np.average(risk, weights=weight)), float(np.average(y, weights=weight)))
    e, origin = evaluation, str(evaluation["provenance"])
    drawn = {
        "calibration": plots.calibration(e["calibration_curve"], overall, origin),
        "decision_curve": plots.decision_curve(e["decision_curve"], origin),
        "roc": plots.roc(
            y, risk, weight, group=np.zeros(len(y), dtype=np.int64), provenance=origin,
            note=f"AUC {interval(e['metrics']['auc'])}",
        ),
        "instability": plots.instability(e["instability"], origin),
        "cumulative_incidence": plots.incidence(scored.time, scored.code, e["landmark"], origin),
        "incidence_by_third": plots.incidence_by_third(
            e["incidence_by_third"], e["endpoint"], e["landmark"], origin
        ),
    }  # fmt: skip
    for name, figure in drawn.items():
        mlflow.log_figure(figure, f"plots/{name}.png")
