"""Atomic writes of files and folders."""

from pathlib import Path

import pytest

from features.atomic_write import replacing


def test_failure_leaves_the_old_file_and_no_trace(tmp_path: Path) -> None:
    """A writer that fails half-way changes nothing."""
    target = tmp_path / "table.csv"
    target.write_text("old")
    with pytest.raises(RuntimeError, match="half-way"), replacing(target) as draft:
        draft.write_text("new, half")
        raise RuntimeError("half-way")
    assert target.read_text() == "old"
    assert [path.name for path in tmp_path.iterdir()] == ["table.csv"]


def test_a_folder_is_replaced_completely(tmp_path: Path) -> None:
    """Files of the previous folder do not survive in the new one."""
    target = tmp_path / "model"
    for content in ("first", "second"):
        with replacing(target) as draft:
            draft.mkdir()
            (draft / content).write_text(content)
    assert [path.name for path in target.iterdir()] == ["second"]
    assert [path.name for path in tmp_path.iterdir()] == ["model"]
