"""No patient's value reaches a log, a metric or an error, whatever is sent."""

import json
import re
from pathlib import Path

from tests.serving.asked import patient
from tests.serving.process import Running

NAME = "Zyxwvut-Jane"
NUMBER = 0.123456789012
MARKS = re.compile(rf"{NAME}|0\.12345678|987654\.321")


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
    return sent


def test_nothing_written_holds_a_patients_value(running: Running) -> None:
    """Good and bad requests run; then log, metrics and every error are searched."""
    asked = patient(site=NAME, t_fraction=NUMBER)
    for sample in asked["samples"]:
        sample["patient_id"] = NAME
    good = json.dumps(asked).encode()
    for path in ("/v1/predict", "/v1/explain"):
        assert running.ask(path, good)[0] == 200
    for method, path, body in bad_requests():
        status, answer = running.ask(path, body, method)
        assert 400 <= status < 500, (path, body, answer)
        assert not MARKS.search(answer.decode()), (path, body, answer)
    for path in (f"/v1/{NAME}", f"/patients/{NAME}", f"/fhir/RiskAssessment/{NAME}?q={NAME}"):
        assert not MARKS.search(running.ask(path)[1].decode())
    binary = {"Content_Type": "application/octet-stream"}
    status, answer = running.ask(f"/v1/summarise?site={NAME}", NAME.encode() * 100, **binary)
    assert status == 422 and not MARKS.search(answer.decode())
    metrics = running.ask("/metrics")[1].decode()
    assert "cd7watch_request_total" in metrics and not MARKS.search(metrics)
    log = running.log.read_text()
    assert "/v1/predict" in log and not MARKS.search(log)
    assert "Traceback" not in log and not list(Path(running.var).rglob("monitoring"))
