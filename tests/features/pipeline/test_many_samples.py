"""Many samples: the same rows however they are read, and failures by name."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from features.errors import InputError
from features.measures.history import add_history
from features.pipeline.many_samples import RunResult, summarise_samples
from features.pipeline.sample import summarise
from features.table.feature_table import read_table, write_table
from features.table.row import number
from features.table.sample_sheet import read_sheet


@pytest.fixture(scope="module")
def sheet(
    draw_sample: Callable[..., Any], tenx_writer: Callable[..., Path], tmp_path_factory: Any
) -> Path:
    """Five files of three patients: two cannot be used."""
    folder = tmp_path_factory.mktemp("cohort")
    for seed in range(3):
        tenx_writer(folder / f"s{seed}.h5", draw_sample(300, 6000, seed=seed))
    tenx_writer(folder / "few.h5", draw_sample(50, 6000))
    (folder / "torn.h5").write_bytes((folder / "s0.h5").read_bytes()[:20_000])
    lines = ["A1,A,-5,s0.h5", "A2,A,28,s1.h5", "B1,B,28,few.h5", "C1,C,-5,s2.h5", "C2,C,28,torn.h5"]
    path = folder / "samples.csv"
    rows = "".join(f"{line},none\n" for line in lines)
    path.write_text(f"sample_id,patient_id,day,path,enrichment\n{rows}")
    return path


@pytest.fixture(scope="module")
def run(sheet: Path) -> RunResult:
    """Read by two processes."""
    return summarise_samples(read_sheet(sheet), processes=2, progress=False)


def test_bad_samples_are_refused_by_name(run: RunResult) -> None:
    """Too few cells and a torn file are named; the others have rows in the sheet's order."""
    assert [row["sample_id"] for row in run.rows] == ["A1", "A2", "C1"]
    assert [(s.sample_id, s.patient_id, s.day) for s in run.refused_samples] == [
        ("B1", "B", 28),
        ("C2", "C", 28),
    ]
    assert "needs 200 usable barcodes" in run.refused_samples[0].reason
    assert run.refused_samples[1].reason.startswith("torn.h5: a count file must be whole")


def test_a_sample_depends_on_no_other(run: RunResult, sheet: Path, tmp_path: Path) -> None:
    """One process, one sample alone: byte for byte the same row."""
    lines = read_sheet(sheet)
    alone = add_history([summarise(lines[3])])[0]
    assert repr(alone) == repr(run.rows[2])
    one_process = summarise_samples(lines, 1, progress=False)
    for name, samples in (("two", run), ("one", one_process)):
        write_table(tmp_path / name, samples.rows, samples.refused_samples)
    assert read_table(tmp_path / "one").digest == read_table(tmp_path / "two").digest


def test_history_is_added_by_patient(run: RunResult) -> None:
    """A's second sample knows its first."""
    first, second = run.rows[:2]
    change = number(second, "monocyte_fraction") - number(first, "monocyte_fraction")
    assert number(second, "monocyte_fraction_change") == pytest.approx(change)


def test_a_wrong_sheet_is_refused_at_once(tmp_path: Path) -> None:
    """No sample is read when the sheet is wrong."""
    with pytest.raises(InputError, match="does not exist"):
        summarise_samples(read_sheet(tmp_path / "none.csv"))


def test_dask_gives_the_same_table(run: RunResult, sheet: Path) -> None:
    """A real scheduler with two worker processes: the same rows and the same refusals."""
    from distributed import LocalCluster

    samples = read_sheet(sheet)
    with LocalCluster(2, threads_per_worker=1, processes=True, dashboard_address=":0") as cluster:
        dask_run = summarise_samples(samples, progress=False, scheduler=cluster.scheduler_address)
    assert repr(dask_run.rows) == repr(run.rows)
    assert dask_run.refused_samples == run.refused_samples


def test_an_absent_scheduler_is_reported(sheet: Path) -> None:
    """Nobody listens at the address."""
    with pytest.raises(InputError, match=r"none answers at tcp://127\.0\.0\.1:9"):
        summarise_samples(read_sheet(sheet), progress=False, scheduler="tcp://127.0.0.1:9")
