"""What the record keeps of an answer that was shown from stored samples."""

from typing import Any

from serving.assessment.answer import Answer


def recorded(answer: Answer) -> dict[str, Any]:
    """Which sample was shown, with which risks, by which versions; the sample itself is stored."""
    endpoints = answer["endpoints"].values()
    return {
        "request_id": answer["request_id"],
        "sample_id": answer["sample"]["sample_id"],
        "versions": {e["endpoint"]: e["model"]["version"] for e in endpoints if e["model"]},
        "risks": {
            e["endpoint"]: {str(h["horizon"]): h["risk"] for h in e["horizons"]} for e in endpoints
        },
    }
