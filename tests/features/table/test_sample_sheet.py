"""The sample sheet: kinds of tables that people have, and one sentence for every error."""

import math
from dataclasses import replace
from pathlib import Path

import openpyxl
import pytest

from features.errors import InputError
from features.schema import Category, Feature
from features.table.sample_sheet import SheetRow, read_sheet, sheet_row

CMV = Feature("cmv", "CMV", "CMV DNA", "IU/mL", 0.0, 1e6, "covariate")
TREATED = Feature("treated", "Treated", "treated", "0 or 1", 0.0, 1.0, "covariate")
BRIDGING = Category("bridging", "therapy before infusion", ("none", "steroids"), "Bridging")
HEADER = "sample_id,patient_id,day,path"


def touch_files(folder: Path) -> None:
    """The count files that sheets name."""
    for name in ("a.h5", "b.h5", "c.h5"):
        (folder / name).touch()


def sheet(folder: Path, *lines: str, header: str = HEADER) -> Path:
    """A sheet beside its count files."""
    touch_files(folder)
    path = folder / "samples.csv"
    path.write_text("\n".join([header, *lines]) + "\n", encoding="utf-8-sig")
    return path


def test_a_sheet_is_read_with_paths_relative_to_it(tmp_path: Path) -> None:
    """Texts, numbers and flags land under their names; empty cells are missing."""
    path = sheet(tmp_path, "S1,P1,-5,a.h5,PB,1.5,,true", header=f"{HEADER},tissue,anc,crp,steroids")
    (row,) = read_sheet(path)
    assert (row.sample_id, row.patient_id, row.day) == ("S1", "P1", -5)
    assert row.path == tmp_path / "a.h5"
    assert row.texts["tissue"] == "PB"
    assert row.texts["site"] is None
    assert row.numbers["anc"] == 1.5
    assert row.numbers["steroids"] == 1.0
    assert math.isnan(row.numbers["crp"])


@pytest.mark.parametrize(
    ("header", "line", "sentence"),
    [
        ("sample_id,patient_id,path", "S1,P1,a.h5", "day is missing; add it"),
        (f"{HEADER},anc,anc", "S1,P1,1,a.h5,1,1", "anc is there twice; keep one"),
        (HEADER, "S1,P1,NaN,a.h5", "line 2: day must be given, but it is empty"),
        (HEADER, "S1,P1,2.5,a.h5", "line 2: day must be a whole number"),
        (HEADER, "S1,P1,20240131,a.h5", "line 2: day is a date, but infusion_date"),
        (HEADER, "S1,,1,a.h5", "patient_id must be given"),
        (HEADER, "S1,P1,1,gone.h5", "gone.h5 is not in the sheet's folder"),
        (HEADER, "S1,P1,1,a.h5,extra", "more cells than the header"),
        (f"{HEADER},tissue", "S1,P1,1,a.h5,blood", "tissue must be one of PB, BM"),
        (f"{HEADER},virus_genes", "S1,P1,1,a.h5,rsv=F", "line 2: virus_genes must name rows of"),
        (f"{HEADER},donor_sex", "S1,P1,1,a.h5,x", "donor_sex must be one of female, male"),
        (f"{HEADER},anc", "S1,P1,1,a.h5,lots", "anc must be a number between 0 and 100"),
        (f"{HEADER},anc", "S1,P1,1,a.h5,inf", "anc must be a number between 0 and 100"),
        (f"{HEADER},anc", "S1,P1,1,a.h5,-1", "anc must be a number between 0 and 100"),
    ],
)
def test_a_wrong_sheet_gets_one_sentence(
    tmp_path: Path, header: str, line: str, sentence: str
) -> None:
    """Each mistake is named with its rule."""
    with pytest.raises(InputError, match=sentence):
        read_sheet(sheet(tmp_path, line, header=header))


def test_a_path_may_have_backslashes(tmp_path: Path) -> None:
    """A sheet that was written on Windows names folders so."""
    (tmp_path / "counts").mkdir()
    (tmp_path / "counts" / "b.h5").touch()
    (row,) = read_sheet(sheet(tmp_path, "S1,P1,1,counts\\b.h5"))
    assert row.path == tmp_path / "counts" / "b.h5"


def test_a_sample_id_is_unique(tmp_path: Path) -> None:
    """Two lines of one sample_id are refused by name."""
    with pytest.raises(InputError, match="S1 is repeated"):
        read_sheet(sheet(tmp_path, "S1,P1,1,a.h5", "S1,P2,2,b.h5"))


def test_an_empty_absent_or_binary_sheet_is_refused(tmp_path: Path) -> None:
    """A sheet without samples, without a file, or that is no text."""
    with pytest.raises(InputError, match="holds none"):
        read_sheet(sheet(tmp_path))
    with pytest.raises(InputError, match="does not exist"):
        read_sheet(tmp_path / "none.csv")
    (tmp_path / "binary.csv").write_bytes(b"\x89HDF\r\n\xff\xfe")
    with pytest.raises(InputError, match=r"binary\.csv is an HDF5 file"):
        read_sheet(tmp_path / "binary.csv")


def test_no_value_of_a_patient_reaches_a_message(tmp_path: Path) -> None:
    """The message does not repeat the cell's content."""
    with pytest.raises(InputError) as error_info:
        read_sheet(sheet(tmp_path, "S1,P1,1,a.h5,77123", header=f"{HEADER},hb"))
    assert "77123" not in str(error_info.value)


def test_an_upload_is_checked_like_a_sheet() -> None:
    """The same rules hold for a single sample; without a day it has none."""
    assert sheet_row("x.h5").day is None
    assert sheet_row("x.h5", day=28, steroids=True).numbers["steroids"] == 1.0
    with pytest.raises(InputError, match="tissue must be one of"):
        sheet_row("x.h5", tissue="skin")
    with pytest.raises(InputError, match="monocytes came"):
        sheet_row("x.h5", monocytes=0.1)


# Two samples as the schema has them, and kinds of tables that must give the same two rows.
COLUMNS = ("sample_id", "patient_id", "day", "path", "tissue", "crp", "anc", "gcsf")
S1 = ("S1", "007", "28", "a.h5", "PB", "1.2", "0.4", "1")
S2 = ("S2", "007", "-5", "b.h5", "BM", "", "1.5", "0")


def written(delimiter: str = ",", *, decimal: str = ".", end: str = "\n") -> str:
    """The two samples as delimited text."""
    numbers = [(*row[:5], *(cell.replace(".", decimal) for cell in row[5:])) for row in (S1, S2)]
    quoted = [[f'"{c}"' if delimiter in c else c for c in row] for row in (COLUMNS, *numbers)]
    return "".join(delimiter.join(row) + end for row in quoted)


def lines(header: str, *rows: str) -> str:
    """A table of comma-separated lines."""
    return "\n".join([header, *rows]) + "\n"


USUAL = ",".join(COLUMNS)
KINDS: dict[str, bytes] = {
    "comma": written().encode(),
    "semicolon": written(";").encode(),
    "semicolon, decimal comma": written(";", decimal=",").encode(),
    "tab": written("\t").encode(),
    "tab, decimal comma": written("\t", decimal=",").encode(),
    "comma, decimal comma in quotes": written(decimal=",").encode(),
    "utf-16": written("\t").encode("utf-16"),
    "cp1252": written().encode("cp1252"),
    "byte order mark": written().encode("utf-8-sig"),
    "CR": written(end="\r").encode(),
    "CRLF": written(end="\r\n").encode(),
    "sep= line": b"sep=;\n" + written(";").encode(),
    "comment line": b"# exported in May\n" + written().encode() + b"# end\n",
    "trailing empties": (written(end=",,\n") + ",,,,,,,,,\n\n \n").encode(),
    "quoted": lines(*('"' + '","'.join(row) + '"' for row in (COLUMNS, S1, S2))).encode(),
    "upper case": written().replace(USUAL, USUAL.upper()).encode(),
    "spaces": written().replace(USUAL, USUAL.replace("_", " ").title()).encode(),
    "extra columns": lines(
        f"{USUAL},mood,", f"{','.join(S1)},good,", f"{','.join(S2)},,"
    ).encode(),
    "days in words": written().replace("28", "Day 28").replace(",-5,", ",D-5,").encode(),
    "days with signs": written().replace("28", "+28").replace(",-5,", ",\u22125,").encode(),
    "days as decimals": written(";").replace("28", "28,0").replace(";-5;", ";-5.0;").encode(),
    "dates": lines(
        f"{USUAL},infusion_date", f"{','.join(S1)},2024-01-03".replace("28", "31.1.2024"),
        f"{','.join(S2)},2024-01-03".replace("-5", "2023-12-29"),
    ).encode(),
    "missing in words": written().replace("BM,,", "BM,n.d.,").encode(),
    "units": lines(
        "sample_id,patient_id,day,path,tissue,CRP (mg/L),anc_per_ul,gcsf",
        "S1,007,28,a.h5,PB,12,400,yes", "S2,007,-5,b.h5,BM,NA,1500,no",
    ).encode(),
}  # fmt: skip


def expected(folder: Path) -> list[SheetRow]:
    """The two rows as every kind must give them, on the columns that KINDS have."""
    context = {"tissue": "PB", "crp": 1.2, "anc": 0.4, "gcsf": 1}
    first = sheet_row(folder / "a.h5", day=28, sample_id="S1", patient_id="007", **context)
    context = {"tissue": "BM", "anc": 1.5, "gcsf": 0}
    second = sheet_row(folder / "b.h5", day=-5, sample_id="S2", patient_id="007", **context)
    return [first, second]


def same(rows: list[SheetRow], others: list[SheetRow]) -> bool:
    """Equal to the bit, NaN included."""
    return [repr(row) for row in rows] == [repr(other) for other in others]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", ["samples.csv", "SAMPLES.CSV", "samples.tsv"])
def test_every_kind_of_table_gives_the_same_rows(tmp_path: Path, kind: str, name: str) -> None:
    """Delimiter, encoding, line ends, decimals, days, units and empties are found by content."""
    touch_files(tmp_path)
    (tmp_path / name).write_bytes(KINDS[kind])
    notes: list[str] = []
    assert same(read_sheet(tmp_path / name, tell=notes.append), expected(tmp_path))
    assert len(notes) == (kind == "extra columns")


def test_a_workbook_gives_the_same_rows(tmp_path: Path) -> None:
    """Numbers as numbers, the identifier as text."""
    touch_files(tmp_path)
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(COLUMNS)
    sheet.append(["S1", "007", 28, "a.h5", "PB", 1.2, 0.4, True])
    sheet.append(["S2", "007", -5.0, "b.h5", "BM", None, 1.5, False])
    book.save(tmp_path / "samples.xlsx")
    assert same(read_sheet(tmp_path / "samples.xlsx"), expected(tmp_path))


REFUSED = {
    "baseline": (HEADER, "S1,P1,baseline,a.h5", "count from the infusion (day 0)"),
    "serial number": (HEADER, "S1,P1,45322,a.h5", "as Excel stores it"),
    "months": (HEADER, "S1,P1,3 months,a.h5", "day is in months"),
    "thousands": (f"{HEADER},anc", 'S1,P1,1,a.h5,"1,500"', "may be 1.5 or 1500"),
    "another unit": (f"{HEADER},anc", "S1,P1,1,a.h5,1500", "name the column anc_per_ul"),
    "decimal comma": (f"{HEADER},crp", "S1,P1,1,a.h5,1,5", "more cells than the header"),
    "open quote": (HEADER, 'S1,"P1,1,a.h5', "must end with a quote"),
    "parts above all": (f"{HEADER},wbc,anc", "S1,P1,1,a.h5,0.3,60", "anc must not exceed wbc"),
    "crp in mg/L": (
        f"{HEADER},crp",
        "S1,P1,1,a.h5,45\nS2,P1,2,b.h5,30\nS3,P1,3,c.h5,70",
        "name the column crp_mg_l",
    ),
    "patient's own": (
        f"{HEADER},disease",
        "S1,P1,1,a.h5,AML\nS2,P1,2,b.h5,T-ALL",
        "differs from line 2",
    ),
}


@pytest.mark.parametrize("kind", REFUSED)
def test_what_cannot_be_read_is_refused_with_the_way_out(tmp_path: Path, kind: str) -> None:
    """The rule and what to do."""
    header, rows, sentence = REFUSED[kind]
    with pytest.raises(InputError) as refusal:
        read_sheet(sheet(tmp_path, rows, header=header))
    assert sentence in str(refusal.value)


def test_naming_the_unit_says_that_values_are_right(tmp_path: Path) -> None:
    """Three septic patients are read once the heading says mg/dL."""
    rows = ("S1,P1,1,a.h5,45", "S2,P1,2,b.h5,30", "S3,P1,3,c.h5,70")
    read = read_sheet(sheet(tmp_path, *rows, header=f"{HEADER},crp_mg_dl"))
    assert [row.numbers["crp"] for row in read] == [45.0, 30.0, 70.0]


def test_all_faults_are_told_at_once(tmp_path: Path) -> None:
    """Every line and rule in one message."""
    rows = ("S1,P1,x,a.h5,1500", "S1,,2,gone.h5,1", "S3,P3,3,c.h5,lots")
    with pytest.raises(InputError) as refusal:
        read_sheet(sheet(tmp_path, *rows, header=f"{HEADER},anc"))
    text = str(refusal.value)
    assert text.startswith("samples.csv has 6 faults:")
    for line in ("line 2: day", "line 2: anc", "line 3: patient_id", "line 3: the count file",
                 "line 3: each sample_id", "line 4: anc"):  # fmt: skip
        assert f"\n  {line}" in text


def test_a_bound_is_a_warning_of_the_row(tmp_path: Path) -> None:
    """The number is used, the note and the row say so."""
    notes: list[str] = []
    path = sheet(tmp_path, "S1,P1,1,a.h5,>1500,<0.01", header=f"{HEADER},ferritin,crp")
    (row,) = read_sheet(path, tell=notes.append)
    assert (row.numbers["ferritin"], row.numbers["crp"]) == (1500.0, 0.01)
    assert row.warnings == ("below_crp", "above_ferritin")
    assert len(notes) == 2


def test_declared_columns_are_read_as_ours(tmp_path: Path) -> None:
    """A number with its unit, a flag and a category of the group's own."""
    declared = (
        Feature("il6", "IL-6", "interleukin 6", "ng/mL", 0.0, 1e6, "ward"),
        Feature("bridging", "Bridging", "bridging therapy", "0 or 1", 0.0, 1.0, "ward"),
        Category("subtype", "immunophenotype", ("pro", "cortical")),
    )
    path = sheet(
        tmp_path, "S1,P1,1,a.h5,500,yes,Cortical", header=f"{HEADER},il6_ng_dl,Bridging,subtype"
    )
    (row,) = read_sheet(path, declared)
    assert (row.numbers["il6"], row.numbers["bridging"]) == (5.0, 1.0)
    assert row.texts["subtype"] == "cortical"
    plain = sheet_row(row.path, covariates=declared, il6="<5", bridging=False)
    assert (plain.numbers["il6"], plain.warnings) == (5.0, ("below_il6",))
    assert replace(plain, texts={}, numbers={}).day is None


def test_a_declared_column_that_the_sheet_lacks_is_missing(tmp_path: Path) -> None:
    """Numbers, flags in words and categories; a declared column that the sheet lacks is missing."""
    path = sheet(tmp_path, "S1,P1,1,a.h5,250,true,none", "S2,P1,2,b.h5,,,",
                 header=f"{HEADER},cmv,treated,bridging")  # fmt: skip
    first, second = read_sheet(path, (CMV, TREATED, BRIDGING))
    assert (first.numbers["cmv"], first.numbers["treated"]) == (250.0, 1.0)
    assert (first.texts["bridging"], second.texts["bridging"]) == ("none", None)
    assert math.isnan(second.numbers["cmv"])
    (row,) = read_sheet(sheet(tmp_path, "S1,P1,1,a.h5"), (CMV,))
    assert math.isnan(row.numbers["cmv"])


@pytest.mark.parametrize(
    ("header", "line", "sentence"),
    [
        ("cmv", "2e6", "line 2: cmv must be a number between 0 and 1e"),
        ("treated", "0.5", "line 2: treated must be 0 or 1"),
        ("bridging", "radiation", "line 2: bridging must be one of none, steroids"),
    ],
)
def test_declared_values_are_refused_with_their_line(
    tmp_path: Path, header: str, line: str, sentence: str
) -> None:
    """Messages name line, column and rule, never the value."""
    path = sheet(tmp_path, f"S1,P1,1,a.h5,{line}", header=f"{HEADER},{header}")
    with pytest.raises(InputError, match=sentence):
        read_sheet(path, (CMV, TREATED, BRIDGING))


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_viral_sequences_are_read_whatever_the_delimiter(tmp_path: Path, delimiter: str) -> None:
    """Semicolons inside a cell are no columns where quotes or another delimiter say so."""
    touch_files(tmp_path)
    cells = ["S1", "P1", "1", "a.h5", '"hhv6=HHV6B_*;ebv=EBNA1,LMP1"']
    header = [*HEADER.split(","), "virus_genes"]
    (tmp_path / "s.csv").write_text(f"{delimiter.join(header)}\n{delimiter.join(cells)}\n")
    (row,) = read_sheet(tmp_path / "s.csv")
    assert row.texts["virus_genes"] == "hhv6=HHV6B_*;ebv=EBNA1,LMP1"
    unquoted = "S1,P1,1,a.h5,hhv6=HHV6B_*;ebv=EBNA1 LMP1"
    (row,) = read_sheet(sheet(tmp_path, unquoted, header=f"{HEADER},virus_genes"))
    assert row.texts["virus_genes"] == "hhv6=HHV6B_*;ebv=EBNA1,LMP1"
