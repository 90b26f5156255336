"""No patient's value reaches a log, a metric or an error, whatever is sent."""

import json
import re
import uuid
from pathlib import Path
from typing import Any

from tests.serving.asked import patient
from tests.serving.counts import write_counts
from tests.serving.process import Running

NAME = "Zyxwvut-Jane"
NUMBER = 0.123456789012
MARKS = re.compile(rf"{NAME}|0\.12345678|987654\.321|4321\.0625")


def bad_requests() -> list[tuple[str, str, bytes]]:
    """Method, path and body of everything a careless caller may send about a patient."""
    wrong = [
        {"samples": [{"day": 28, NAME: NUMBER}]},
        {"samples": [{"day": NAME}]},
        {"samples": [{"day": 28, "ferritin": NAME, "site": NUMBER}]},
        {"samples": [{"day": 28, "monocyte_fraction": 987654.321}]},
        {"samples": [{"day": 28, "tissue": NAME}, {"day": 28, "patient_id": NAME}]},
        [NAME, NUMBER],
        {NAME: {"a": NUMBER}},
    ]
    bodies = [json.dumps(body).encode() for body in wrong]
    bodies += [json.dumps(wrong[0]).encode()[:-4], f'"{NAME}'.encode(), NAME.encode() * 3]
    sent = [("POST", path, b) for path in ("/v1/predict", "/v1/explain") for b in bodies]
    sent += [("POST", "/v1/predict_batch", b) for b in bodies]
    sent += [("PUT", f"/v1/patients/{NAME}/samples/{NAME}", b) for b in bodies]
    sent += [("POST", "/v1/patients", b) for b in bodies]
    sent += [("POST", "/cds-services/cd7watch-risk", b) for b in bodies]
    sent += [("POST", f"/v1/patients/{NAME}/acknowledgements", b) for b in bodies]
    sent += [("GET", f"/v1/patients?after={NAME}&provenance={NAME}", b"")]
    return sent


def good_requests(running: Running, counts: Path) -> None:
    """The life of a patient whose name and values are the marks, from stored to set aside."""
    new = json.dumps({"identifier": NAME}).encode()
    key = json.loads(running.ask("/v1/patients", new)[1])["key"]
    for sample in marked()["samples"]:
        path = f"/v1/patients/{key}/samples/{sample['sample_id']}"
        body = json.dumps(sample | {"patient_id": None}).encode()
        assert running.ask(path, body, "PUT")[0] == 201
    said = {"endpoint": "relapse", "outcome": "override", "reason": "other", "comment": NAME}
    hook = {"hook": "patient-view", "hookInstance": str(uuid.uuid4()), "context": {}}
    hook["context"] = {"patientId": NAME}
    asked: list[tuple[str, object]] = [
        (f"/v1/patients/{key}/acknowledgements", said),
        ("/v1/predict", marked()),
        ("/v1/explain", marked()),
        ("/v1/predict_batch", {"patients": [marked()]}),
        ("/cds-services/cd7watch-risk", hook),
    ]
    for path, given in asked:
        status, answer = running.ask(path, json.dumps(given).encode())
        assert status in (200, 201), answer
    for path in (f"/v1/patients/{key}", f"/fhir/RiskAssessment?subject:identifier={NAME}", "/"):
        assert running.ask(path)[0] == 200
    binary = {"Content_Type": "application/octet-stream"}
    path = f"/v1/summarise?day=28&site={NAME}&patient_id={NAME}&ferritin=4321.0625"
    assert running.ask(path, counts.read_bytes(), **binary)[0] == 200


def marked() -> dict[str, Any]:
    """A patient whose values are the marks."""
    asked = patient(site=NAME, t_fraction=NUMBER)
    for sample in asked["samples"]:
        sample["patient_id"] = NAME
    return asked


def test_nothing_written_holds_a_patients_value(running: Running, tmp_path: Path) -> None:
    """Good and bad requests run; log, metrics, errors and every file but the database are searched.

    The database is the one place for what is kept; what BentoML or we write beside it is not.
    """
    good_requests(running, write_counts(tmp_path / "sample.h5"))
    for method, path, body in bad_requests():
        status, answer = running.ask(path, body or None, method)
        assert 400 <= status < 500, (path, body, answer)
        assert not MARKS.search(answer.decode()), (path, body, answer)
    html = {"Accept": "text/html"}
    for path in (f"/v1/{NAME}", f"/patients/{NAME}", f"/fhir/RiskAssessment/{NAME}?q={NAME}"):
        assert not MARKS.search(running.ask(path)[1].decode())
        assert not MARKS.search(running.ask(path, **html)[1].decode())
    binary = {"Content_Type": "application/octet-stream"}
    status, answer = running.ask(f"/v1/summarise?site={NAME}", NAME.encode() * 100, **binary)
    assert status == 422 and not MARKS.search(answer.decode())
    metrics = running.ask("/metrics")[1].decode()
    assert "cd7watch_request_total" in metrics and not MARKS.search(metrics)
    log = running.log.read_text()
    assert "/v1/predict" in log and "Traceback" not in log
    for path in Path(running.var).rglob("*"):
        if path.is_file() and not path.name.startswith("service.db"):
            assert not MARKS.search(path.read_bytes().decode("latin-1")), path
