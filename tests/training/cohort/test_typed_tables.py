"""Outcomes and infections in every kind of table that the sample sheet may be."""

from pathlib import Path

import openpyxl
import pandas as pd
import pytest

from training.cohort.infections import read_infections
from training.cohort.outcomes import read_outcomes

OUTCOMES = [
    ["patient_id", "followup_day", "relapse_day", "death_day", "death_cause", "transplant_day",
     "response_day28", "age"],
    ["007", "400", "60.5", "", "", "", "CR", "31.5"],
    ["NA", "90", "", "90", "infection", "", "CRi", ""],
]  # fmt: skip
INFECTIONS = [
    ["patient_id", "day", "grade", "organism"],
    ["NA", "40.5", "3", "E. coli; CMV"],
    ["007", "12", "2", ""],
]


def written(rows: list[list[str]], delimiter: str, decimal: str) -> str:
    """Rows as text, cells with the delimiter in quotes."""
    cells = [[c.replace(".", decimal) if c[:1].isdigit() else c for c in row] for row in rows]
    quoted = [[f'"{c}"' if delimiter in c else c for c in row] for row in cells]
    return "".join(delimiter.join(row) + "\r\n" for row in quoted)


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("decimal", [".", ","])
@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "cp1252"])
def test_every_kind_gives_the_same_frames(
    tmp_path: Path, delimiter: str, decimal: str, encoding: str
) -> None:
    """Delimiter, decimal comma and encoding change nothing, not even the digest."""
    for name, rows in (("o", OUTCOMES), ("i", INFECTIONS)):
        (tmp_path / f"{name}.csv").write_bytes(written(rows, ",", ".").encode())
        (tmp_path / f"{name}.txt").write_bytes(written(rows, delimiter, decimal).encode(encoding))
    plain, other = (read_outcomes(tmp_path / name) for name in ("o.csv", "o.txt"))
    pd.testing.assert_frame_equal(plain.frame, other.frame)
    assert plain.digest == other.digest
    assert plain.patients == ["007", "NA"]
    infections = [read_infections(tmp_path / name) for name in ("i.csv", "i.txt")]
    pd.testing.assert_frame_equal(*infections)
    assert infections[0]["day"].tolist() == [40.5, 12.0]


def test_a_workbook_gives_the_same_frame(tmp_path: Path) -> None:
    """Typed cells of Excel, dates counted from the infusion."""
    (tmp_path / "o.csv").write_bytes(written(OUTCOMES, ",", ".").encode())
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(OUTCOMES[0])
    sheet.append(["007", 400, 60.5, None, None, None, "CR", 31.5])
    sheet.append(["NA", 90.0, None, 90, "infection", None, "CRi", None])
    book.save(tmp_path / "o.xlsx")
    plain, other = (read_outcomes(tmp_path / name) for name in ("o.csv", "o.xlsx"))
    pd.testing.assert_frame_equal(plain.frame, other.frame)


def test_infections_as_dates_count_from_the_outcomes_infusion(tmp_path: Path) -> None:
    """The infusion's date stands in the outcomes; grades in Roman numbers."""
    (tmp_path / "o.csv").write_text(
        "patient_id,infusion_date,followup_date,relapse_date,death_day,death_cause,transplant_day,"
        "response_day28\nA,3.1.2024,1.6.2024,1.3.2024,,,,CR\n"
    )
    (tmp_path / "i.csv").write_text("patient_id,date,grade,organism\nA,31.1.2024,III,ND\n")
    outcomes = read_outcomes(tmp_path / "o.csv")
    assert outcomes.frame[["followup_day", "relapse_day"]].iloc[0].tolist() == [150.0, 58.0]
    (infection,) = read_infections(tmp_path / "i.csv", outcomes.infusion_dates).itertuples()
    assert (infection.day, infection.grade, infection.organism) == (28.0, 3, None)
