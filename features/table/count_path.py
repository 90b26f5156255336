"""The path of a sample's counts: a file, a folder, or a folder and the beginning of file names."""

from pathlib import Path

# A count table has a column for each of 200 good cells or more, or for each gene; a sheet of
# samples has some dozens.
MIN_COUNT_COLUMNS = 200
HEADER_BYTES = 1 << 16


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


def is_count_table(path: Path) -> bool:
    """Whether a text file is a table of counts and no sheet of samples: by its columns' number."""
    with path.open("rb") as file:
        lines = file.read(HEADER_BYTES).splitlines()
    header = next((line for line in lines if line.strip() and not line.startswith(b"#")), b"")
    return max(header.count(delimiter) for delimiter in (b",", b";", b"\t")) >= MIN_COUNT_COLUMNS
