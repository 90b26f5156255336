"""The command line in real processes: outputs, exit codes, messages."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

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
    for source, part in (("none.csv", "does not exist"), ("samples.csv", "lacks day, path"),
                         ("few.h5", "all were refused")):  # fmt: skip
        answer = features(tmp_path / source, "-o", out)
        assert answer.returncode == 2
        assert part in answer.stderr.splitlines()[-1]
        assert answer.stderr.splitlines()[-1].startswith("Error: ")
        assert "Traceback" not in answer.stderr
        assert not out.exists()


def test_a_folder_is_no_table(tenx: Path, tmp_path: Path) -> None:
    """A folder as output gets one sentence before any work, and nothing is written into it."""
    answer = features(tenx, "-o", tmp_path)
    assert answer.returncode == 2
    assert answer.stderr.splitlines()[-1].startswith("Error: The feature table is a file")
    assert list(tmp_path.iterdir()) == []


def test_help_is_one_page() -> None:
    """The help names what comes in and what goes out."""
    answer = features("--help")
    assert answer.returncode == 0
    assert "SAMPLES.csv" in answer.stdout
    assert len(answer.stdout.splitlines()) < 40
