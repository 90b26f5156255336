"""No patient's value reaches a log, a metric or an error, whatever is sent."""

import html
import json
import re
import uuid
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from serving.pages import acknowledgement_form
from tests.serving.counts import write_counts
from tests.serving.patient_request import patient
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
    override = {"endpoint": "relapse", "outcome": "override", "reason": "other", "comment": NAME}
    hook = {"hook": "patient-view", "hookInstance": str(uuid.uuid4()), "context": {}}
    hook["context"] = {"patientId": NAME}
    requests: list[tuple[str, object]] = [
        (f"/v1/patients/{key}/acknowledgements", override),
        ("/v1/predict", marked()),
        ("/v1/explain", marked()),
        ("/v1/predict_batch", {"patients": [marked()]}),
        ("/cds-services/cd7watch-risk", hook),
    ]
    for path, content in requests:
        status, answer = running.ask(path, json.dumps(content).encode())
        assert status in (200, 201), answer
    for path in (f"/v1/patients/{key}", f"/fhir/RiskAssessment?subject:identifier={NAME}", "/"):
        assert running.ask(path)[0] == 200
    binary = {"Content_Type": "application/octet-stream"}
    path = f"/v1/summarise?day=28&site={NAME}&patient_id={NAME}&ferritin=4321.0625"
    assert running.ask(path, counts.read_bytes(), **binary)[0] == 200


def hospital_requests() -> list[tuple[str, str, bytes]]:
    """What a record system may send wrongly about a patient, by CDS Hooks and FHIR."""
    hook = {"hook": "patient-view", "hookInstance": str(uuid.uuid4())}
    card = {"card": str(uuid.uuid4()), "outcome": "overridden", "outcomeTimestamp": NAME}
    path = "/cds-services/cd7watch-risk"
    wrong: list[tuple[str, object]] = [
        (path, hook | {"hook": NAME, "context": {"patientId": NAME}}),
        (path, hook | {"hookInstance": NAME, "context": {"patientId": NAME}}),
        (path, hook | {"context": {"patientId": [NAME], "userId": NUMBER}}),
        (path, hook | {"context": NAME}),
        (f"{path}/feedback", {"feedback": [card | {"outcome": NAME}]}),
        (f"{path}/feedback", {"feedback": [card | {"card": NAME}]}),
        (f"{path}/feedback", {"feedback": [card | {"overrideReason": {"userComment": NUMBER}}]}),
        (f"{path}/{NAME}", {"feedback": NAME}),
    ]
    sent = [("POST", place, json.dumps(body).encode()) for place, body in wrong]
    long = f"{NAME}" * 40
    sent += [("GET", f"/fhir/RiskAssessment?subject:identifier={long}", b"")]
    sent += [("GET", f"/fhir/RiskAssessment?patient={NAME}", b"")]
    return [*sent, ("GET", f"/fhir/Patient/{NAME}?name={NAME}", b"")]


def form_requests(key: str) -> list[tuple[str, dict[str, str], int]]:
    """Address, fields and status of what is typed into the pages' forms, right and wrong."""
    samples, decisions = f"/patients/{key}/samples", f"/patients/{key}/decisions"
    decided = {"endpoint": "relapse", "outcome": "override", "reason": "other", "sample_id": NAME}
    return [
        ("/sign-in", {"token": NAME}, 401),
        ("/patients/new", {"identifier": f"{NAME}-2", "infusion_date": "2026-01-31"}, 200),
        ("/patients/new", {"identifier": NAME, "infusion_date": NAME}, 422),
        (samples, {"day": "29", "sample_id": NAME, "t_fraction": "12.3456789012"}, 200),
        (samples, {"day": NAME, "sample_id": NAME, "site": NAME}, 422),
        (samples, {"day": "29", "ferritin": NAME}, 422),
        (samples, {"day": "29", "ferritin": "987654.321"}, 422),
        (samples, {"day": "29", "tissue": NAME, NAME: NAME}, 422),
        (f"/patients/{NAME}/samples", {"day": "29", "ferritin": "4321.0625"}, 404),
        (decisions, decided | {"comment": NAME}, 200),
        (decisions, decided | {"reason": NAME, "comment": NAME}, 422),
        (decisions, decided | {"endpoint": NAME, "comment": str(NUMBER)}, 422),
        (decisions, decided | {"comment": f"{NAME} " * 400}, 422),
        (f"/patients/{NAME}/decisions", decided | {"comment": NAME}, 404),
    ]


def test_the_pages_forms_repeat_a_value_only_in_their_fields(running: Running) -> None:
    """Right and wrong forms are sent as a browser and as a script would; then all is searched.

    A form that comes back holds what was typed, in its fields; its sentence does not, nor does a
    page about something that is not there, nor the log.
    """
    key = json.loads(running.ask("/v1/patients", b"{}")[1])["key"]
    sample = json.dumps(marked()["samples"][-1] | {"patient_id": None, "sample_id": NAME}).encode()
    assert running.ask(f"/v1/patients/{key}/samples/{NAME}", sample, "PUT")[0] == 201
    typed = {"Content_Type": "application/x-www-form-urlencoded", "Origin": running.address}
    for path, fields, expected in form_requests(key):
        for accept in ("text/html", "application/json"):
            body = urlencode(fields).encode()
            status, answer = running.ask(path, body, Accept=accept, **typed)
            assert status == expected, (path, fields, answer)
            if expected == 422 and path.endswith("/decisions") and accept == "text/html":
                # The patient's own page comes again, above it the rule that was broken.
                assert acknowledgement_form.RULE in html.unescape(answer.decode()), fields
            elif expected >= 400:
                assert not MARKS.search(without_fields(answer.decode())), (path, fields, answer)
    for path, expected in (
        (f"/?q={NAME}&show={NAME}&sort={NAME}&page={NAME}", 200),
        (f"/patients/{key}/samples/{NAME}x", 404),
        (f"/patients/{NAME}?day={NUMBER}", 404),
        (f"/patients/{NAME}/samples/new", 404),
    ):
        status, answer = running.ask(path, Accept="text/html")
        assert status == expected and (status == 200 or not MARKS.search(answer.decode())), path
    uploaded(running, key)
    assert_nothing_written(running)


def uploaded(running: Running, key: str) -> None:
    """A count file that is none, with the patient's values in every part of the form."""
    parts = {"day": "29", "sample_id": NAME, "ferritin": "4321.0625", "site": NAME}
    lines = [
        f'--b\r\nContent-Disposition: form-data; name="{n}"\r\n\r\n{v}' for n, v in parts.items()
    ]
    head = f'--b\r\nContent-Disposition: form-data; name="file"; filename="{NAME}.h5"\r\n\r\n'
    body = "\r\n".join([*lines, f"{head}{NAME}", "--b--\r\n"]).encode()
    kind = {"Content_Type": "multipart/form-data; boundary=b", "Origin": running.address}
    for accept in ("text/html", "application/json"):
        path = f"/patients/{key}/samples/file"
        status, answer = running.ask(path, body, Accept=accept, **kind)
        assert status == 422 and not MARKS.search(without_fields(answer.decode())), answer


def without_fields(page: str) -> str:
    """A page without the values of its fields."""
    return re.sub(r'value="[^"]*"', "", page)


def assert_nothing_written(running: Running) -> None:
    """Metrics, log and every file but the database hold no mark, and no traceback."""
    metrics = running.ask("/metrics")[1].decode()
    assert "cd7watch_request_total" in metrics and not MARKS.search(metrics)
    log = running.log.read_text()
    assert "/v1/patients" in log and "Traceback" not in log and not MARKS.search(log)
    for path in Path(running.var).rglob("*"):
        if path.is_file() and not path.name.startswith("service.db"):
            assert not MARKS.search(path.read_bytes().decode("latin-1")), path


def marked() -> dict[str, Any]:
    """A patient whose values are the marks."""
    body = patient(site=NAME, t_fraction=NUMBER)
    for sample in body["samples"]:
        sample["patient_id"] = NAME
    return body


def test_nothing_written_holds_a_patients_value(running: Running, tmp_path: Path) -> None:
    """Good and bad requests run; log, metrics, errors and every file but the database are searched.

    The database is the one place for what is kept; what BentoML or we write beside it is not.
    """
    good_requests(running, write_counts(tmp_path / "sample.h5"))
    for method, path, body in (*bad_requests(), *hospital_requests()):
        status, answer = running.ask(path, body or None, method)
        assert 400 <= status < 500, (path, body, answer)
        assert not MARKS.search(answer.decode()), (path, body, answer)
    browser = {"Accept": "text/html"}
    for path in (f"/v1/{NAME}", f"/patients/{NAME}", f"/fhir/RiskAssessment/{NAME}?q={NAME}"):
        assert not MARKS.search(running.ask(path)[1].decode())
        assert not MARKS.search(running.ask(path, **browser)[1].decode())
    binary = {"Content_Type": "application/octet-stream"}
    status, answer = running.ask(f"/v1/summarise?site={NAME}", NAME.encode() * 100, **binary)
    assert status == 422 and not MARKS.search(answer.decode())
    assert_nothing_written(running)
