"""What the record keeps of a ward list that was shown: of whom it told, and a seal on the risks.

One view tells of up to fifty patients, so its entry has no subject that an erasure could find.
Hence it holds no risk: those follow again from the stored samples and the versions, and the seal
tells whether they are the ones that were shown.
"""

import hashlib
import hmac
from collections.abc import Mapping, Sequence
from typing import Any

from serving.assessment.served_model import ServedModel
from serving.pages.ward import Line
from serving.requests_responses.compact_json import compact


def ward_record(
    lines: Sequence[Line], models: Mapping[str, ServedModel], key: bytes
) -> dict[str, Any]:
    """The entry's body: versions, the patients' keys in no telling order, and the seal."""
    return {
        "versions": {name: served.version for name, served in models.items()},
        "patients": sorted(line.key for line in lines),
        "seal": seal(lines, key),
    }


def seal(lines: Sequence[Line], key: bytes) -> str:
    """HMAC-SHA256 of every shown risk under the record's key, whatever the order of the lines.

    Keyed, because a plain digest of one patient's line could be matched by trying risks.
    """
    risks = {line.key: _risks(line) for line in sorted(lines, key=lambda line: line.key)}
    return hmac.new(key, b"ward:" + compact(risks), hashlib.sha256).hexdigest()


def _risks(line: Line) -> dict[str, float | None]:
    return {name: h["risk"] if h else None for name, h in sorted(line.horizons.items())}
