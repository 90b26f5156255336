"""Drafts of sample sheets, read back and run."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import anndata
import pandas as pd
import pytest

from features.errors import InputError
from features.pipeline.draft_lines import DraftLine, blank_cells, write_draft
from features.pipeline.sheet_draft import ObsColumns, draft_sheet
from features.table.sample_sheet import read_sheet
from tests.features.pooled import draw_pool, write_pool

NOTHING = ObsColumns()


@pytest.fixture(scope="module")
def pooled(draw_sample: Callable[..., Any], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A pool of two donors and doublets as .h5ad."""
    return write_pool(tmp_path_factory.mktemp("pool"), "csr", draw_pool(draw_sample, 30, 1000))


def write_obs(path: Path, draw: Callable[..., Any], obs: dict[str, list[str]]) -> Path:
    """A file of 200 cells with these columns."""
    blood = draw(200, 1000)
    frame = pd.DataFrame(obs, index=[f"c{i}" for i in range(200)])
    var = pd.DataFrame({"gene_ids": blood.ids}, index=blood.names)
    anndata.AnnData(blood.counts, obs=frame, var=var).write_h5ad(path)
    return path


def by_id(lines: list[DraftLine]) -> dict[str, tuple[str, int | None, int | None, str]]:
    """What the lines say, by sample."""
    return {x.sample_id: (x.patient_id, x.day, x.n_cells, x.cells) for x in lines}


def test_patients_and_days_of_a_pool(pooled: Path, tmp_path: Path) -> None:
    """A line for each, which the sheet's reader takes; the doublets are counted."""
    draft = draft_sheet(pooled, NOTHING)
    assert by_id(draft.lines) == {
        "P1_28": ("P1", 28, 430, "donor_id=P1;day=28"),
        "P2_60": ("P2", 60, 530, "donor_id=P2;day=60"),
    }
    assert draft.notes == ["pool.h5ad: 60 cells are of no sample"]
    write_draft(tmp_path / "samples.csv", draft.lines)
    rows = read_sheet(tmp_path / "samples.csv")
    assert [(row.patient_id, row.day, row.cells) for row in rows] == [
        ("P1", 28, "donor_id=P1;day=28"), ("P2", 60, "donor_id=P2;day=60"),
    ]  # fmt: skip
    assert all(row.path.samefile(pooled) for row in rows)


def test_days_in_words(draw_sample: Callable[..., Any], tmp_path: Path) -> None:
    """D28 and Day 60 are days; the baseline's day is blank unless the caller says it."""
    words = ["D28"] * 50 + ["Day 60"] * 50 + ["baseline"] * 50 + ["week 4"] * 50
    samples = [f"s{i // 50}" for i in range(200)]
    obs = {"sample": samples, "when": words, "batch": ["1", "2"] * 100}
    path = write_obs(tmp_path / "x.h5ad", draw_sample, obs)
    lines = draft_sheet(path, ObsColumns(day="when")).lines
    assert [line.day for line in lines] == [28, 60, None, None]
    assert [line.sample_id for line in lines] == ["s0", "s1", "s2", "s3"]
    assert [line.cells for line in lines] == [f"sample=s{i}" for i in range(4)]
    assert blank_cells(lines)[:2] == ["patient_id: lines 2 to 5", "day: lines 4, 5"]
    lines = draft_sheet(path, ObsColumns(day="when", baseline_day=-5)).lines
    assert [line.day for line in lines] == [28, 60, -5, None]


def test_one_sample_needs_no_selector(draw_sample: Callable[..., Any], tmp_path: Path) -> None:
    """Its patient and day are taken, the rest is the file's name."""
    obs = {"patient": ["P1"] * 200, "timepoint": ["D+28"] * 200}
    path = write_obs(tmp_path / "x.h5ad", draw_sample, obs)
    (line,) = draft_sheet(path, NOTHING).lines
    assert (line.patient_id, line.day, line.n_cells, line.cells) == ("P1", 28, 200, "")


def test_batches_of_one_patient_and_day_are_parts_of_a_sample(
    draw_sample: Callable[..., Any], tmp_path: Path
) -> None:
    """The line says so, because the file without a selector would be refused."""
    obs = {"patient": ["P1"] * 200, "timepoint": ["D+28"] * 200, "batch": ["a", "b"] * 100}
    draft = draft_sheet(write_obs(tmp_path / "x.h5ad", draw_sample, obs), NOTHING)
    assert [(line.patient_id, line.day, line.cells) for line in draft.lines] == [("P1", 28, "all")]
    assert "its column batch names 2, taken for parts of one sample" in draft.notes[0]


def test_batches_of_one_patient_may_be_days(
    draw_sample: Callable[..., Any], tmp_path: Path
) -> None:
    """Where the file tells no day, each batch has a line."""
    obs = {"patient": ["P1"] * 200, "batch": ["a", "b"] * 100}
    path = write_obs(tmp_path / "x.h5ad", draw_sample, obs)
    assert by_id(draft_sheet(path, NOTHING).lines) == {
        "x_a": ("P1", None, 100, "batch=a"), "x_b": ("P1", None, 100, "batch=b"),
    }  # fmt: skip


def test_batches_are_samples_where_nothing_else_is(
    draw_sample: Callable[..., Any], tmp_path: Path
) -> None:
    """A column that may be a lane comes last."""
    path = write_obs(tmp_path / "x.h5ad", draw_sample, {"batch": ["a", "b"] * 100})
    assert by_id(draft_sheet(path, NOTHING).lines) == {
        "a": ("", None, 100, "batch=a"), "b": ("", None, 100, "batch=b"),
    }  # fmt: skip


def test_samples_that_days_share_get_names_of_their_own(
    draw_sample: Callable[..., Any], tmp_path: Path
) -> None:
    """A sample column that names patients is told apart by the days."""
    obs = {"sample": ["a"] * 100 + ["b"] * 100, "timepoint": ["D0", "D28"] * 100}
    path = write_obs(tmp_path / "x.h5ad", draw_sample, obs)
    lines = by_id(draft_sheet(path, NOTHING).lines)
    assert lines["a_D28"] == ("", 28, 50, "sample=a;timepoint=D28")
    assert len(lines) == 4


def test_gem_groups_without_obs(draw_sample: Callable[..., Any], tmp_path: Path) -> None:
    """A line for each suffix; patient and day are blank."""
    path = write_pool(tmp_path, "tenx", draw_pool(draw_sample, 30, 1000))
    assert by_id(draft_sheet(path, NOTHING).lines) == {
        "pool_1": ("", None, 430, "barcode=*-1"), "pool_2": ("", None, 530, "barcode=*-2"),
        "pool_3": ("", None, 60, "barcode=*-3"),
    }  # fmt: skip


def test_a_folder_of_files(
    draw_sample: Callable[..., Any], tenx_writer: Callable[..., Path], tmp_path: Path
) -> None:
    """Pools among them have their lines; a day only where the name says day; damage is told."""
    write_pool(tmp_path / "run1", "tenx", draw_pool(draw_sample, 30, 1000))
    tenx_writer(tmp_path / "GSM1_A_day28.h5", draw_sample(40, 1000))
    tenx_writer(tmp_path / "GSM2_D3.h5", draw_sample(40, 1000))
    (tmp_path / "torn.h5").write_bytes(b"no")
    draft = draft_sheet(tmp_path, NOTHING)
    assert {line.sample_id: (line.day, line.n_cells) for line in draft.lines} == {
        "GSM1_A_day28": (28, 40), "GSM2_D3": (None, 40), "pool_1": (None, 430),
        "pool_2": (None, 530), "pool_3": (None, 60), "torn": (None, None),
    }  # fmt: skip
    assert draft.notes[0].startswith("not readable yet: torn.h5: a count file must be")


def test_an_absent_column_is_refused(pooled: Path) -> None:
    """With the names of those that are there."""
    with pytest.raises(InputError, match=r"donor is none of them \(donor_id, day\)"):
        draft_sheet(pooled, ObsColumns(sample="donor"))


def test_a_folder_without_count_files_is_refused(tmp_path: Path) -> None:
    """Nothing is drafted."""
    with pytest.raises(InputError, match="holds no sample"):
        draft_sheet(tmp_path, NOTHING)


def test_a_demultiplexing_table_names_the_samples(
    draw_sample: Callable[..., Any], tmp_path: Path
) -> None:
    """A line for each, with its cells in the file; the sheet selects them."""
    pool = draw_pool(draw_sample, 30, 1000)
    path = write_pool(tmp_path, "mtx", pool)
    lines = [f"{n}\t{d}\n" for n, d in zip(pool.barcodes, pool.donors, strict=True)]
    (tmp_path / "donor_ids.tsv").write_text("cell\tdonor_id\n" + "".join(sorted(lines)))
    draft = draft_sheet(path, ObsColumns(barcodes=tmp_path / "donor_ids.tsv"))
    cells = f"barcodes={tmp_path / 'donor_ids.tsv'}"
    assert by_id(draft.lines) == {
        "P1": ("", None, 430, f"{cells}:P1"), "P2": ("", None, 530, f"{cells}:P2"),
    }  # fmt: skip


def test_a_name_alone_selects_only_where_it_is_enough(
    draw_sample: Callable[..., Any], tmp_path: Path
) -> None:
    """Cells of a sample without a donor stay out of it."""
    obs = {"sample": ["a"] * 100 + ["b"] * 100, "donor": ["P1"] * 90 + ["unassigned"] * 110}
    path = write_obs(tmp_path / "x.h5ad", draw_sample, obs)
    assert by_id(draft_sheet(path, NOTHING).lines) == {
        "a": ("P1", None, 90, "sample=a;donor=P1"),
    }  # fmt: skip


def test_lines_are_in_natural_order(draw_sample: Callable[..., Any], tmp_path: Path) -> None:
    """P2 before P10, whatever the order of the cells."""
    donors = [f"P{10 - 4 * (i % 3)}" for i in range(200)]
    path = write_obs(tmp_path / "x.h5ad", draw_sample, {"donor": donors})
    assert [line.sample_id for line in draft_sheet(path, NOTHING).lines] == ["P2", "P6", "P10"]


def write_gem_groups(path: Path, draw: Callable[..., Any]) -> Path:
    """One patient in obs, two GEM groups in the barcodes."""
    blood = draw(200, 1000)
    names = [
        "".join("ACGT"[i // 4**k % 4] for k in range(16)) + f"-{1 + i % 2}" for i in range(200)
    ]
    obs, var = pd.DataFrame({"patient": " P1 "}, index=names), pd.DataFrame(index=blood.names)
    anndata.AnnData(blood.counts, obs=obs, var=var).write_h5ad(path)
    return path


def test_barcodes_tell_one_patients_samples_apart(
    draw_sample: Callable[..., Any], tmp_path: Path
) -> None:
    """The file would be refused without a selector, so the draft has one for each GEM group."""
    path = write_gem_groups(tmp_path / "x.h5ad", draw_sample)
    assert by_id(draft_sheet(path, NOTHING).lines) == {
        "x_1": ("P1", None, 100, "barcode=*-1"), "x_2": ("P1", None, 100, "barcode=*-2"),
    }  # fmt: skip


def test_a_column_of_the_caller_decides(draw_sample: Callable[..., Any], tmp_path: Path) -> None:
    """Whoever names the sample's column says that GEM groups are lanes of one sample."""
    path = write_gem_groups(tmp_path / "x.h5ad", draw_sample)
    (line,) = draft_sheet(path, ObsColumns(sample="patient")).lines
    assert (line.patient_id, line.n_cells, line.cells) == ("P1", 200, "all")
