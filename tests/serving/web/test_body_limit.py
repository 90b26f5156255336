"""The largest body of each address."""

import pytest
from starlette.testclient import TestClient

from serving.web import body_limit
from serving.web.body_limit import BATCH_BODY, BODY


@pytest.mark.parametrize(
    ("path", "limit"), [("/v1/predict", BODY), ("/v1/predict_batch", BATCH_BODY)]
)
def test_too_large_a_body_is_413(client: TestClient, path: str, limit: int) -> None:
    """One byte over the path's limit is refused, announced or not."""
    headers = {"Content-Type": "application/json"}
    announced = client.post(path, content=b" " * (limit + 1), headers=headers)
    chunked = client.post(path, content=iter([b" " * limit, b" "]), headers=headers)
    for answer in (announced, chunked):
        assert answer.status_code == 413
        assert answer.headers["content-type"] == "application/problem+json"
        assert f"{limit // 2**20} MB" in answer.json()["detail"]


def test_a_body_at_the_limit_is_read(client: TestClient) -> None:
    """Exactly the limit passes the door and is judged by its content."""
    body = b" " * (BODY - 2) + b"{}"
    answer = client.post("/v1/predict", content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code == 422


def test_a_form_of_unknown_length_is_counted_too(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A multipart upload that announces no length ends at the limit, before the disk is full."""
    monkeypatch.setattr(body_limit, "UPLOAD_BODY", 1000)
    start = b'--b\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\n'
    headers = {"Content-Type": "multipart/form-data; boundary=b"}
    parts = iter([start, *[b"x" * 600] * 2, b"\r\n--b--\r\n"])
    answer = client.post("/v1/summarise", content=parts, headers=headers)
    assert answer.status_code == 413
    assert answer.headers["content-type"] == "application/problem+json"
