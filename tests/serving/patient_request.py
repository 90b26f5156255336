"""Request bodies for the tests of the service."""

from typing import Any

from serving.requests_responses.row_json import to_json
from tests.serving.fitted import two_samples


def patient(**features: Any) -> dict[str, Any]:
    """One patient's two samples as a request; `features` change the current one."""
    samples = [to_json(row) for row in two_samples()]
    without_nulls = [{name: v for name, v in sample.items() if v is not None} for sample in samples]
    without_nulls[-1] |= features
    return {"samples": without_nulls}
