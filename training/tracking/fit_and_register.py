"""Fit each endpoint of a cohort, log it to MLflow, register it and let the gate set its aliases."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from mlflow import ActiveRun, MlflowClient
from mlflow.entities.model_registry import ModelVersion

from features import settings
from training.cohort.labels_text import interval
from training.cohort.outcomes import endpoint_code
from training.cohort.protocol import Protocol
from training.evaluation.fit_endpoint import FittedEndpoint, fit_endpoint
from training.evaluation.gate import Verdict
from training.jobs import progress_bars
from training.tracking import promote
from training.tracking.cohort_files import CohortFiles
from training.tracking.log_endpoint import log_endpoint
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
        endpoint_code(endpoint)  # a wrong name is refused before any work
    client, files = connect(), files.under(protocol)
    verdicts: dict[str, Verdict] = {}
    with cohort_run(client, files, protocol) as parent:
        for endpoint in dict.fromkeys(endpoints):
            result = fit_and_register_endpoint(
                client, parent, endpoint, files=files, protocol=protocol, processes=processes
            )
            verdicts[endpoint] = result.fit.verdict
            yield fit_summary(result.fit)
            if result.version:
                moves = promote.move_by_gate(client, result.version)
                yield registration_line(result.version, moves)
        yield f"MLflow run {parent.info.run_id}; look at it with:"
    yield f"  mlflow ui --backend-store-uri {without_password(settings.mlflow_uri())}"
    yield champions_sentence(verdicts)


def fit_and_register_endpoint(
    client: MlflowClient, parent: ActiveRun, endpoint: str,
    *, files: CohortFiles, protocol: Protocol, processes: int,
) -> RegisteredFit:  # fmt: skip
    """Fit one endpoint with progress bars, log and register it; no alias moves yet.

    The count of distinct fits on the same outcomes is kept in fits.json in the state folder.
    """
    with progress_bars(f"{endpoint.replace('_', ' ')}: ") as report:
        fit = fit_endpoint(
            files.cohort, protocol, endpoint,
            progress=report, fit_counter=settings.var_dir() / "fits.json", n_jobs=processes,
        )  # fmt: skip
        report("log and register", 0, 1)
        version = log_endpoint(client, parent, fit, files=files, protocol=protocol)
        report("log and register", 1, 1)
    return RegisteredFit(fit, version)


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
    parts = [f"champion: {' and '.join(champions)}"] if champions else []
    parts += [f"no champion: {'; '.join(reasons)}"] if reasons else []
    return "; ".join(parts).replace("_", " ") + "."


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
