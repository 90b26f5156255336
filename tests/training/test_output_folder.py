"""Folders that a command may write to: new, empty, or its own earlier output."""

from pathlib import Path

import pytest

from features.errors import InputError
from training.output_folder import require_own_folder


def test_a_new_folder_and_an_earlier_output_pass(tmp_path: Path) -> None:
    """Nothing there, an empty folder, and a folder with known parts alone."""
    require_own_folder(tmp_path / "new", {"index.html"}, "report")
    require_own_folder(tmp_path, {"index.html"}, "report")
    (tmp_path / "index.html").touch()
    require_own_folder(tmp_path, {"index.html", "tables"}, "report")


def test_other_files_are_refused(tmp_path: Path) -> None:
    """A file, and a folder with one further file, are refused in one sentence."""
    (tmp_path / "notes.txt").touch()
    with pytest.raises(InputError, match=r"notes.txt is a file; name another\.$"):
        require_own_folder(tmp_path / "notes.txt", {"index.html"}, "report")
    with pytest.raises(InputError, match=r"an earlier report, but .* holds other files"):
        require_own_folder(tmp_path, {"index.html"}, "report")
