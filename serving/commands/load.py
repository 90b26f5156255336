"""`cd7watch serving load FEATURES.parquet`: store a cohort's patients and samples."""

from itertools import groupby
from pathlib import Path

import click
from rich.progress import track

from features.errors import exits_with_sentence
from features.settings import prepare_libraries
from features.table.feature_table import FeatureTable, read_table
from features.table.row import Row
from serving.assessment.covariates import without_covariates
from serving.commands.actor import command_line_actor
from serving.storage import audit_chain
from serving.storage.audit_bodies import sample_body
from serving.storage.audit_kinds import AuditKind
from serving.storage.audit_log import AuditLog, open_audit_log
from serving.storage.database import writing
from serving.storage.store import Store, put_sample


@click.command()
@click.argument("features", type=click.Path(path_type=Path))
@exits_with_sentence
def load(features: Path) -> None:
    """Store every sample of the feature table FEATURES under its patient; a second run replaces.

    Of the columns that the table declares, those are stored that a model in service uses.
    """
    table = read_table(features)
    rows = _storable_rows(table, features.name)
    n_patients = store_rows(rows)
    synthetic = any(row["provenance"] == "synthetic" for row in rows)
    kind = " (synthetic)" if synthetic else ""
    click.echo(f"Stored: {len(rows)} samples of {n_patients} patients{kind}.")


def _storable_rows(table: FeatureTable, name: str) -> list[Row]:
    """The rows without unused columns; raises InputError for a column of another meaning."""
    if not table.covariates:
        return table.to_rows()
    prepare_libraries()
    from serving.model_store.versions_in_service import names_in_service, require_known_quantities

    engine = open_audit_log().engine
    require_known_quantities(engine, table.covariates, name)
    names_used = names_in_service(engine)
    unused = [c.name for c in table.covariates if c.name not in names_used]
    if unused:
        click.echo(
            f"Not stored: {', '.join(unused)}, which no model in service uses; import one that "
            "does, then load again.",
            err=True,
        )
    return [without_covariates(row, unused) for row in table.to_rows()]


def store_rows(rows: list[Row]) -> int:
    """Store rows of several patients; returns how many patients. patient_id is the identifier."""
    audit_log = open_audit_log()
    ordered = sorted(rows, key=_identifier)
    cohort = [(identifier, list(group)) for identifier, group in groupby(ordered, _identifier)]
    for identifier, samples in track(cohort, description="Storing patients"):
        _store_patient(audit_log, identifier, samples)
    return len(cohort)


def _identifier(row: Row) -> str:
    return str(row["patient_id"])


def _store_patient(audit_log: AuditLog, identifier: str, samples: list[Row]) -> None:
    key, actor = Store(audit_log.engine).add_patient(identifier), command_line_actor()
    rows = [row | {"patient_id": key} for row in samples]
    with writing(audit_log.engine) as connection:
        for row in rows:
            put_sample(connection, key, row)
        entries = [
            audit_chain.entry(AuditKind.SAMPLE, actor, sample_body(row), key) for row in rows
        ]
        audit_chain.append(connection, audit_log.key, entries)
