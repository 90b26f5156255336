"""The path of a sample's counts: a file, a folder, or a folder and the beginning of file names."""

from pathlib import Path


def count_files(path: Path) -> list[Path]:
    """The files that a path of counts names; none when there are none.

    A path that does not exist may be a folder and a prefix, as scanpy's `prefix` has it:
    `GSE1/GSM1_P1_` names GSM1_P1_matrix.mtx and what belongs to it.
    """
    if path.is_dir():
        return sorted(file for file in path.rglob("*") if file.is_file())
    if path.exists():
        return [path]
    if not path.parent.is_dir() or not path.name:
        return []
    return sorted(file for file in path.parent.iterdir() if file.name.startswith(path.name))
