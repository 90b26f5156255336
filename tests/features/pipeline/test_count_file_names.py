"""Count files of a folder and the names of their samples."""

from pathlib import Path

import pytest

from features.pipeline.count_file_names import find_count_files, is_count_folder, sample_name


def files(folder: Path, *names: str) -> dict[str, str]:
    """Paths below the folder and names of the samples found among these files."""
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).touch()
    return {str(f.path.relative_to(folder)): f.name for f in find_count_files(folder)}


def triple(prefix: str, suffix: str = "") -> list[str]:
    """The three files of a 10x matrix."""
    return [f"{prefix}{name}{suffix}.{ending}" for name, ending in
            (("matrix", "mtx.gz"), ("barcodes", "tsv.gz"), ("features", "tsv.gz"))]  # fmt: skip


def test_geo_puts_the_sample_before_or_after(tmp_path: Path) -> None:
    """Each matrix of a folder is a sample; a folder with one is that sample."""
    found = files(tmp_path, *triple("g/GSM1_P1_"), *triple("g/GSM2_P2_"), *triple("s/", "_P3"),
                  *triple("s/", "-P4"), *triple("P5/"), "GSM3_P6_filtered_feature_bc_matrix.h5",
                  "GSM4_P7_raw_counts.h5ad.gz")  # fmt: skip
    assert found == {
        "g/GSM1_P1_matrix.mtx.gz": "GSM1_P1", "g/GSM2_P2_matrix.mtx.gz": "GSM2_P2",
        "s/matrix_P3.mtx.gz": "P3", "s/matrix-P4.mtx.gz": "P4", "P5": "P5",
        "GSM3_P6_filtered_feature_bc_matrix.h5": "GSM3_P6", "GSM4_P7_raw_counts.h5ad.gz": "GSM4_P7",
    }  # fmt: skip


def test_cell_ranger_runs(tmp_path: Path) -> None:
    """One file for each run: filtered, .h5 before the folder of the same counts, no molecules."""
    for run in ("run1", "run2"):
        found = files(
            tmp_path, f"{run}/outs/filtered_feature_bc_matrix.h5",
            f"{run}/outs/raw_feature_bc_matrix.h5", f"{run}/outs/molecule_info.h5",
            *triple(f"{run}/outs/filtered_feature_bc_matrix/"),
            *triple(f"{run}/outs/raw_feature_bc_matrix/"),
            f"{run}/outs/analysis/clustering.h5",
        )  # fmt: skip
    assert found == {f"{run}/outs/filtered_feature_bc_matrix.h5": run for run in ("run1", "run2")}


def test_samples_of_multiplexed_runs(tmp_path: Path) -> None:
    """`per_sample_outs`; equal names in two runs are told apart by the run."""
    sample = "per_sample_outs/{}/count/sample_filtered_feature_bc_matrix.h5"
    found = files(
        tmp_path, f"r1/outs/{sample.format('S1')}", f"r1/outs/{sample.format('S2')}",
        "r1/outs/multi/count/raw_feature_bc_matrix.h5", f"r2/outs/{sample.format('S1')}",
    )  # fmt: skip
    assert sorted(found.values()) == ["S2", "r1_S1", "r2_S1"]


def test_starsolo_and_zarr(tmp_path: Path) -> None:
    """Filtered before raw, whatever lies between; a .zarr is one file."""
    found = files(
        tmp_path, *triple("A/Solo.out/Gene/filtered/"), *triple("A/Solo.out/Gene/raw/"),
        "B.zarr/.zgroup", "B.zarr/X/.zgroup", "B.zarr/obs/zarr.json",
    )  # fmt: skip
    assert found == {"A/Solo.out/Gene/filtered": "A", "B.zarr": "B"}
    assert is_count_folder(tmp_path / "B.zarr")
    assert is_count_folder(tmp_path / "A/Solo.out/Gene/raw")
    assert not is_count_folder(tmp_path)


@pytest.mark.parametrize(("path", "name"), [
    ("x/P1.h5ad", "P1"), ("x/P1/filtered_gene_bc_matrices/GRCh38", "P1"),
    ("x/P1_D28_filtered_gene_bc_matrices_h5.h5", "P1_D28"), ("x/outs/matrix.mtx", "x"),
])  # fmt: skip
def test_what_tools_add_is_no_name(path: str, name: str) -> None:
    """The last part that a person chose."""
    assert sample_name(Path(path), Path()) == name


def test_hidden_files_hold_no_counts(tmp_path: Path) -> None:
    """macOS writes ._ files of attributes beside each file, and archives carry them along."""
    (tmp_path / ".cache").mkdir()
    for name in ("A.h5", "._A.h5", "B_matrix.mtx.gz", "._B_matrix.mtx.gz", ".cache/C.h5"):
        (tmp_path / name).touch()
    assert [file.name for file in find_count_files(tmp_path)] == ["A", "B"]


def test_endings_in_capitals(tmp_path: Path) -> None:
    """As Windows programs write them."""
    assert files(tmp_path, "A.H5", "B.h5ad.GZ") == {"A.H5": "A", "B.h5ad.GZ": "B"}
