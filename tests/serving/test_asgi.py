"""The removed parts of BentoML stay removed, in whatever version is installed."""

from bentoml._internal.server.http.traffic import TimeoutMiddleware
from starlette.testclient import TestClient

from serving.web.deadline import DeadlineMiddleware

BENTOML_PAGES = ["/schema.json", "/docs.json", "/static_content/index.css", "/assets/x"]


def layers(client: TestClient) -> list[str]:
    """Names of the application's middlewares, outermost first."""
    names, layer = [], client.app.middleware_stack
    while hasattr(layer, "app"):
        names.append(type(layer).__name__)
        layer = layer.app
    return names


def test_our_deadline_takes_the_place_of_bentomls(client: TestClient) -> None:
    """BentoML's timeout and tracing are gone, ours is there once, inside the access check."""
    names = layers(client)
    assert TimeoutMiddleware.__name__ not in names
    assert "OpenTelemetryMiddleware" not in names
    assert names.count(DeadlineMiddleware.__name__) == 1
    order = ["HeadersMiddleware", "RunnerTrafficMetricsMiddleware", "AccessLogMiddleware"]
    order += ["ProblemMiddleware", "AccessMiddleware", "DeadlineMiddleware", "BodyLimitMiddleware"]
    assert [name for name in names if name in order] == order


def test_bentomls_own_pages_are_not_served(client: TestClient) -> None:
    """Its index loads scripts from elsewhere and its document omits mounted routes."""
    for path in BENTOML_PAGES:
        assert client.get(path).status_code == 404, path


def test_errors_of_all_routes_are_problems(client: TestClient) -> None:
    """404, 405 and 415 of BentoML's routes and of mounted ones, with the address's methods."""
    answers = [
        (client.get("/v1/nothing"), 404),
        (client.get("/v1/predict"), 405),
        (client.delete("/v1/patients"), 405),
        (client.post("/v1/predict", content=b"a", headers={"Content-Type": "text/plain"}), 415),
        (
            client.post("/v1/predict", content=b"{", headers={"Content-Type": "application/json"}),
            400,
        ),
        (client.post("/v1/predict", json={"samples": []}), 422),
        (client.get("/v1/patients/none"), 404),
        (client.get("/v1/patients?limit=0"), 422),
        (client.get("/v1/jobs/none"), 404),
    ]
    for answer, status in answers:
        assert answer.status_code == status, answer.request.url
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.json()["status"] == status and answer.json()["request_id"]
