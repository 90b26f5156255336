"""Output folders of tools: the counts are found where each tool puts them."""

import shutil
from pathlib import Path
from typing import Any

import pytest

from features.errors import InputError
from features.readers.open_counts import open_counts
from features.readers.output_folders import locate_counts
from features.readers.text_files.mtx_folder import SeveralSamples
from tests.features.text_counts import assert_same_cells, scan_path, write_mtx

TRIPLE = ("matrix.mtx.gz", "features.tsv.gz", "barcodes.tsv.gz")
KB = ("cells_x_genes.mtx", "cells_x_genes.genes.txt", "cells_x_genes.barcodes.txt")
FRY = ("quants_mat.mtx", "quants_mat_cols.txt", "quants_mat_rows.txt")
PARSE = ("count_matrix.mtx", "all_genes.csv", "cell_metadata.csv")

# Files of a tool's folder, and which is taken. A name in capitals stands for a folder of files.
LAYOUTS: dict[str, tuple[tuple[str, ...], str]] = {
    "Cell Ranger": (
        ("outs/filtered_feature_bc_matrix.h5", "outs/raw_feature_bc_matrix.h5",
         "outs/filtered_feature_bc_matrix/matrix.mtx.gz", "outs/molecule_info.h5",
         "outs/metrics_summary.csv", "outs/analysis/x.csv", "_log", "SC_RNA_COUNTER_CS/x.h5"),
        "outs/filtered_feature_bc_matrix.h5",
    ),
    "Cell Ranger's folders alone": (
        (
            "outs/filtered_feature_bc_matrix/matrix.mtx.gz",
            "outs/raw_feature_bc_matrix/matrix.mtx.gz",
        ),
        "outs/filtered_feature_bc_matrix",
    ),
    "raw counts alone": (("outs/raw_feature_bc_matrix.h5",), "outs/raw_feature_bc_matrix.h5"),
    "Cell Ranger 2": (
        ("outs/filtered_gene_bc_matrices/GRCh38/matrix.mtx",
         "outs/raw_gene_bc_matrices/GRCh38/matrix.mtx"),
        "outs/filtered_gene_bc_matrices/GRCh38",
    ),
    "Cell Ranger multi": (
        ("outs/per_sample_outs/P1/count/sample_filtered_feature_bc_matrix.h5",
         "outs/per_sample_outs/P1/vdj_t/x.csv", "outs/multi/count/raw_feature_bc_matrix.h5"),
        "outs/per_sample_outs/P1/count/sample_filtered_feature_bc_matrix.h5",
    ),
    "Cell Ranger 9 multi": (
        ("outs/per_sample_outs/P1/sample_filtered_feature_bc_matrix/matrix.mtx.gz",),
        "outs/per_sample_outs/P1/sample_filtered_feature_bc_matrix",
    ),
    "Cell Ranger aggr": (
        ("outs/count/filtered_feature_bc_matrix.h5", "outs/aggregation.csv"),
        "outs/count/filtered_feature_bc_matrix.h5",
    ),
    "STARsolo": (
        ("Solo.out/Gene/filtered/matrix.mtx", "Solo.out/Gene/raw/matrix.mtx",
         "Solo.out/GeneFull/filtered/matrix.mtx", "Solo.out/SJ/raw/matrix.mtx", "Log.out",
         "Solo.out/Velocyto/raw/spliced.mtx", "Solo.out/Barcodes.stats", "Aligned.bam"),
        "Solo.out/Gene/filtered",
    ),
    "STARsolo with a prefix": (("P1_Solo.out/Gene/raw/matrix.mtx",), "P1_Solo.out/Gene/raw"),
    "STARsolo without Gene": (
        ("Solo.out/GeneFull/filtered/matrix.mtx", "Solo.out/SJ/raw/matrix.mtx"),
        "Solo.out/GeneFull/filtered",
    ),
    "kb-python": (
        ("counts_unfiltered/cells_x_genes.mtx", "counts_unfiltered/adata.h5ad", "output.bus",
         "run_info.json", "transcripts.txt"),
        "counts_unfiltered",
    ),
    "kb-python filtered": (
        ("counts_unfiltered/cells_x_genes.mtx", "counts_filtered/cells_x_genes.mtx"),
        "counts_filtered",
    ),
    "alevin-fry": (("alevin/quants_mat.mtx", "quant.json", "featureDump.txt"), "alevin"),
    "simpleaf": (("af_quant/alevin/quants_mat.mtx", "af_map/map.rad"), "af_quant/alevin"),
    "Parse": (
        ("S1/DGE_filtered/count_matrix.mtx", "S1/DGE_unfiltered/count_matrix.mtx",
         "all-sample/DGE_filtered/count_matrix.mtx", "process/x.csv"),
        "S1/DGE_filtered",
    ),
    "one .h5ad": (("sample.h5ad", "README.txt"), "sample.h5ad"),
    "raw and filtered": (
        ("P1_filtered_feature_bc_matrix.h5", "P1_raw_feature_bc_matrix.h5", "P1_molecule_info.h5"),
        "P1_filtered_feature_bc_matrix.h5",
    ),
    "one table": (("GSM1_counts.csv.gz",), "GSM1_counts.csv.gz"),
    "macOS's copies": (("s/matrix.mtx", "__MACOSX/s/._matrix.mtx", "._s", ".DS_Store"), "s"),
    ".zarr": (("x.zarr/.zgroup", "x.zarr/X/.zarray"), "x.zarr"),
}  # fmt: skip


@pytest.mark.parametrize("tool", LAYOUTS)
def test_the_counts_of_each_tool(tmp_path: Path, tool: str) -> None:
    """Empty files of the tool's names: names alone decide."""
    files, target = LAYOUTS[tool]
    for name in files:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    assert locate_counts(tmp_path).relative_to(tmp_path).as_posix() == target


@pytest.mark.parametrize(
    "files",
    [
        ("outs/per_sample_outs/P1/count/x.h5", "outs/per_sample_outs/P2/count/x.h5"),
        ("P1.h5", "P2.h5"),
        ("P1/matrix.mtx", "P2/matrix.mtx"),
        ("S1/DGE_filtered/DGE.mtx", "S2/DGE_filtered/DGE.mtx", "all-sample/DGE_filtered/DGE.mtx"),
        ("GSM1.tar.gz", "GSM2.tar.gz"),
    ],
)
def test_folders_of_several_samples(tmp_path: Path, files: tuple[str, ...]) -> None:
    """Refused with the names of all and the command that drafts a sheet."""
    for name in files:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    with pytest.raises(SeveralSamples, match=r"but 2 matrices are there .*1.*2.*samples FOLDER"):
        locate_counts(tmp_path)


@pytest.mark.parametrize(
    ("names", "place"),
    [(TRIPLE, "outs/filtered_feature_bc_matrix"), (TRIPLE, "Solo.out/Gene/filtered"),
     (KB, "counts_unfiltered"), (FRY, "alevin"), (PARSE, "DGE_filtered")],
)  # fmt: skip
def test_the_run_folder_gives_the_cells(
    blood: Any, tenx: Path, tmp_path: Path, names: tuple[str, str, str], place: str
) -> None:
    """The tool's top folder is a path like the matrix's own, and the source says which it is."""
    cells_first = names[0] != TRIPLE[0]
    write_mtx(tmp_path / place, blood, blood.counts if cells_first else None, names=names)
    assert_same_cells(scan_path(tmp_path), scan_path(tenx))
    source = open_counts(tmp_path)
    assert (source.path, source.matrix) == (tmp_path, f"{place}/{names[0]}")


def test_cell_ranger_s_filtered_h5_is_taken(tenx: Path, tmp_path: Path) -> None:
    """With outs or the run's folder as path."""
    outs = tmp_path / "run" / "outs"
    outs.mkdir(parents=True)
    for name in ("filtered_feature_bc_matrix.h5", "raw_feature_bc_matrix.h5"):
        shutil.copy(tenx, outs / name)
    for path in (outs, outs.parent):
        assert_same_cells(scan_path(path), scan_path(tenx))
        assert open_counts(path).matrix.endswith("filtered_feature_bc_matrix.h5")


def test_a_folder_without_counts(tmp_path: Path) -> None:
    """The sentence says what is read, and does not call it damaged."""
    (tmp_path / "figures").mkdir()
    with pytest.raises(InputError, match=r"name the folder or file that holds them$"):
        open_counts(tmp_path)
