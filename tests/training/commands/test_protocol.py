"""`cd7watch training protocol`: a new file, its hash and date; never over another."""

from pathlib import Path

from click.testing import CliRunner

from training.__main__ import main
from training.cohort.protocol import read_protocol


def test_it_writes_the_file_and_prints_its_hash(tmp_path: Path) -> None:
    """The printed digits and date are those of the file that is read back."""
    path = tmp_path / "protocol.json"
    result = CliRunner().invoke(main, ["protocol", str(path)])
    assert result.exit_code == 0, result.output
    protocol = read_protocol(path)
    assert f"Protocol {protocol.sha256[:8]}, dated {protocol.date}. It is in {path}." in (
        result.stdout
    )


def test_an_existing_file_is_not_overwritten(tmp_path: Path) -> None:
    """One sentence and exit code 2; the file stays as it was."""
    path = tmp_path / "protocol.json"
    path.write_text("{}")
    result = CliRunner().invoke(main, ["protocol", str(path)])
    assert result.exit_code == 2 and "A protocol is written once" in result.output
    assert path.read_text() == "{}"
