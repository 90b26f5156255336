"""The command line in real processes: outputs, exit codes, messages."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from features.pseudobulk.pseudobulk_file import read_pseudobulk
from features.table.feature_table import read_table
from tests.features.text_counts import dense_text, write_mtx, write_text

# Columns that tell of the file and not of its cells; the .h5 says that it is simulated.
NOT_OF_CELLS = ("sample_id", "patient_id", "provenance")


def features(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """Run python -m features."""
    command = [sys.executable, "-m", "features", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_the_real_sheet_gives_a_table_and_names_the_refused(carpall: Path, tmp_path: Path) -> None:
    """Eight rows, four refusals with reasons on standard error and in the table, a report."""
    out, report = tmp_path / "c.parquet", tmp_path / "quality.html"
    answer = features(carpall / "samples.csv", "-o", out, "--report", report)
    assert answer.returncode == 0, answer.stderr
    table = read_table(out)
    assert len(table.to_rows()) == 8
    assert table.provenance == "real"
    reasons = {s.sample_id: s.reason for s in table.refused_samples}
    assert set(reasons) == {
        "CAR-T10310320", "CAR-T10310321", "CAR-T10484034", "CAR-T10484036",
    }  # fmt: skip
    for name, reason in reasons.items():
        assert f"refused {name}: {reason}" in answer.stderr
    assert "Research use only" in answer.stdout
    assert "CAR-T10310320" in report.read_text()


def test_one_file_is_enough(tenx: Path, tmp_path: Path) -> None:
    """A count file without a sheet: provenance printed, quality report beside the table."""
    out = tmp_path / "one.parquet"
    answer = features(tenx, "-o", out, "--day", "28", "--enrichment", "none", "--processes", "1")
    assert answer.returncode == 0, answer.stderr
    (row,) = read_table(out).to_rows()
    assert (row["sample_id"], row["day"], row["provenance"]) == ("blood", 28, "synthetic")
    assert "Synthetic" in answer.stdout
    assert f"shown in {tmp_path / 'one.html'}" in answer.stdout
    assert "Research use only" in (tmp_path / "one.html").read_text()


def test_a_folder_with_a_prefix_and_a_table_are_sources(
    blood: Any, tenx: Path, tmp_path: Path
) -> None:
    """Two samples of a series in one folder, and a .csv of counts that is no sheet."""
    for sample in ("GSM1_P1_", "GSM2_P2_"):
        names = tuple(f"{sample}{part}" for part in ("matrix.mtx", "genes.tsv", "barcodes.tsv"))
        write_mtx(tmp_path / "GSE1", blood, names=names)  # type: ignore[arg-type]
    cells = [f"C{i}-1" for i in range(blood.counts.shape[0])]
    table = write_text(
        tmp_path / "counts.csv", dense_text(blood.names, cells, blood.counts.T.toarray())
    )
    rows = []
    for number, source in enumerate((tenx, tmp_path / "GSE1" / "GSM2_P2_", table)):
        output = tmp_path / f"{number}.parquet"
        done = features(source, "-o", output, "--enrichment", "none")
        assert done.returncode == 0, done.stderr
        [row] = read_table(output).to_rows()
        rows.append({k: v for k, v in row.items() if k not in NOT_OF_CELLS})
    assert repr(rows[1]) == repr(rows[0]) == repr(rows[2])
    done = features(tmp_path / "GSE1", "-o", tmp_path / "x.parquet")
    assert "2 matrices are there (GSM1_P1, GSM2_P2)" in done.stderr


def test_pseudobulk_is_a_second_file(
    draw_sample: Callable[..., Any], tenx_writer: Callable[..., Path], tmp_path: Path
) -> None:
    """The sums of the usable samples stand beside the table; the refused one is named in both."""
    tenx_writer(tmp_path / "good.h5", draw_sample(300, 6000), provenance="synthetic")
    tenx_writer(tmp_path / "few.h5", draw_sample(20, 1000))
    sheet = tmp_path / "samples.csv"
    sheet.write_text("sample_id,patient_id,day,path\nG,P,28,good.h5\nF,P,30,few.h5\n")
    out, sums = tmp_path / "t.parquet", tmp_path / "p.h5ad"
    answer = features(sheet, "-o", out, "--pseudobulk", sums)
    assert answer.returncode == 0, answer.stderr
    assert f"{sums}: sums of 1 sample" in answer.stdout
    data = read_pseudobulk(sums)
    assert set(data.obs["sample_id"]) == {"G"}
    assert [r["sample_id"] for r in json.loads(data.uns["refused"])] == ["F"]
    (row,) = read_table(out).to_rows()
    types = ~data.obs["group"].str.startswith("cd7").to_numpy()
    assert data.obs["n_cells"][types].sum() == row["n_cells"]
    assert not list(tmp_path.glob(".*"))


def test_bad_input_is_one_sentence_and_exit_code_2(
    draw_sample: Callable[..., Any], tenx_writer: Callable[..., Path], tmp_path: Path
) -> None:
    """No file, a bad sheet, or no usable sample: nothing is written."""
    sheet = tmp_path / "samples.csv"
    sheet.write_text("sample_id,patient_id\nS,P\n")
    tenx_writer(tmp_path / "few.h5", draw_sample(20, 1000))
    out = tmp_path / "x.parquet"
    for source, part in (("none.csv", "does not exist"), ("samples.csv", "day, path are missing"),
                         ("few.h5", "all were refused")):  # fmt: skip
        answer = features(tmp_path / source, "-o", out)
        assert answer.returncode == 2
        assert part in answer.stderr.splitlines()[-1]
        assert answer.stderr.splitlines()[-1].startswith("Error: ")
        assert "Traceback" not in answer.stderr
        assert not out.exists()


@pytest.mark.parametrize("name", ["samples.csv", "SAMPLES.CSV", "samples.xlsx"])
def test_a_sheet_is_read_as_people_write_it(tenx: Path, tmp_path: Path, name: str) -> None:
    """Semicolons and decimal commas, or a workbook: in a fresh process, with notes once."""
    rows = [
        ["Sample ID", "patient_id", "Day", "path", "CRP (mg/L)", "ferritin", "mood"],
        ["S1", "007", "D+28", str(tenx), "12,5", ">1500", "x"],
    ]
    if name.endswith(".xlsx"):
        book = openpyxl.Workbook()
        for row in rows:
            book.worksheets[0].append(row)
        book.save(tmp_path / name)
    else:
        text = "".join(";".join(row) + "\r\n" for row in rows)
        (tmp_path / name).write_text(text, encoding="utf-16")
    out = tmp_path / "t.parquet"
    answer = features(tmp_path / name, "-o", out)
    assert answer.returncode == 0, answer.stderr
    (row,) = read_table(out).to_rows()
    assert (row["patient_id"], row["day"], row["crp"]) == ("007", 28, 1.25)
    assert "above_ferritin" in str(row["warnings"]).split(";")
    assert answer.stderr.count("unknown column 'mood' is ignored") == 1
    assert answer.stderr.count("ferritin is a bound (>)") == 1
    assert "Ferritin is a bound of the laboratory" in (tmp_path / "t.html").read_text()


def test_all_faults_of_a_sheet_are_printed(tmp_path: Path) -> None:
    """One error with a line for each fault, and no patient's value."""
    sheet = tmp_path / "samples.csv"
    sheet.write_text("sample_id,patient_id,day,path,anc\nS,P,baseline,a.h5,1500\n")
    answer = features(sheet, "-o", tmp_path / "x.parquet")
    assert answer.returncode == 2
    assert answer.stderr.splitlines()[0] == "Error: samples.csv has 3 faults:"
    assert len(answer.stderr.splitlines()) == 4
    assert "baseline" not in answer.stderr


def test_a_refused_run_leaves_table_and_report_as_they_were(
    draw_sample: Callable[..., Any], tenx_writer: Callable[..., Path], tenx: Path, tmp_path: Path
) -> None:
    """The report beside a good table still describes that table; the refused file is named once."""
    out = tmp_path / "t.parquet"
    assert features(tenx, "-o", out).returncode == 0
    report = (tmp_path / "t.html").read_bytes()
    for source in (tenx_writer(tmp_path / "few.h5", draw_sample(20, 1000)), tmp_path / "empty"):
        if not source.exists():
            source.mkdir()
        answer = features(source, "-o", out)
        assert answer.returncode == 2
        (refusal,) = [line for line in answer.stderr.splitlines() if line.startswith("refused")]
        assert refusal.count(source.stem) == 1
        assert (tmp_path / "t.html").read_bytes() == report
    assert len(read_table(out).to_rows()) == 1


def test_a_car_that_is_not_in_the_reference_is_said(tenx: Path, tmp_path: Path) -> None:
    """A misspelt --car-gene would otherwise look like a patient without CAR-T cells."""
    answer = features(tenx, "-o", tmp_path / "t.parquet", "--car-gene", "NOSUCH")
    assert answer.returncode == 0
    assert "Note: blood: the CAR named in the sheet is not in the reference" in answer.stderr


def test_a_folder_is_no_table(tenx: Path, tmp_path: Path) -> None:
    """A folder as output gets one sentence before any work, and nothing is written into it."""
    answer = features(tenx, "-o", tmp_path)
    assert answer.returncode == 2
    assert answer.stderr.splitlines()[-1].startswith("Error: The feature table is a file")
    assert list(tmp_path.iterdir()) == []


def test_the_count_file_is_never_replaced(tenx: Path, tmp_path: Path) -> None:
    """Neither by the table nor by the report: refused before it is read."""
    path = tmp_path / "x.h5"
    path.write_bytes(tenx.read_bytes())
    for options in (("-o", path), ("-o", tmp_path / "t.parquet", "--report", path)):
        run = features(path, *options)
        assert run.returncode == 2
        assert "is an input: name another file" in run.stderr
    assert path.read_bytes() == tenx.read_bytes()


def test_help_is_one_page() -> None:
    """The help names what comes in and what goes out."""
    answer = features("--help")
    assert answer.returncode == 0
    assert "SAMPLES.csv" in answer.stdout
    assert len(answer.stdout.splitlines()) < 40


COVARIATES = """
[adv_load]
kind = "number"
label = "Adenovirus load"
meaning = "adenovirus DNA in plasma"
unit = "IU/mL"
low = 0
high = 1e8
[bridging]
kind = "category"
label = "Bridging"
meaning = "therapy before infusion"
values = ["none", "steroids"]
"""


def test_declared_columns_reach_the_table(tenx: Path, tmp_path: Path) -> None:
    """covariates.toml beside the sheet is used and named; --covariates names another file."""
    sheet, out = tmp_path / "samples.csv", tmp_path / "t.parquet"
    header = "sample_id,patient_id,day,path,adv_load,bridging"
    sheet.write_text(f"{header}\nS,P,28,{tenx},250,steroids\n")
    (tmp_path / "covariates.toml").write_text(COVARIATES)
    answer = features(sheet, "-o", out, "--processes", "1")
    assert answer.returncode == 0, answer.stderr
    assert f"those that {tmp_path / 'covariates.toml'} declares" in answer.stderr
    table = read_table(out)
    (row,) = table.to_rows()
    assert (row["adv_load"], row["bridging"]) == (250.0, "steroids")
    assert [covariate.name for covariate in table.covariates] == ["adv_load", "bridging"]
    (tmp_path / "covariates.toml").rename(tmp_path / "ours.toml")
    answer = features(sheet, "-o", out)
    assert answer.returncode == 0 and "unknown column 'adv_load' is ignored" in answer.stderr
    answer = features(sheet, "-o", out, "--covariates", tmp_path / "ours.toml")
    assert answer.returncode == 0 and "declares" not in answer.stderr
    assert repr(read_table(out).to_rows()) == repr([row])


def test_declarations_need_a_sheet(tenx: Path, tmp_path: Path) -> None:
    """For a single count file they are refused; a file with faults names each in a line."""
    (tmp_path / "ours.toml").write_text(COVARIATES)
    answer = features(tenx, "-o", tmp_path / "t.parquet", "--covariates", tmp_path / "ours.toml")
    assert answer.returncode == 2 and "SOURCE is one count file" in answer.stderr
    sheet = tmp_path / "samples.csv"
    sheet.write_text(f"sample_id,patient_id,day,path\nS,P,28,{tenx}\n")
    (tmp_path / "covariates.toml").write_text(COVARIATES.replace("1e8", "-1").replace("[b", "[B"))
    answer = features(sheet, "-o", tmp_path / "t.parquet")
    assert answer.returncode == 2 and answer.stderr.count("covariates.toml: ") == 2
    assert "Traceback" not in answer.stderr


def test_viruses_and_sexes_of_one_file_are_options(tenx: Path, tmp_path: Path) -> None:
    """A virus that the reference lacks is a note; another form is one sentence."""
    out = tmp_path / "one.parquet"
    answer = features(
        tenx, "-o", out, "--virus-genes", "hhv6=HHV6B_*", "--patient-sex", "male",
        "--donor-sex", "female", "--enrichment", "none",
    )  # fmt: skip
    assert answer.returncode == 0, answer.stderr
    assert "no sequence in the reference; its RNA is not given" in answer.stderr
    (row,) = read_table(out).to_rows()
    assert (row["patient_sex"], row["virus_genes"]) == ("male", "hhv6=HHV6B_*")
    assert 0.0 <= float(str(row["donor_cell_fraction"])) <= 1.0
    wrong = features(tenx, "-o", out, "--virus-genes", "HHV6B_U90")
    assert wrong.returncode == 2
    assert "virus_genes must name rows of the count matrix by virus" in wrong.stderr
