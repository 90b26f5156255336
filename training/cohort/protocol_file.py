"""New protocol.json: the standard protocol with today's date, never over an existing file."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from features.errors import InputError
from training.cohort.protocol import Protocol


def write_protocol(path: Path) -> Protocol:
    """Write the standard protocol, dated today (UTC), and return it.

    Raises InputError where something exists at the path, or its folder cannot be written to.
    """
    protocol = replace(Protocol(), date=datetime.now(UTC).date().isoformat())
    text = json.dumps(protocol.as_dict(), indent=2) + "\n"
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError:
        raise InputError(
            f"A protocol is written once, but {path} exists; name another file, or edit that one."
        ) from None
    except OSError as error:
        raise InputError(
            f"The protocol cannot be written to {path} ({error.strerror}); name a file in an "
            "existing folder that you may write to."
        ) from None
    return protocol
