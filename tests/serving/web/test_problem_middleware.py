"""Every error leaves as problem+json, with field and rule and without a value."""

import json
import warnings

import pytest
from starlette.applications import Starlette
from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse
from starlette.routing import Route

from features.errors import InputError
from serving.requests_responses.requests import PatientRequest
from serving.web import problems
from serving.web.problem_middleware import ProblemMiddleware
from serving.web.problems import Problem

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    from starlette.testclient import TestClient

SECRET = "Jane-Doe-4711"


async def read(request):
    """Parse a request as the service does."""
    problems.parse(PatientRequest, await request.body())
    return JSONResponse({"fine": True})


async def fail(request):
    """Fail in the way the address names."""
    raise {
        "bug": ValueError(SECRET),
        "bad": InputError("Send a day; none came."),
        "missing": Problem(404, "No such patient."),
        "slow": Problem(429, headers={"Retry-After": "7"}),
    }[request.path_params["how"]]


@pytest.fixture
def client():
    """A small application behind the middleware."""
    app = Starlette(
        routes=[
            Route("/v1/read", read, methods=["POST"]),
            Route("/fail/{how}", fail),
            Route("/text", lambda r: PlainTextResponse(SECRET, 418)),
            Route("/page", lambda r: HTMLResponse("<p>gone</p>", 404)),
            Route("/good", lambda r: PlainTextResponse("good")),
        ]
    )
    return TestClient(ProblemMiddleware(app), raise_server_exceptions=False)


def problem(response, status):
    """The problem document, checked to be one."""
    assert response.status_code == status
    assert response.headers["content-type"] == "application/problem+json"
    assert int(response.headers["content-length"]) == len(response.content)
    document = response.json()
    assert document["status"] == status and document["title"] and document["detail"]
    assert document["type"] == "about:blank" and len(document["request_id"]) == 36
    assert SECRET not in response.text
    return document


def test_field_and_rule_without_the_value(client):
    """Each fault names where it is and which rule it breaks; no value comes back."""
    sample = {"day": 28, "hb": 99.125, "tissue": SECRET, SECRET: 1, "plt": "12345.5"}
    found = problem(client.post("/v1/read", json={"samples": [sample]}), 422)
    assert {(e["field"], e["rule"]) for e in found["errors"]} == {
        ("samples[0].hb", "must be at most 25.0"),
        ("samples[0].tissue", "must be 'PB' or 'BM'"),
        ("samples[0].plt", "must be a number"),
        ("samples[0].(unnamed)", "is not a known field; remove it or correct its name"),
    }
    assert "99.125" not in json.dumps(found) and "12345" not in json.dumps(found)


@pytest.mark.parametrize("body", [b"", b"{", b"\xff\xfe", b'{"samples": [}'])
def test_no_json_is_400(client, body):
    """A body that is not JSON has no fields at fault."""
    assert "errors" not in problem(
        client.post("/v1/read", content=body or b" ", headers={"Content-Type": "application/json"}),
        400,
    )


def test_other_content_types_are_415(client):
    """JSON is read only where it says it is JSON; the answer names what is read."""
    answer = client.post("/v1/read", content=b"{}", headers={"Content-Type": "text/plain"})
    assert "application/json" in problem(answer, 415)["detail"]
    assert answer.headers["accept"] == "application/json"


def test_framework_errors(client):
    """404, 405 and any plain-text error become problems and keep headers that matter."""
    problem(client.get("/nowhere"), 404)
    answer = client.get("/v1/read")
    problem(answer, 405)
    assert answer.headers["allow"] == "POST"
    problem(client.get("/text"), 418)


@pytest.mark.parametrize(("how", "status"), [("bug", 500), ("bad", 422), ("missing", 404)])
def test_exceptions(client, how, status):
    """The caller's mistakes are 4xx with our sentence, everything else a bare 500."""
    found = problem(client.get(f"/fail/{how}"), status)
    assert ("error of ours" in found["detail"]) is (status == 500)


def test_bugs_are_logged_without_their_message(client, caplog):
    """The log says which request failed how, and not with which values."""
    client.get("/fail/bug")
    ours = [record for record in caplog.records if record.name == "cd7watch.problems"]
    assert [record.levelname for record in ours] == ["ERROR"]
    assert "ValueError" in ours[0].getMessage() and SECRET not in ours[0].getMessage()


def test_retry_after_passes_through(client):
    """A problem's own headers arrive."""
    assert client.get("/fail/slow").headers["retry-after"] == "7"


def test_good_answers_and_pages_pass(client):
    """Good responses pass unchanged; a page's own error stays a page for a browser."""
    assert client.get("/good").text == "good"
    assert client.post("/v1/read", json={"samples": [{"day": 1}]}).json() == {"fine": True}
    page = client.get("/page", headers={"Accept": "text/html"})
    assert (page.status_code, page.text) == (404, "<p>gone</p>")
    problem(client.get("/page", headers={"Accept": "application/json"}), 404)
