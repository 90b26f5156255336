"""Fit each endpoint of a cohort, log it to MLflow, register it and let the gate set its aliases."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import mlflow
from mlflow import ActiveRun, MlflowClient
from mlflow.entities.model_registry import ModelVersion

from features import settings
from models.manifest import ParentFacts
from training.cohort.labels_text import interval
from training.cohort.protocol import Protocol
from training.evaluation.documents.evaluation_document import FitEvaluation
from training.evaluation.fit_cohort import FittedEndpoint, fit_cohort
from training.evaluation.gate import Verdict
from training.jobs import progress_bars
from training.model_card.cohort_card import cohort_card
from training.tracking import promote
from training.tracking.cohort_files import CohortFiles
from training.tracking.log_endpoint import log_endpoint
from training.tracking.looks_registry import look_counter
from training.tracking.mlflow_runs import cohort_run
from training.tracking.registry import connect, without_password


@dataclass(frozen=True)
class RegisteredFit:
    """One endpoint's fit and, where there was a model, its registered version."""

    fit: FittedEndpoint
    version: ModelVersion | None


def fit_and_register(
    files: CohortFiles, protocol: Protocol, endpoints: Sequence[str], processes: int = 1
) -> Iterator[str]:
    """Fit the named endpoints under one MLflow run; yields the lines to print."""
    for endpoint in endpoints:
        protocol.endpoint(endpoint)  # a wrong name is refused before any work
    client, files = connect(), files.under(protocol)
    verdicts: dict[str, Verdict] = {}
    with cohort_run(client, files, protocol) as parent:
        for result in fit_and_register_endpoints(
            client, parent, endpoints, files=files, protocol=protocol, processes=processes
        ):
            endpoint = result.fit.endpoint
            verdicts[endpoint] = result.fit.verdict
            yield fit_summary(result.fit)
            if result.version:
                moves = promote.move_by_gate(client, result.version)
                yield registration_line(result.version, moves)
        yield f"MLflow run {parent.info.run_id}; look at it with:"
    yield f"  mlflow ui --backend-store-uri {without_password(settings.mlflow_uri())}"
    yield champions_sentence(verdicts)


def fit_and_register_endpoints(
    client: MlflowClient, parent: ActiveRun, endpoints: Sequence[str],
    *, files: CohortFiles, protocol: Protocol, processes: int,
    parents: Mapping[str, ParentFacts] | None = None,
) -> Iterator[RegisteredFit]:  # fmt: skip
    """Fit endpoints together with progress bars, log and register each; no alias moves yet.

    `parents` names, by endpoint, the models that an update replaces. The parent run gets the card
    of all endpoints, `cohort_card.md`.
    """
    evaluations: list[FitEvaluation] = []
    with progress_bars() as report:
        counter = look_counter(client, files.cohort, protocol)
        for fit in fit_cohort(
            files.cohort, protocol, endpoints,
            count_look=counter, progress=report, n_jobs=processes,
        ):  # fmt: skip
            evaluations.append(fit.evaluation)
            step = f"log and register {fit.endpoint.replace('_', ' ')}"
            report(step, 0, 1)
            version = log_endpoint(
                client, parent, fit,
                files=files, protocol=protocol, updated=(parents or {}).get(fit.endpoint),
            )  # fmt: skip
            report(step, 1, 1)
            yield RegisteredFit(fit, version)
    if evaluations:
        card = cohort_card(evaluations, files.name)
        mlflow.log_text(card, "cohort_card.md", run_id=parent.info.run_id)


def champions_sentence(verdicts: Mapping[str, Verdict]) -> str:
    """One sentence on all endpoints: which have a champion, and why the others have none.

    >>> champions_sentence({"relapse": Verdict("candidate", ("no champion: p 0.4 above 0.05",))})
    'no champion: relapse, p 0.4 above 0.05.'
    """
    champions = [name for name, verdict in verdicts.items() if verdict.state == "champion"]
    reasons = [
        f"{name}, {verdict.sentences[0].removeprefix('no champion: ').replace('; ', ', ')}"
        for name, verdict in verdicts.items()
        if verdict.state != "champion"
    ]
    parts = [f"champion: {_listed(champions)}"] if champions else []
    parts += [f"no champion: {'; '.join(reasons)}"] if reasons else []
    return "; ".join(parts).replace("_", " ") + "."


def _listed(names: Sequence[str]) -> str:
    """Names as a sentence lists them.

    >>> _listed(["relapse"]), _listed(["relapse", "fatal infection", "severe infection"])
    ('relapse', 'relapse, fatal infection and severe infection')
    """
    *first, last = names
    return f"{', '.join(first)} and {last}" if first else last


def fit_summary(fit: FittedEndpoint) -> str:
    """One line on a fitted endpoint: patients, events, performance; one with the verdict."""
    evaluation, counts = fit.evaluation, fit.evaluation["counts"]
    line = f"{fit.endpoint}: {counts['known']} patients, {counts['events']} events"
    if "metrics" in evaluation:
        metrics = evaluation["metrics"]
        line += f", out of fold AUC {interval(metrics['auc'])}"
        line += f", Brier skill {interval(metrics['brier_skill'])}"
    return f"{line}\n  {'; '.join(fit.verdict.sentences)}"


def registration_line(version: ModelVersion, moves: Sequence[promote.AliasMove]) -> str:
    """One line on a registered version and the aliases it got."""
    alias_names = " and ".join(move.alias for move in moves if move.granted)
    return f"  registered as {version.name} version {version.version}, {alias_names}"
