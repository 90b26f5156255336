"""`cd7watch serving erase`: remove a patient, or all data older than an age."""

import time

import click
from sqlalchemy import select

from features.errors import InputError, exits_with_sentence
from serving.commands.actor import command_line_actor
from serving.storage import tables
from serving.storage.audit_erasure import erase_before, erase_subjects
from serving.storage.audit_log import AuditLog, open_audit_log
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
    instead, for all patients. Either way, answers of jobs that nobody has fetched are removed.
    """
    if (patient is None) == (days is None):
        raise InputError(
            "An erasure names one patient or an age, and "
            f"{'neither' if patient is None else 'both'} came; give PATIENT or --older-than DAYS."
        )
    audit_log = open_audit_log()
    if patient is not None:
        n_emptied = _erase_patient(audit_log, patient)
    else:
        n_emptied = _erase_older(audit_log, days or 0)
    click.echo(f"Erased. Entries emptied: {n_emptied}")
    if not checkpoint(audit_log.engine, "TRUNCATE"):
        raise InputError(
            "SQLite's write-ahead log can be emptied only while nobody reads, and somebody was "
            "reading all the time; run the erasure of an age (--older-than) again, which empties "
            "it too."
        )


def _erase_patient(audit_log: AuditLog, patient: str) -> int:
    same = (tables.patients.c.key == patient) | (tables.patients.c.identifier == patient)
    with writing(audit_log.engine) as connection:
        row = connection.execute(select(tables.patients).where(same)).first()
        names = {patient} | ({row.key, row.identifier} - {None} if row else set())
        subjects = [*names, *(pseudonym(audit_log.key, name) for name in names)]
        if row is not None:
            forget(connection, row.key)
        forget_answers(connection)
        n_emptied = erase_subjects(connection, audit_log.key, subjects, command_line_actor())
        if row is None and not n_emptied:
            raise InputError(
                "An erasure needs a patient who is stored or has audit entries, and none has this "
                "key or identifier; check it against GET /v1/patients."
            )
    return n_emptied


def _erase_older(audit_log: AuditLog, days: int) -> int:
    before = time.time() - days * DAY_SECONDS
    with writing(audit_log.engine) as connection:
        forget_before(connection, before)
        forget_answers(connection)
        return erase_before(connection, audit_log.key, before, command_line_actor())
