"""A new protocol.json: the standard one, dated today, never over an existing file."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from features.errors import InputError
from training.cohort.protocol import Protocol, read_protocol
from training.cohort.protocol_file import write_protocol


def test_the_file_is_the_standard_protocol_of_today(tmp_path: Path) -> None:
    """It reads back as what was returned; only the date differs from the default."""
    before = datetime.now(UTC).date().isoformat()
    protocol = write_protocol(tmp_path / "p.json")
    assert read_protocol(tmp_path / "p.json") == protocol
    assert before <= protocol.date <= datetime.now(UTC).date().isoformat()
    assert replace(protocol, date="") == Protocol()


def test_an_existing_file_stays(tmp_path: Path) -> None:
    """Whatever it holds; a folder that is absent has its own sentence."""
    (tmp_path / "p.json").write_text("mine")
    with pytest.raises(InputError, match=r"p\.json exists; name another file"):
        write_protocol(tmp_path / "p.json")
    assert (tmp_path / "p.json").read_text() == "mine"
    with pytest.raises(InputError, match=r"cannot be written .*No such file"):
        write_protocol(tmp_path / "absent" / "p.json")
