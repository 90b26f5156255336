"""Bodies of audit entries, byte for byte, and what they must not hold."""

import json
import math
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from features.table.row import Row
from serving.__main__ import serving
from serving.pages.page_routes import ward_body as body_of_lines
from serving.pages.ward import Ward
from serving.pages.ward_line import WardLine
from serving.requests_responses.compact_json import compact
from serving.storage import audit_bodies, audit_chain
from serving.storage.audit_bodies import risk_seal
from serving.storage.audit_kinds import AuditKind
from serving.storage.audit_log import AuditLog, open_audit_log
from serving.storage.store import Store
from tests.serving.fitted import fitted_models, two_samples

KEY = b"k" * 32
HORIZONS = [{"horizon": 90, "risk": 0.125}, {"horizon": 180, "risk": 0.1 + 0.2}]
ANSWER = {
    "request_id": "r-1",
    "research_use_only": "...",
    "sample": {"sample_id": "s-2", "day": 28},
    "flags": [],
    "endpoints": {
        "relapse": {"endpoint": "relapse", "model": {"version": "3"}, "horizons": HORIZONS},
        "fatal_infection": {"endpoint": "fatal_infection", "model": None, "horizons": []},
    },
}
BEFORE: Row = {"sample_id": "s-1", "patient_id": "Jane", "day": -5, "tissue": None, "plt": math.nan}
CURRENT: Row = {"sample_id": "s-2", "patient_id": "Jane", "day": 28, "tissue": "PB", "plt": 12.0}
WARD = {"k-2": {"relapse": 0.3, "fatal_infection": None}, "k-1": {"relapse": 0.1}}

# As the service wrote them before this module existed; entries in hospitals' databases look so.
VERSIONS_AND_RISKS = (
    '"versions":{"relapse":"3"},'
    '"risks":{"relapse":{"90":0.125,"180":0.30000000000000004},"fatal_infection":{}}'
)
GOLDEN = {
    "answer_body": '{"request_id":"r-1","samples":[{"sample_id":"s-1","day":-5},'
    f'{{"sample_id":"s-2","day":28,"tissue":"PB","plt":12.0}}],{VERSIONS_AND_RISKS}}}',
    "features_body": '{"request_id":"r-1",'
    '"samples":[{"sample_id":"s-2","day":28,"tissue":"PB","plt":12.0}],"versions":{},"risks":{}}',
    "stored_answer_body": f'{{"request_id":"r-1","sample_id":"s-2",{VERSIONS_AND_RISKS}}}',
    "acknowledgement_body": f'{{"request_id":"r-1","sample_id":"s-2",{VERSIONS_AND_RISKS},'
    '"primary_horizon":180,"endpoint":"relapse","outcome":"override","reason":"implausible","comment":null}',
    "sample_body": '{"sample":{"sample_id":"s-1","patient_id":"Jane","day":-5,"tissue":null,'
    '"plt":null}}',
    "list_body": '{"keys":["k-2","k-1"]}',
    "ward_body": '{"versions":{"relapse":"3"},"patients":["k-1","k-2"],'
    '"seal":"9e2d414608f4274b92d62abf07e83daca9e94cafd205bd888a56b4f97f315d59"}',
    "feedback_body": '{"feedback":[{"card":"c-1","outcome":"accepted"}]}',
    "model_body": '{"endpoint":"relapse","version":"3"}',
    "token_body": '{"name":"ward","roles":["service","clinician"]}',
    "revoked_token_body": '{"name":"ward"}',
    "erasure_body": '{"entries":[3,5]}',
    "empty_body": "{}",
}


def bodies() -> dict[str, object]:
    """Every function's body for the same events, by the function's name."""
    decision = {"outcome": "override", "reason": "implausible", "comment": None}
    return {
        "answer_body": audit_bodies.answer_body(ANSWER, [BEFORE, CURRENT]),
        "features_body": audit_bodies.features_body("r-1", CURRENT),
        "stored_answer_body": audit_bodies.stored_answer_body(ANSWER),
        "acknowledgement_body": audit_bodies.acknowledgement_body(
            ANSWER, primary_horizon=180, endpoint="relapse", **decision
        ),
        "sample_body": audit_bodies.sample_body(BEFORE),
        "list_body": audit_bodies.list_body(["k-2", "k-1"]),
        "ward_body": audit_bodies.ward_body(WARD, {"relapse": "3"}, KEY),
        "feedback_body": audit_bodies.feedback_body([{"card": "c-1", "outcome": "accepted"}]),
        "model_body": audit_bodies.model_body("relapse", "3"),
        "token_body": audit_bodies.token_body("ward", ("service", "clinician")),
        "revoked_token_body": audit_bodies.revoked_token_body("ward"),
        "erasure_body": audit_bodies.erasure_body([3, 5]),
        "empty_body": audit_bodies.empty_body(),
    }


def test_bodies_are_the_same_bytes_for_the_same_events() -> None:
    """Each function writes what stands in the databases, to the byte."""
    assert {name: compact(body).decode() for name, body in bodies().items()} == GOLDEN


def test_every_function_has_a_golden_body() -> None:
    """A new body cannot be added without its bytes here."""
    functions = {name for name in vars(audit_bodies) if name.endswith("_body")}
    assert functions == set(GOLDEN)


def test_the_seal_is_of_what_was_displayed() -> None:
    """The order of patients and endpoints leaves it unchanged; another risk, patient or key not."""
    same = risk_seal(WARD, KEY)
    reversed_ward = {key: dict(reversed(WARD[key].items())) for key in reversed(WARD)}
    assert risk_seal(reversed_ward, KEY) == same
    for other in (
        {**WARD, "k-1": {"relapse": 0.1 + 1e-15}},
        {**WARD, "k-1": {"relapse": None}},
        {"k-1": WARD["k-1"]},
    ):
        assert risk_seal(other, KEY) != same
    assert risk_seal(WARD, b"other") != same


@pytest.fixture
def audit_log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[AuditLog]:
    """The audit log of an empty service."""
    monkeypatch.setenv("CD7WATCH_VAR", str(tmp_path))
    log = open_audit_log()
    yield log
    log.engine.dispose()


def ward_lines(audit_log: AuditLog, *levels: float) -> list[WardLine]:
    """The ward list of patients who differ by S100A8/A9."""
    store = Store(audit_log.engine)
    for level in levels:
        key = store.add_patient(f"Bed {level}")
        for row in two_samples():
            store.put_sample(key, row | {"s100a8a9_leukocyte": level})
    return Ward().lines(store, fitted_models())


def test_an_erased_patients_risk_is_nowhere_in_the_audit_log(audit_log: AuditLog) -> None:
    """After the list was shown and the patient erased, no body holds a risk; the chain verifies."""
    lines = ward_lines(audit_log, 2.6, 3.9)
    body = body_of_lines(lines, fitted_models(), audit_log.key)
    assert body_of_lines(lines[::-1], fitted_models(), audit_log.key) == body
    audit_log.record(audit_chain.entry(AuditKind.PAGE_WARD, "ward", body))
    head = CliRunner().invoke(serving, ["audit", "head"]).output.strip()
    assert CliRunner().invoke(serving, ["erase", "Bed 3.9"]).exit_code == 0
    checked = CliRunner().invoke(serving, ["audit", "verify", "--head", head])
    assert checked.exit_code == 0, checked.output
    with audit_log.engine.connect() as connection, connection.begin():
        rows = audit_chain.rows_of(connection, [AuditKind.PAGE_WARD])
        texts = [row["body"] for row in rows]
    assert [set(json.loads(text)) for text in texts] == [{"versions", "patients", "seal"}]
    risks = [h["risk"] for line in lines for h in line.horizons.values()]
    assert not any(repr(risk)[:8] in text for risk in risks for text in texts)


def test_declared_columns_stand_apart_in_answers_and_samples() -> None:
    """The body from which an answer is computed again holds them as a request does."""
    row = CURRENT | {"adv_load": 3.5, "treated": math.nan}
    body = audit_bodies.features_body("r-1", row)
    assert body["samples"][0]["covariates"] == {"adv_load": 3.5}
    assert audit_bodies.sample_body(row)["sample"]["covariates"] == {"adv_load": 3.5}
