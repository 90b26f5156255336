"""BentoML's routes call its methods directly and answer as they would through BentoML."""

from starlette.routing import Route
from starlette.testclient import TestClient

from serving.service import RiskService
from serving.web.bentoml_adapter import ApiEndpoint, direct_route
from tests.serving.patient_request import patient


def test_each_method_is_reached_directly(client: TestClient) -> None:
    """Every method that BentoML declares has one route, ours, for POST alone."""
    routes = [route for route in client.app.routes if isinstance(route, Route)]
    found = {route.path: route for route in routes if isinstance(route.endpoint, ApiEndpoint)}
    assert set(found) == {method.route for method in RiskService.apis.values()}
    assert all(route.methods == {"POST"} for route in found.values())


def test_other_routes_stay_as_they_are() -> None:
    """Health and metrics are BentoML's own."""
    route = Route("/livez", lambda request: None, name="livez")
    assert direct_route(route, RiskService.apis) is route


def test_a_method_answers_its_request(client: TestClient) -> None:
    """The body reaches the method, and its response the caller, with the request's id."""
    answer = client.post("/v1/predict", json=patient())
    assert answer.status_code == 200 and len(answer.json()["request_id"]) == 36
    refused = client.post("/v1/predict", json={"samples": [{"day": "28"}]})
    assert refused.status_code == 422 and "x-bentoml-request-id" not in refused.headers
