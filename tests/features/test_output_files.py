"""Outputs never replace an input, a folder or each other."""

from pathlib import Path

import pytest

from features.errors import InputError
from features.output_files import make_folder, prepare_outputs


def test_folders_are_made(tmp_path: Path) -> None:
    """Of every output, whichever folder it has."""
    prepare_outputs({"table": tmp_path / "a/x.parquet", "report": tmp_path / "b/c/x.html"}, [])
    assert (tmp_path / "a").is_dir()
    assert (tmp_path / "b/c").is_dir()


def test_an_input_is_not_replaced(tmp_path: Path) -> None:
    """However its path is spelled, links included."""
    (tmp_path / "x.h5").touch()
    (tmp_path / "link.h5").symlink_to("x.h5")
    for name in ("x.h5", "link.h5"):
        with pytest.raises(InputError, match=r"The table would replace .*, which is an input"):
            prepare_outputs({"table": tmp_path / name}, [tmp_path / "x.h5"])


def test_two_outputs_are_two_files(tmp_path: Path) -> None:
    """A table named .html would be lost under its own report."""
    path = tmp_path / "x.html"
    with pytest.raises(InputError, match=r"The report and the table must be two files"):
        prepare_outputs({"table": path, "report": path}, [])


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    """Nor is a file a folder."""
    with pytest.raises(InputError, match=r"The report is a file, but .* is a folder"):
        prepare_outputs({"report": tmp_path}, [])
    (tmp_path / "f").touch()
    for folder in (tmp_path / "f", tmp_path / "f" / "g"):
        with pytest.raises(InputError, match=r"is a file or lies below one: name another"):
            make_folder(folder)
