"""One address, several methods."""

from starlette.testclient import TestClient


def test_405_names_every_allowed_method(client: TestClient) -> None:
    """405 names both methods of an address that has two handlers."""
    for path in ("/v1/patients", "/v1/patients/x/acknowledgements"):
        answer = client.delete(path)
        assert answer.status_code == 405
        assert {"GET", "POST"} <= set(answer.headers["allow"].replace(" ", "").split(","))


def test_head_is_get_without_a_body(client: TestClient) -> None:
    """As Starlette's own routes have it."""
    answer = client.head("/v1/patients")
    assert answer.status_code == 200 and answer.content == b""
