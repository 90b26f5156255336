"""Paths as log and metrics see them."""

from starlette.testclient import TestClient


def test_metrics_know_templates_only(client: TestClient) -> None:
    """Neither a patient's key nor an invented path becomes a time series."""
    client.get("/v1/patients/secret-key-1")
    client.get("/invented/Jane-Doe")
    metrics = client.get("/metrics").text
    assert 'endpoint="/v1/patients/{key}"' in metrics and 'endpoint="/(other)"' in metrics
    assert "secret-key-1" not in metrics and "Jane-Doe" not in metrics
