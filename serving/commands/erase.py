"""`python -m serving erase`: remove a patient, or what is older than an age."""

import time

import click
from sqlalchemy import select

from features.errors import InputError, exits_with_sentence
from serving.commands.models import who
from serving.storage import audit_chain, tables
from serving.storage.audit_log import Ledger, open_ledger
from serving.storage.database import checkpoint, writing
from serving.storage.jobs import forget_answers
from serving.storage.store import forget, forget_before, pseudonym

DAY_SECONDS = 86_400.0


@click.command()
@click.argument("patient", required=False)
@click.option("--older-than", "days", type=click.IntRange(1), help="Erase what is older, in days.")
@exits_with_sentence
def erase(patient: str | None, days: int | None) -> None:
    """Erase PATIENT (key or hospital's identifier): samples, and every answer about them.

    The record keeps its chain: entries lose body and salt, and stay verifiable. With --older-than
    samples stored longer ago, patients then without a sample, and answers of that age are erased
    instead, whomever they are about. Either way, answers of jobs that wait to be fetched are gone.
    """
    if (patient is None) == (days is None):
        raise InputError(
            "An erasure names one patient or an age, and "
            f"{'neither' if patient is None else 'both'} came; give PATIENT or --older-than DAYS."
        )
    ledger = open_ledger()
    if patient is not None:
        emptied = _erase_patient(ledger, patient)
    else:
        emptied = _erase_older(ledger, days or 0)
    click.echo(f"Erased. Entries emptied: {emptied}")
    if not checkpoint(ledger.engine, "TRUNCATE"):
        raise InputError(
            "What was erased leaves SQLite's write-ahead log once nobody reads, and somebody was "
            "reading all the time; run the erasure of an age (--older-than) again, which empties "
            "it too."
        )


def _erase_patient(ledger: Ledger, patient: str) -> int:
    this = (tables.patients.c.key == patient) | (tables.patients.c.identifier == patient)
    with writing(ledger.engine) as connection:
        found = connection.execute(select(tables.patients).where(this)).first()
        names = {patient} | ({found.key, found.identifier} - {None} if found else set())
        subjects = [*names, *(pseudonym(ledger.key, name) for name in names)]
        if found is not None:
            forget(connection, found.key)
        forget_answers(connection)
        emptied = audit_chain.erase(connection, ledger.key, subjects, who())
        if found is None and not emptied:
            raise InputError(
                "An erasure needs a patient who is stored or was asked about, and none has this "
                "key or identifier; check it against GET /v1/patients."
            )
    return emptied


def _erase_older(ledger: Ledger, days: int) -> int:
    before = time.time() - days * DAY_SECONDS
    with writing(ledger.engine) as connection:
        forget_before(connection, before)
        forget_answers(connection)
        return audit_chain.erase_before(connection, ledger.key, before, who())
