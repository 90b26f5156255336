"""Fit each endpoint of a cohort, log it, register it, and let the gate name it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from mlflow import ActiveRun, MlflowClient
from mlflow.entities.model_registry import ModelVersion

from features import settings
from training.cohort.labels_text import interval
from training.cohort.outcomes import endpoint_code
from training.cohort.protocol import Protocol
from training.evaluation.fit_endpoint import FittedEndpoint, fit_endpoint
from training.evaluation.gate import Verdict
from training.progress import bars
from training.tracking import promote
from training.tracking.mlflow_runs import Cohort, cohort_run, log_endpoint
from training.tracking.registry import connect, place


@dataclass(frozen=True)
class Trained:
    """One endpoint's fit and, where there was a model, its registered version."""

    fitted: FittedEndpoint
    version: ModelVersion | None


def train(
    cohort: Cohort, protocol: Protocol, endpoints: Sequence[str], processes: int = 1
) -> Iterator[str]:
    """Train the named endpoints under one MLflow run; yields what to tell the user."""
    for endpoint in endpoints:
        endpoint_code(endpoint)  # a wrong name is refused before any work
    client = connect()
    done: list[FittedEndpoint] = []
    with cohort_run(client, cohort, protocol) as parent:
        for endpoint in dict.fromkeys(endpoints):
            trained = train_endpoint(client, parent, cohort, protocol, endpoint, processes)
            done.append(trained.fitted)
            yield outcome(trained.fitted)
            if trained.version:
                yield named(trained.version, promote.by_gate(client, trained.version))
        yield f"MLflow run {parent.info.run_id}; look at it with:"
    yield f"  mlflow ui --backend-store-uri {place(settings.mlflow_uri())}"
    yield conclusion([(fitted.endpoint, fitted.verdict) for fitted in done])


def train_endpoint(
    client: MlflowClient, parent: ActiveRun, cohort: Cohort, protocol: Protocol, endpoint: str,
    processes: int,
) -> Trained:  # fmt: skip
    """Fit one endpoint with bars, log and register it; no alias moves yet.

    The count of distinct fits on the same outcomes is kept in fits.json among our state.
    """
    counter = settings.var_dir() / "fits.json"
    with bars(f"{endpoint.replace('_', ' ')}: ") as report:
        fitted = fit_endpoint(
            cohort.samples, cohort.outcomes, protocol, endpoint,
            progress=report, fit_counter=counter, n_jobs=processes,
        )  # fmt: skip
        report("log and register", 0, 1)
        version = log_endpoint(client, parent, fitted, cohort, protocol)
        report("log and register", 1, 1)
    return Trained(fitted, version)


def conclusion(verdicts: Sequence[tuple[str, Verdict]]) -> str:
    """One sentence on all endpoints: which have a champion, and why the others have none.

    >>> conclusion([("relapse", Verdict("candidate", ("no champion: p 0.4 is above 0.05",)))])
    'no champion: relapse, p 0.4 is above 0.05.'
    """
    champions = [name for name, verdict in verdicts if verdict.state == "champion"]
    reasons = [
        f"{name}, {verdict.sentences[0].removeprefix('no champion: ').replace('; ', ', ')}"
        for name, verdict in verdicts
        if verdict.state != "champion"
    ]
    parts = [f"champion: {' and '.join(champions)}"] if champions else []
    parts += [f"no champion: {'; '.join(reasons)}"] if reasons else []
    return "; ".join(parts).replace("_", " ") + "."


def outcome(fitted: FittedEndpoint) -> str:
    """One line on a fitted endpoint: patients, events, performance; one with the verdict."""
    e, counts = fitted.evaluation, fitted.evaluation["counts"]
    line = f"{fitted.endpoint}: {counts['known']} patients, {counts['events']} events"
    if "metrics" in e:
        line += f", out of fold AUC {interval(e['metrics']['auc'])}"
        line += f", Brier skill {interval(e['metrics']['brier_skill'])}"
    return f"{line}\n  {'; '.join(fitted.verdict.sentences)}"


def named(version: ModelVersion, moves: Sequence[promote.Move]) -> str:
    """One line on a registered version and the aliases it got."""
    held = " and ".join(move.alias for move in moves if move.granted)
    return f"  registered as {version.name} version {version.version}, {held}"
