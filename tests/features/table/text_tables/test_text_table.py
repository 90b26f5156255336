"""Text tables: headers, unknown columns, empty and comment lines."""

from pathlib import Path

import pytest

from features.errors import InputError
from features.schema import ALL_FEATURES
from features.table.text_tables.findings import Findings
from features.table.text_tables.text_table import TableColumns, TextTable, read_text_table

COLUMNS = TableColumns(["sample_id", "day"], ["note"], [ALL_FEATURES["crp"]])


def read(folder: Path, content: str, columns: TableColumns = COLUMNS) -> tuple[TextTable, Findings]:
    """The table in a file of this content, and what was noticed."""
    path, findings = folder / "t.csv", Findings("t.csv")
    path.write_text(content, encoding="utf-8")
    return read_text_table(path, "Samples", columns, findings), findings


@pytest.mark.parametrize(
    ("content", "lines"),
    [
        ("sample_id,day\nS1,1\nS2,2\n", [2, 3]),
        ("SAMPLE ID, Day \nS1,1\nS2,2", [2, 3]),
        ("# made in May\nsample_id,day\nS1,1\nS2,2\n", [3, 4]),
        ("Samples of the trial,,\n,,\nsample_id,day,\nS1,1,\nS2,2,\n", [4, 5]),
        ("sample_id,day,,,\nS1,1,,,\nS2,2,,,\n,,,,\n,,,,\n", [2, 3]),
        ("#sample_id,day\nS1,1\n# S9,9\nS2,2\n\n\n", [2, 4]),
        ('"sample_id","day"\n"S1","1"\n"S2","2"\n', [2, 3]),
        ("sample_id day\n".replace(" ", "\t") + "1\tS1\t1\n2\tS2\t2\n", [2, 3]),
    ],
)
def test_one_table_in_many_shapes(tmp_path: Path, content: str, lines: list[int]) -> None:
    """Comments, titles, empty lines and columns, quotes, and row numbers of R are no data."""
    table, findings = read(tmp_path, content)
    assert not findings.faults
    assert table.column("sample_id") == ["S1", "S2"]
    assert table.column("day") == ["1", "2"]
    assert table.lines == lines


def test_identifiers_may_start_with_a_hash(tmp_path: Path) -> None:
    """Where every line does, they are no comments."""
    assert read(tmp_path, "sample_id,day\n#1,1\n#2,2\n")[0].column("sample_id") == ["#1", "#2"]


def test_unknown_columns_are_named_and_ignored(tmp_path: Path) -> None:
    """With what a near miss may mean, the units of a feature, and columns without a heading."""
    _, findings = read(tmp_path, ",sample_id,day,mood,nota,CRP (pg/mL)\n1,S1,1,x,y,2\n")
    assert not findings.faults
    assert [note for _, note in findings.notes] == [
        "unknown column 'mood' is ignored",
        "unknown column 'nota' is ignored; note may be meant",
        "unknown column 'CRP (pg/mL)' is ignored; crp is read as crp_mg_dl, crp_mg_l, "
        "crp_mg_per_l, crp_mg_per_dl, crp_ug_ml",
        "column 1 has no heading and is ignored",
    ]


def test_a_missing_column_suggests_the_one_that_is_there(tmp_path: Path) -> None:
    """A misspelt heading is named beside what it may mean."""
    _, findings = read(tmp_path, "sampleid_,dayy\nS1,1\n")
    ((line, fault),) = findings.faults
    assert line == 1
    assert fault.endswith("day is missing: rename day ('dayy' may be it)")


def test_a_column_is_there_once(tmp_path: Path) -> None:
    """Also in two units; a date beside the days is ignored with a note."""
    _, findings = read(tmp_path, "sample_id,day,crp,crp_mg_l,date\nS1,1,1,1,2024-01-01\n")
    assert [fault for _, fault in findings.faults] == [
        "a column may be there once, but crp is there twice; keep one"
    ]
    assert findings.notes == [(1, "column 'date' is ignored, because day is there")]


def test_a_decimal_comma_without_quotes_is_a_fault(tmp_path: Path) -> None:
    """It makes one cell too many, even where the header ends with empty cells."""
    _, findings = read(tmp_path, "sample_id,day,crp,\nS1,1,1,5\nS2,1,2,\n")
    assert [line for line, _ in findings.faults] == [2]
    assert "more cells than the header" in findings.faults[0][1]


@pytest.mark.parametrize(
    ("start", "reason"),
    [
        (b"PAR1", "a Parquet file"),
        (b"\x89HDF\r\n", "an HDF5 file"),
        (b"\x1f\x8b", "unpack it first"),
        (b"\xd0\xcf\x11\xe0", "an old Excel file"),
        (b"%PDF-1.4", "a PDF"),
    ],
)
def test_files_of_other_kinds_are_named(tmp_path: Path, start: bytes, reason: str) -> None:
    """The reason says what the file is."""
    (tmp_path / "t.csv").write_bytes(start)
    with pytest.raises(InputError, match=f"Samples are read from a table.*{reason}"):
        read_text_table(tmp_path / "t.csv", "Samples", COLUMNS, Findings("t"))


def test_an_absent_or_empty_file_is_refused(tmp_path: Path) -> None:
    """No file, a folder, and nothing in it."""
    for name, reason in (("none.csv", "does not exist"), (".", r"cannot be read \(Is a directory")):
        with pytest.raises(InputError, match=reason):
            read_text_table(tmp_path / name, "Samples", COLUMNS, Findings("t"))
    _, findings = read(tmp_path, "\n\n")
    assert "needs a header with the columns sample_id, day" in findings.faults[0][1]
