"""Access: which role opens which path, and how a browser signs in."""

from collections.abc import Iterator

import pytest
from starlette.testclient import TestClient

from serving.auth import tokens
from serving.auth.access import AccessMiddleware
from serving.auth.credentials import COOKIE
from serving.auth.path_roles import role_for
from serving.service import STATE
from serving.web.rate_limit import FAILURES, Buckets, Rate
from tests.serving.patient_request import patient


@pytest.fixture
def anonymous(client: TestClient) -> Iterator[TestClient]:
    """A client without token or cookies, following no redirect, with all attempts left."""
    headers, follow = client.headers.copy(), client.follow_redirects
    client.headers.pop("Authorization")
    client.cookies.clear()
    client.follow_redirects = False
    _access(client).failures._levels.clear()
    yield client
    client.headers, client.follow_redirects = headers, follow
    client.cookies.clear()
    _access(client).failures._levels.clear()


def _access(client: TestClient) -> AccessMiddleware:
    layer = client.app.middleware_stack
    while not isinstance(layer, AccessMiddleware):
        layer = layer.app
    return layer


def token_with(*roles: str) -> str:
    """A token of exactly these roles."""
    return tokens.add(STATE.engine, "only " + " ".join(roles), roles, renew=True)


PATHS = ["/v1/model", "/v1/patients", "/", "/patients/x", "/metrics", "/fhir/metadata", "/nowhere"]


@pytest.mark.parametrize("path", PATHS)
def test_nothing_opens_without_a_token(anonymous: TestClient, path: str) -> None:
    """401 with a problem and the scheme to use, whether or not the path exists."""
    answer = anonymous.get(path)
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == "Bearer"
    assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("path", ["/healthz", "/livez", "/readyz", "/static/style.css"])
def test_health_and_style_are_open(anonymous: TestClient, path: str) -> None:
    """An orchestrator asks for health without a token, a sign-in page for its style."""
    assert anonymous.get(path).status_code == 200


@pytest.mark.parametrize(
    ("role", "opens"),
    [("service", {"/v1/model"}), ("clinician", {"/"}), ("admin", {"/metrics"})],
)
def test_each_role_opens_its_own_paths(anonymous: TestClient, role: str, opens: set[str]) -> None:
    """A token of one role gets 200 on that role's path and 403 on the others'."""
    headers = {"Authorization": f"Bearer {token_with(role)}"}
    for path in ("/v1/model", "/", "/metrics"):
        expected = 200 if path in opens else 403
        assert anonymous.get(path, headers=headers).status_code == expected, path


def test_every_served_path_asks_for_a_role(client: TestClient) -> None:
    """No route is open by accident: all but health, sign-in, style and description are closed."""
    from serving.web.path_templates import templates

    open_paths = {t.path for t in templates(client.app.routes) if role_for(t.path) is None}
    assert open_paths <= {"/livez", "/healthz", "/readyz", "/sign-in", "/v1/openapi.json", "/docs"}


def test_the_printed_address_becomes_a_cookie(anonymous: TestClient) -> None:
    """The token leaves the address, and the cookie is out of reach of scripts and other sites."""
    answer = anonymous.get(f"/?token={token_with('clinician')}&a=1")
    assert (answer.status_code, answer.headers["location"]) == (303, "/?a=1")
    cookie = answer.headers["set-cookie"].lower()
    assert "httponly" in cookie and "samesite=strict" in cookie
    assert anonymous.get("/").status_code == 200


def test_the_form_signs_in(anonymous: TestClient) -> None:
    """A right token from our own page redirects to the ward; a wrong one shows the form again."""
    origin = {"Origin": "http://testserver", "Accept": "text/html"}
    wrong = anonymous.post("/sign-in", data={"token": "wrong"}, headers=origin)
    assert wrong.status_code == 401 and "<form" in wrong.text
    right = anonymous.post("/sign-in", data={"token": token_with("clinician")}, headers=origin)
    assert (right.status_code, right.headers["location"]) == (303, "/")


@pytest.mark.parametrize("path", ["//evil.example/", "/%5Cevil.example/", "///evil.example"])
def test_a_redirect_stays_here(anonymous: TestClient, path: str) -> None:
    """An address with two slashes or a backslash must not send the browser to another host."""
    answer = anonymous.get(f"http://testserver{path}?token={token_with('clinician')}")
    assert answer.status_code == 303
    assert answer.headers["location"].removeprefix("/")[0] not in "/\\"


@pytest.mark.parametrize(
    ("origin", "status"),
    [("http://testserver", 200), ("http://evil.example", 403), ("null", 403), (None, 403)],
)
def test_a_cookie_changes_nothing_from_elsewhere(
    anonymous: TestClient, origin: str | None, status: int
) -> None:
    """A POST signed in by cookie needs our own Origin."""
    anonymous.cookies.set(COOKIE, token_with("service"))
    headers = {} if origin is None else {"Origin": origin}
    answer = anonymous.post("/v1/predict", json=patient(), headers=headers)
    assert answer.status_code == status


def test_a_bearer_token_needs_no_origin(anonymous: TestClient) -> None:
    """A program sends none; a page elsewhere that has the token is refused all the same."""
    headers = {"Authorization": f"Bearer {token_with('service')}"}
    assert anonymous.post("/v1/predict", json=patient(), headers=headers).status_code == 200
    headers["Origin"] = "http://evil.example"
    assert anonymous.post("/v1/predict", json=patient(), headers=headers).status_code == 403


def test_guessing_is_slowed_down(anonymous: TestClient) -> None:
    """After a burst of wrong tokens the address has to wait, and Retry-After says how long."""
    headers = {"Authorization": "Bearer wrong"}
    answers = [anonymous.get("/v1/model", headers=headers) for _ in range(int(FAILURES.burst) + 1)]
    assert [answer.status_code for answer in answers] == [401] * int(FAILURES.burst) + [429]
    assert int(answers[-1].headers["retry-after"]) >= 1


def test_too_many_requests_of_one_token_wait(
    anonymous: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """429 as a problem with Retry-After; another token goes on, and so does health."""
    monkeypatch.setattr(_access(anonymous), "requests", Buckets(Rate(per_second=0.1, burst=3.0)))
    ward, other = ({"Authorization": f"Bearer {token_with(*r)}"} for r in (["service"], ["admin"]))
    answers = [anonymous.get("/v1/model", headers=ward) for _ in range(4)]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
    assert answers[-1].headers["content-type"] == "application/problem+json"
    assert 1 <= int(answers[-1].headers["retry-after"]) <= 10
    assert "requests" in answers[-1].json()["detail"]
    assert anonymous.get("/metrics", headers=other).status_code == 200
    assert anonymous.get("/livez").status_code == 200


def test_a_browser_gets_a_form_and_not_json(anonymous: TestClient) -> None:
    """Who asks for HTML without a token gets the sign-in page."""
    answer = anonymous.get("/", headers={"Accept": "text/html"})
    assert answer.status_code == 401 and 'action="/sign-in"' in answer.text


def test_every_answer_carries_the_headers(anonymous: TestClient) -> None:
    """A good answer, an error and a redirect are all unframed, uncached and without scripts."""
    for path in ("/livez", "/v1/model", f"/?token={token_with('clinician')}"):
        headers = anonymous.get(path).headers
        policy = headers["content-security-policy"]
        assert "default-src 'none'" in policy and "unsafe" not in policy
        assert headers["x-content-type-options"] == "nosniff" and "server" not in headers
        assert headers["cache-control"] == "no-store" and headers["x-frame-options"] == "DENY"
