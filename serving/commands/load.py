"""`python -m serving load FEATURES.parquet`: store a cohort's patients and samples."""

from itertools import groupby
from pathlib import Path

import click
from rich.progress import track

from features.errors import exits_with_sentence
from features.table.feature_table import read_table
from features.table.row import Row
from serving.commands.models import who
from serving.requests_responses import row_json as json_rows
from serving.storage import audit_chain
from serving.storage.audit_log import Ledger, open_ledger
from serving.storage.database import writing
from serving.storage.store import Store, put_sample


@click.command()
@click.argument("features", type=click.Path(path_type=Path))
@exits_with_sentence
def load(features: Path) -> None:
    """Store every sample of the feature table FEATURES under its patient; a second run replaces."""
    rows = read_table(features).to_rows()
    n_patients = store_rows(rows)
    synthetic = any(row["provenance"] == "synthetic" for row in rows)
    kind = " (synthetic)" if synthetic else ""
    click.echo(f"Stored: {len(rows)} samples of {n_patients} patients{kind}.")


def store_rows(rows: list[Row]) -> int:
    """Store rows of several patients; returns how many patients. patient_id is the identifier."""
    ledger = open_ledger()
    ordered = sorted(rows, key=lambda row: str(row["patient_id"]))
    cohort = [(n, list(own)) for n, own in groupby(ordered, lambda row: str(row["patient_id"]))]
    for identifier, own in track(cohort, description="Storing patients"):
        _store_patient(ledger, identifier, own)
    return len(cohort)


def _store_patient(ledger: Ledger, identifier: str, own: list[Row]) -> None:
    key = Store(ledger.engine).add_patient(identifier)
    with writing(ledger.engine) as connection:
        for row in own:
            put_sample(connection, key, row | {"patient_id": key})
        entries = [
            audit_chain.entry(
                "sample", who(), {"sample": json_rows.to_json(row | {"patient_id": key})}, key
            )
            for row in own
        ]
        audit_chain.append(connection, ledger.key, entries)
