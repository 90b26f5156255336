"""The sample sheet: one sentence for every kind of error."""

import math
from pathlib import Path

import pytest

from features.errors import InputError
from features.schema import Category, Feature
from features.table.sample_sheet import read_sheet, sheet_row

CMV = Feature("cmv", "CMV", "CMV DNA", "IU/mL", 0.0, 1e6, "covariate")
TREATED = Feature("treated", "Treated", "treated", "0 or 1", 0.0, 1.0, "covariate")
BRIDGING = Category("bridging", "therapy before infusion", ("none", "steroids"), "Bridging")
HEADER = "sample_id,patient_id,day,path"


def sheet(folder: Path, *lines: str, header: str = HEADER) -> Path:
    """A sheet beside a count file a.h5."""
    (folder / "a.h5").touch()
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
        ("sample_id,patient_id,path", "S1,P1,a.h5", "lacks day"),
        (f"{HEADER},age", "S1,P1,1,a.h5,9", "'age'; rename or remove"),
        (f"{HEADER},anc,anc", "S1,P1,1,a.h5,1,1", "'anc'; rename or remove"),
        (HEADER, "S1,P1,NaN,a.h5", "line 2: day must be a whole number"),
        (HEADER, "S1,P1,2.5,a.h5", "line 2: day must be a whole number"),
        (HEADER, "S1,P1,20240131,a.h5", "line 2: day must be a whole number"),
        (HEADER, "S1,,1,a.h5", "patient_id must be given"),
        (HEADER, "S1,P1,1,gone.h5", "gone.h5 is not in the sheet's folder"),
        (HEADER, "S1,P1,1,a.h5,extra", "more cells than the header"),
        (f"{HEADER},tissue", "S1,P1,1,a.h5,blood", "tissue must be one of PB, BM"),
        (f"{HEADER},anc", "S1,P1,1,a.h5,lots", "anc must be a number between 0 and 2000"),
        (f"{HEADER},anc", "S1,P1,1,a.h5,inf", "anc must be a number between 0 and 2000"),
        (f"{HEADER},anc", "S1,P1,1,a.h5,-1", "anc must be a number between 0 and 2000"),
    ],
)
def test_a_wrong_sheet_gets_one_sentence(
    tmp_path: Path, header: str, line: str, sentence: str
) -> None:
    """Each mistake is named with its rule."""
    with pytest.raises(InputError, match=sentence):
        read_sheet(sheet(tmp_path, line, header=header))


def test_a_sample_id_is_unique(tmp_path: Path) -> None:
    """Two lines of one sample_id are refused by name."""
    with pytest.raises(InputError, match="S1 is repeated"):
        read_sheet(sheet(tmp_path, "S1,P1,1,a.h5", "S1,P2,2,a.h5"))


def test_an_empty_absent_or_binary_sheet_is_refused(tmp_path: Path) -> None:
    """A sheet without samples, without a file, or that is no text."""
    with pytest.raises(InputError, match="holds none"):
        read_sheet(sheet(tmp_path))
    with pytest.raises(InputError, match="No such file"):
        read_sheet(tmp_path / "none.csv")
    (tmp_path / "binary.csv").write_bytes(b"\x89HDF\r\n\xff\xfe")
    with pytest.raises(InputError, match="CSV file in UTF-8"):
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


def test_declared_columns_are_read_as_ours(tmp_path: Path) -> None:
    """Numbers, flags in words and categories; a declared column that the sheet lacks is missing."""
    path = sheet(tmp_path, "S1,P1,1,a.h5,250,true,none", "S2,P1,2,a.h5,,,",
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
        ("ebv", "1", "'ebv'; rename or remove"),
    ],
)
def test_declared_values_are_refused_with_their_line(
    tmp_path: Path, header: str, line: str, sentence: str
) -> None:
    """Messages name line, column and rule, never the value; undeclared columns stay unknown."""
    path = sheet(tmp_path, f"S1,P1,1,a.h5,{line}", header=f"{HEADER},{header}")
    with pytest.raises(InputError, match=sentence):
        read_sheet(path, (CMV, TREATED, BRIDGING))
