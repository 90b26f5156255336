"""A view of the list leaves whom it told of, and nothing that an erasure would have to find."""

import json
from dataclasses import replace

import pytest
from click.testing import CliRunner

from serving.__main__ import serving
from serving.pages.ward import Ward
from serving.pages.ward_record import seal, ward_record
from serving.storage import audit_chain
from serving.storage.audit_log import open_ledger
from serving.storage.store import Store
from tests.serving.fitted import fitted_models, two_samples

KEY = b"k" * 32


@pytest.fixture
def ledger(tmp_path, monkeypatch):
    """The record of an empty service."""
    monkeypatch.setenv("CD7WATCH_VAR", str(tmp_path))
    made = open_ledger()
    yield made
    made.engine.dispose()


def stored(ledger, *levels):
    """Patients who differ by S100A8/A9, and their lines."""
    store = Store(ledger.engine)
    for level in levels:
        key = store.add_patient(f"Bed {level}")
        for row in two_samples():
            store.put_sample(key, row | {"s100a8a9_leukocyte": level})
    return Ward().lines(store, fitted_models())


def test_the_seal_is_of_what_was_shown(ledger):
    """The order of the list leaves it as it is; another risk, patient or key does not."""
    lines = stored(ledger, 2.6, 3.9)
    same = seal(lines, KEY)
    assert seal(lines[::-1], KEY) == same == ward_record(lines, fitted_models(), KEY)["seal"]
    risen = {name: h | {"risk": h["risk"] + 1e-15} for name, h in lines[0].horizons.items()}
    silent = dict.fromkeys(lines[0].horizons)
    for other in (
        [replace(lines[0], horizons=risen), lines[1]],
        [replace(lines[0], horizons=silent), lines[1]],
        lines[:1],
    ):
        assert seal(other, KEY) != same
    assert seal(lines, b"other") != same


def test_an_erased_patients_risk_is_nowhere_in_the_record(ledger):
    """After the list was shown and the patient erased, no body holds a risk; the chain verifies."""
    lines = stored(ledger, 2.6, 3.9)
    body = ward_record(lines, fitted_models(), ledger.key)
    ledger.record(audit_chain.entry("page_ward", "ward", body))
    head = CliRunner().invoke(serving, ["audit", "head"]).output.strip()
    assert CliRunner().invoke(serving, ["erase", "Bed 3.9"]).exit_code == 0
    checked = CliRunner().invoke(serving, ["audit", "verify", "--head", head])
    assert checked.exit_code == 0, checked.output
    with ledger.engine.connect() as connection, connection.begin():
        bodies = [row["body"] for row in audit_chain.rows_of(connection, ["page_ward"])]
    assert [set(json.loads(text)) for text in bodies] == [{"versions", "patients", "seal"}]
    risks = [h["risk"] for line in lines for h in line.horizons.values()]
    assert not any(repr(risk)[:8] in text for risk in risks for text in bodies)
