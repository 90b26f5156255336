"""Many samples: the same rows however they are read, and failures by name."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from features.errors import InputError
from features.measures.history import add_history
from features.pipeline.many_samples import RunResult, summarise_samples
from features.pipeline.sample import summarise
from features.table.feature_table import read_table, write_table
from features.table.row import number
from features.table.sample_sheet import read_sheet
from tests.features.pooled import DONORS, FORMATS, Pool, draw_pool, select, write_pool


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
    with pytest.raises(InputError, match="readable CSV"):
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


@pytest.fixture(scope="module")
def pool(draw_sample: Callable[..., Any]) -> Pool:
    """Two donors, their empty droplets and cells of neither."""
    return draw_pool(draw_sample)


def write_lines(folder: Path, *lines: str) -> Path:
    """A sheet of unselected cells: sample, patient, day, path and cells."""
    path = folder / "samples.csv"
    rows = "".join(f"{line},none\n" for line in lines)
    path.write_text(f"sample_id,patient_id,day,path,cells,enrichment\n{rows}")
    return path


@pytest.fixture(scope="module")
def alone(pool: Pool, tmp_path_factory: pytest.TempPathFactory) -> RunResult:
    """Each donor's cells in a file of their own."""
    folder = tmp_path_factory.mktemp("alone")
    for donor in DONORS:
        write_pool(folder / donor, "tenx", select(pool, np.flatnonzero(pool.donors == donor)))
    sheet = write_lines(folder, "A,P1,28,P1/pool.h5,", "B,P2,60,P2/pool.h5,")
    return summarise_samples(read_sheet(sheet), 1, progress=False)


@pytest.mark.parametrize("form", FORMATS)
def test_rows_of_a_pool_are_those_of_files_alone(
    pool: Pool, alone: RunResult, tmp_path: Path, form: str
) -> None:
    """To the last bit, in every format, empty droplets included."""
    path = write_pool(tmp_path, form, pool)
    cells = ["barcode=*-1", "barcode=*-2"]
    if form not in ("tenx", "mtx"):
        cells = ["donor_id=P1;day=28", "donor_id=P2"]
    sheet = write_lines(tmp_path, f"A,P1,28,{path.name},{cells[0]}",
                        f"B,P2,60,./{path.name},{cells[1]}")  # fmt: skip
    run = summarise_samples(read_sheet(sheet), 2, progress=False)
    assert len(alone.rows) == 2
    assert "unfiltered" in str(alone.rows[0]["warnings"])
    assert repr(run.rows) == repr(alone.rows)


def test_one_bad_sample_does_not_drop_the_others(pool: Pool, tmp_path: Path) -> None:
    """Too few cells, an absent value and shared cells have their own reasons and lines."""
    write_pool(tmp_path, "csr", pool)
    sheet = write_lines(
        tmp_path, "A,P1,28,pool.h5ad,donor_id=P1", "B,P2,28,pool.h5ad,donor_id=doublet",
        "C,P3,28,pool.h5ad,donor_id=P7", "D,P4,28,pool.h5ad,barcode=A*-2",
        "E,P4,60,pool.h5ad,barcode=AC*-2",
    )  # fmt: skip
    run = summarise_samples(read_sheet(sheet), 1, progress=False)
    assert [row["sample_id"] for row in run.rows] == ["A"]
    reasons = {sample.sample_id: sample.reason for sample in run.refused_samples}
    assert "60 of 60 are" in reasons["B"]
    assert "a value of donor_id that no cell has" in reasons["C"]
    assert reasons["D"] == reasons["E"]
    assert "must not share cells, but D and E do" in reasons["D"]


def test_a_damaged_pool_refuses_each_of_its_samples(pool: Pool, tmp_path: Path) -> None:
    """The file's reason stands at every line; a sample of another file has its row."""
    path = write_pool(tmp_path, "tenx", pool)
    torn = tmp_path / "torn.h5"
    torn.write_bytes(path.read_bytes()[:30_000])
    sheet = write_lines(tmp_path, "A,P1,28,torn.h5,barcode=*-1", "B,P2,28,pool.h5,barcode=*-2",
                        "C,P3,60,torn.h5,barcode=*-2")  # fmt: skip
    run = summarise_samples(read_sheet(sheet), 2, progress=False)
    assert [row["sample_id"] for row in run.rows] == ["B"]
    assert [(s.sample_id, s.day) for s in run.refused_samples] == [("A", 28), ("C", 60)]
    assert len({s.reason for s in run.refused_samples}) == 1


def test_dask_reads_a_pool_in_one_pass(pool: Pool, alone: RunResult, tmp_path: Path) -> None:
    """The rows of files of their own, from a worker."""
    from distributed import LocalCluster

    write_pool(tmp_path, "csc", pool)
    sheet = write_lines(tmp_path, "A,P1,28,pool.h5ad,donor_id=P1", "B,P2,60,pool.h5ad,donor_id=P2")
    with LocalCluster(1, threads_per_worker=1, processes=True, dashboard_address=":0") as cluster:
        run = summarise_samples(
            read_sheet(sheet), progress=False, scheduler=cluster.scheduler_address
        )
    assert repr(run.rows) == repr(alone.rows)


def test_a_resumed_run_still_compares_selectors(
    pool: Pool, alone: RunResult, tmp_path: Path
) -> None:
    """A line added to a file that has rows already is refused when it shares their cells."""
    write_pool(tmp_path, "csr", pool)
    lines = ["A,P1,28,pool.h5ad,donor_id=P1", "B,P2,60,pool.h5ad,donor_id=P2"]
    log = tmp_path / "log"
    for _ in range(2):
        run = summarise_samples(
            read_sheet(write_lines(tmp_path, *lines)), 1, progress=False, resume_log=log
        )
        assert repr(run.rows) == repr(alone.rows)
    assert len(log.read_text().splitlines()) == 2
    longer = read_sheet(write_lines(tmp_path, *lines, "C,P3,60,pool.h5ad,day=28"))
    run = summarise_samples(longer, 1, progress=False, resume_log=log)
    assert [row["sample_id"] for row in run.rows] == ["B"]
    assert {sample.sample_id for sample in run.refused_samples} == {"A", "C"}
