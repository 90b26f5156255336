"""HTTP requests made by hand, for tests that call a route handler directly."""

import json
from typing import Any

from starlette.requests import Request
from starlette.types import Message


def http_request(
    method: str = "GET",
    *,
    body: object = None,
    query: str = "",
    headers: dict[str, str] | None = None,
    **path_params: str,
) -> Request:
    """A request as a handler receives it: JSON body, query, headers, and parts of the path."""
    content = b"" if body is None else json.dumps(body).encode()
    scope: dict[str, Any] = {
        "type": "http",
        "method": method,
        "scheme": "http",
        "server": ("127.0.0.1", 3000),
        "path": "/",
        "path_params": path_params,
        "query_string": query.encode(),
        "headers": [(n.lower().encode(), v.encode()) for n, v in (headers or {}).items()],
        "state": {"request_id": "r1"},
    }

    async def receive() -> Message:
        return {"type": "http.request", "body": content, "more_body": False}

    return Request(scope, receive)
