"""Audit body of a ward list that was shown: whose lines, by which models, and a seal on the risks.

One view shows up to fifty patients, so its entry has no single subject that an erasure could find.
Hence it holds no risk: the risks follow again from the stored samples and the versions, and the
seal tells whether they are the ones that were shown.
"""

import hashlib
import hmac
from collections.abc import Mapping, Sequence
from typing import Any

from serving.assessment.assess import ServedModel
from serving.pages.ward_line import WardLine
from serving.requests_responses.compact_json import compact


def ward_record(
    lines: Sequence[WardLine], models: Mapping[str, ServedModel], key: bytes
) -> dict[str, Any]:
    """Versions, the patients' keys (sorted, so that their rank is not disclosed), and the seal."""
    return {
        "versions": {name: served_model.version for name, served_model in models.items()},
        "patients": sorted(line.key for line in lines),
        "seal": seal(lines, key),
    }


def seal(lines: Sequence[WardLine], key: bytes) -> str:
    """HMAC-SHA256 of every shown risk under the audit log's key, whatever the order of the lines.

    Keyed, because a plain digest of one patient's line could be matched by trying risks.
    """
    risks = {line.key: _risks(line) for line in sorted(lines, key=lambda line: line.key)}
    return hmac.new(key, b"ward:" + compact(risks), hashlib.sha256).hexdigest()


def _risks(line: WardLine) -> dict[str, float | None]:
    return {name: h["risk"] if h else None for name, h in sorted(line.horizons.items())}
