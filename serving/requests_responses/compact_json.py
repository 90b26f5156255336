"""Compact JSON of answers and audit entries, without NaN."""

import json

from pydantic_core import PydanticSerializationError, to_json

_NOT_JSON = (b"NaN", b"Infinity")


def compact(value: object) -> bytes:
    """The value as JSON without spaces, numbers to the last bit.

    Pydantic's writer takes a tenth of the time of `json.dumps` on an explained answer. It would
    write NaN as it stands, so a text that may hold one is written by `json` instead, which
    refuses. Raises ValueError for NaN or infinity, which JSON does not know.

    >>> compact({"day": 28, "plt": None, "name": "NaN"})
    b'{"day":28,"plt":null,"name":"NaN"}'
    """
    try:
        text = to_json(value)
    except PydanticSerializationError:  # half a surrogate pair, which only escapes can carry
        return _slowly(value)
    return _slowly(value) if any(word in text for word in _NOT_JSON) else text


def _slowly(value: object) -> bytes:
    return json.dumps(value, allow_nan=False, separators=(",", ":")).encode()
