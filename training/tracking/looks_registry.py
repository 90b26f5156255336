"""Looks in the registry: every test of a cohort, counted and stored before it is made."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import mlflow
from mlflow import MlflowClient
from mlflow.entities import Run, ViewType
from mlflow.exceptions import MlflowException

from features import settings
from features.notices import print_note
from training.cohort.cohort import Cohort
from training.cohort.labels import EndpointLabels
from training.cohort.protocol import Protocol
from training.evaluation.fit_cohort import CountLook
from training.evaluation.look_records import looks_from_text, looks_text
from training.evaluation.looks import Look, next_look, patient_hashes
from training.tracking.look_key import key_fingerprint, read_look_key
from training.tracking.mlflow_runs import experiment

EXPERIMENT = "cd7watch-looks"
ARTIFACT = "look.json"
LOCK_FILE = "looks.lock"
FORMER_COUNTER = "fits.json"
FINISHED = "FINISHED"


def look_counter(client: MlflowClient, cohort: Cohort, protocol: Protocol) -> CountLook:
    """Counts the tests of this cohort's endpoints, for `fit_cohort`.

    Each look is stored before it is returned, so that a fit that is interrupted afterwards counts.
    A fit of the same tables under the same protocol gets its look again. Raises InputError at once,
    before hours of fitting, where the key of earlier looks is not there.
    """
    _note_former_counter(settings.var_dir())
    with _locked(settings.var_dir()):
        _key(_finished_runs(client))

    def count(labels: EndpointLabels, fit: str) -> Look:
        with _locked(settings.var_dir()):
            return _counted(client, cohort, protocol, labels=labels, fit=fit)

    return count


def earlier_looks(client: MlflowClient) -> list[Look]:
    """All looks of the registry, oldest first, whether or not somebody deleted their runs.

    A run that was interrupted while it was written is no look: the test comes after it.
    """
    return [_look(run) for run in _finished_runs(client)]


def patient_domain(cohort: Cohort) -> str:
    """What keeps apart patients who bear the same identifier: S001 of two simulations."""
    if cohort.provenance == "real":
        return "real"
    return f"synthetic, {cohort.samples.digest}"


def _counted(
    client: MlflowClient, cohort: Cohort, protocol: Protocol, *, labels: EndpointLabels, fit: str
) -> Look:
    runs = _finished_runs(client)
    key = _key(runs)
    patients = patient_hashes(labels.at_risk.patient_id, key, domain=patient_domain(cohort))
    earlier = [_look(run) for run in runs]
    look = next_look(
        earlier, labels.endpoint, fit,
        patients=patients, declared=protocol.looks, alpha=protocol.alpha,
    )  # fmt: skip
    if look not in earlier:
        _store(client, look, key_fingerprint(key))
    return look


def _key(runs: list[Run]) -> bytes:
    return read_look_key(settings.var_dir(), runs[0].data.tags["key"] if runs else None)


def _finished_runs(client: MlflowClient) -> list[Run]:
    runs: list[Run] = []
    token: str | None = None
    while True:
        page = client.search_runs(
            [experiment(client, EXPERIMENT)], f"attributes.status = '{FINISHED}'",
            run_view_type=ViewType.ALL, order_by=["attributes.start_time ASC"], page_token=token,
        )  # fmt: skip
        runs += page
        token = page.token
        if not token:
            return runs


def _look(run: Run) -> Look:
    (look,) = looks_from_text(_record_text(run), f"{ARTIFACT} of MLflow run {run.info.run_id}")
    return look


def _record_text(run: Run) -> str:
    """Text of the run's record; empty where it is lost, which its reader refuses."""
    try:
        return mlflow.artifacts.load_text(f"{run.info.artifact_uri}/{ARTIFACT}")
    except (MlflowException, OSError):
        return ""


def _store(client: MlflowClient, look: Look, fingerprint: str) -> None:
    tags = {"kind": "look", "endpoint": look.endpoint, "fit": look.fit, "key": fingerprint}
    name = f"look {look.number} at {look.endpoint.replace('_', ' ')}"
    run = client.create_run(experiment(client, EXPERIMENT), run_name=name, tags=tags)
    client.log_text(run.info.run_id, looks_text([look]), ARTIFACT)
    client.log_metric(run.info.run_id, "number", look.number)
    client.log_metric(run.info.run_id, "alpha", look.alpha)
    client.set_terminated(run.info.run_id, FINISHED)


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """Hold the state folder's lock; ends with the process that holds it, however that ends."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / LOCK_FILE).open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _note_former_counter(folder: Path) -> None:
    """Say that fits of earlier versions, which named no patients, are not counted as looks."""
    if (folder / FORMER_COUNTER).exists():
        print_note(
            f"{FORMER_COUNTER} counts fits of an earlier version by their outcomes, without "
            "patients; they are not counted as looks. Delete the file once you have noted it."
        )
