"""The draft's command in real processes."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from features.settings import REPOSITORY
from features.table.feature_table import read_table
from tests.features.pooled import draw_pool, write_pool


def run(*arguments: str | Path, folder: Path, module: str = "features") -> Any:
    """Run a module's command in a folder."""
    program = f"import runpy, sys; sys.path.insert(0, {str(REPOSITORY)!r}); "
    program += f"sys.argv[0] = {module!r}; runpy.run_module({module!r}, run_name='__main__')"
    command = [sys.executable, "-c", program, *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False, cwd=folder)


def test_from_a_pooled_file_to_rows(draw_sample: Callable[..., Any], tmp_path: Path) -> None:
    """Refused without a sheet, drafted by the command it names, read with the draft."""
    write_pool(tmp_path, "csr", draw_pool(draw_sample))
    refused = run("pool.h5ad", "-o", "t.parquet", folder=tmp_path)
    assert refused.returncode == 2
    assert "its column donor_id names 2" in refused.stderr
    draft = run("features", "samples", "pool.h5ad", folder=tmp_path, module="cd7watch")
    assert draft.returncode == 0, draft.stderr
    assert "P1_28  700 cells  donor_id=P1;day=28" in draft.stdout
    assert "samples.csv: 2 samples. Blank, for you to fill in: enrichment" in draft.stdout
    assert "60 cells are of no sample" in draft.stderr
    assert run("samples.csv", "-o", "t.parquet", folder=tmp_path).returncode == 0
    rows = read_table(tmp_path / "t.parquet").to_rows()
    assert [(row["sample_id"], row["patient_id"], row["day"]) for row in rows] == [
        ("P1_28", "P1", 28), ("P2_60", "P2", 60),
    ]  # fmt: skip
    assert sum(int(str(row["n_cells"]).split(".")[0]) for row in rows) == 700


def test_the_caller_may_select_or_insist(draw_sample: Callable[..., Any], tmp_path: Path) -> None:
    """One file by --cells, all its cells by --one-sample."""
    write_pool(tmp_path, "tenx", draw_pool(draw_sample))
    for options, n_cells in ((["--cells", "barcode=*-1"], 300), (["--one-sample"], 760)):
        answer = run("pool.h5", "-o", "t.parquet", *options, folder=tmp_path)
        assert answer.returncode == 0, answer.stderr
        (row,) = read_table(tmp_path / "t.parquet").to_rows()
        assert row["n_cells"] == n_cells


def test_bad_calls_end_in_a_sentence(tmp_path: Path, tenx: Path) -> None:
    """An existing sheet is not replaced; a source called samples is ./samples."""
    (tmp_path / "samples.csv").write_text("mine")
    answer = run("samples", tenx, folder=tmp_path)
    assert answer.returncode == 2
    assert "never replaces a file, but samples.csv exists" in answer.stderr
    assert (tmp_path / "samples.csv").read_text() == "mine"
    assert "none does not exist" in run("samples", "none", "-o", "s.csv", folder=tmp_path).stderr
    (tmp_path / "samples").write_bytes(tenx.read_bytes())
    assert run("./samples", "-o", "t.parquet", folder=tmp_path).returncode == 0
    assert "Missing argument 'SOURCE'" in run("samples", folder=tmp_path).stderr
