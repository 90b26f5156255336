"""The interface's page says what the document says, and loads nothing from elsewhere."""

import html
import json
import re

from starlette.testclient import TestClient

from serving.openapi.document import document


def page(client: TestClient) -> str:
    """The page as somebody without a token gets it."""
    answer = client.get("/docs", headers={"Authorization": "", "Accept": "text/html"})
    assert answer.status_code == 200
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    return answer.text


def test_every_operation_and_every_field_is_on_it(client: TestClient) -> None:
    """Addresses, methods, statuses, schemas and their fields, all of them."""
    text = html.unescape(page(client))
    for path, item in document()["paths"].items():
        for method, operation in item.items():
            section = text.split(f'id="{operation["operationId"]}"')[1].split("</section>")[0]
            assert f"{method.upper()} {path}" in section
            assert all(f">{status}<" in section for status in operation["responses"])
    for name, schema in document()["components"]["schemas"].items():
        section = text.split(f'id="schema-{name}"')[1].split("</section>")[0]
        assert all(f"<code>{field}</code>" in section for field in schema.get("properties", ()))


def test_examples_are_shown_whole(client: TestClient) -> None:
    """Each example of a body can be copied from the page."""
    found = re.findall("<pre>(.*?)</pre>", page(client), re.S)
    shown = [json.loads(html.unescape(block)) for block in found]
    (example,) = document()["components"]["schemas"]["PatientRequest"]["examples"]
    assert example in shown


def test_it_loads_nothing_from_elsewhere_and_runs_nothing(client: TestClient) -> None:
    """No script, no inline style, every link and source on this service; each anchor exists."""
    text = page(client)
    assert "<script" not in text and "style=" not in text and "<style" not in text
    links = re.findall(r'(?:href|src|action)="([^"]*)"', text)
    assert links and all(link[0] in "/#" and not link.startswith("//") for link in links)
    for anchor in {link[1:] for link in links if link.startswith("#")}:
        assert f'id="{anchor}"' in text, anchor
