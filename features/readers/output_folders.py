"""Output folders of the tools that count: which file or folder inside holds the sample's counts.

Cell Ranger (run folder, outs, multi), STARsolo, kb-python, alevin-fry, Parse, and a folder that
holds one count file. Filtered counts come before raw ones. Only the places that these tools write
to are looked at, because a run's folder may hold a hundred thousand files.
"""

from collections.abc import Sequence
from pathlib import Path

from features.errors import InputError
from features.readers.text_files.mtx_folder import several_samples
from features.readers.text_files.sample_files import find_samples

# Places relative to a folder, likeliest first; the first that is there is followed.
PLACES = (
    "outs",
    # Cell Ranger count, aggr, multi and version 2
    "sample_filtered_feature_bc_matrix.h5",
    "filtered_feature_bc_matrix.h5",
    "sample_filtered_feature_bc_matrix",
    "filtered_feature_bc_matrix",
    "filtered_gene_bc_matrices_h5.h5",
    "filtered_gene_bc_matrices",
    "filtered_gene_bc_matrices_mex",
    "count",
    "per_sample_outs",
    "raw_feature_bc_matrix.h5",
    "raw_feature_bc_matrix",
    "raw_gene_bc_matrices",
    "multi",
    # STARsolo
    "Solo.out",
    "Gene",
    "GeneFull",
    "GeneFull_Ex50pAS",
    "GeneFull_ExonOverIntron",
    "filtered",
    # kb-python
    "counts_filtered",
    "counts_unfiltered",
    # alevin-fry and simpleaf
    "af_quant",
    "quant",
    "alevin",
    # Parse
    "DGE_filtered",
    "DGE_unfiltered",
    "raw",
)
COUNT_FILES = (".h5", ".h5ad", ".loom", ".h5mu", ".h5seurat")
ARCHIVES = (".tar", ".tar.gz", ".tgz", ".zip", ".h5.gz", ".h5ad.gz")
TABLES = (".csv", ".tsv", ".txt", ".csv.gz", ".tsv.gz", ".txt.gz")
# Files and folders beside the counts that hold none.
NO_COUNTS = ("molecule_info", "cloupe", "vloupe", "SJ", "vdj_t", "vdj_b")
# Parse's pools of all samples of a run.
POOLS = ("all-sample", "all-well")
MAX_DEPTH = 6


def locate_counts(folder: Path, depth: int = 0) -> Path:
    """The count file in a folder, or the folder of an mtx matrix, however deep a tool puts it.

    Raises `SeveralSamples` when there are several, `InputError` when there is none.
    """
    names = _names(folder)
    if is_zarr(names) or find_samples(name for name in names if (folder / name).is_file()):
        return folder
    subfolder = next((subfolder for subfolder in PLACES if subfolder in names), None)
    inner = folder / subfolder if subfolder else _only_sample(folder, names)
    if inner is None or depth == MAX_DEPTH:
        raise InputError(
            "a count file must be the counts of one sample, but this folder holds none that we "
            "know (.h5, .h5ad, matrix.mtx with genes and barcodes, or the output of Cell Ranger, "
            "STARsolo, kb-python, alevin-fry or Parse); name the folder or file that holds them"
        )
    return locate_counts(inner, depth + 1) if inner.is_dir() else inner


def is_zarr(names: Sequence[str]) -> bool:
    """Whether a folder with these entries is a .zarr."""
    return any(name in names for name in (".zgroup", ".zattrs", "zarr.json"))


def _names(folder: Path) -> list[str]:
    names = (entry.name for entry in folder.iterdir())
    return sorted(name for name in names if not name.startswith("._") and name != "__MACOSX")


def _only_sample(folder: Path, names: Sequence[str]) -> Path | None:
    """The only count file, archive, folder with counts or table; None when there is none."""
    files = [name for name in names if (folder / name).is_file()]
    for endings in (COUNT_FILES, ARCHIVES):
        count_files = _without_raw([name for name in files if name.lower().endswith(endings)])
        if count_files:
            return folder / _only(count_files)
    folders = [name for name in names if (folder / name).is_dir() and name not in NO_COUNTS]
    holding = [name for name in folders if _holds_counts(folder / name)]
    holding = [name for name in holding if name not in POOLS] or holding
    if holding or len(folders) == 1:
        return folder / (_only(holding) if holding else folders[0])
    tables = [name for name in files if name.lower().endswith(TABLES)]
    return folder / tables[0] if len(tables) == 1 else None


def _only(names: list[str]) -> str:
    if len(names) > 1:
        raise several_samples(names)
    return names[0]


def _without_raw(files: list[str]) -> list[str]:
    """Without files that hold no counts, and without raw counts beside the filtered ones."""
    files = [name for name in files if not any(word in name for word in NO_COUNTS)] or files
    filtered = {name.lower() for name in files}
    return [
        name
        for name in files
        if "raw_" not in name.lower() or name.lower().replace("raw_", "filtered_") not in filtered
    ]


def _holds_counts(folder: Path) -> bool:
    """Whether a folder holds counts, judged by the names in it alone."""
    names = _names(folder)
    endings = (*COUNT_FILES, *ARCHIVES)
    return (
        is_zarr(names)
        or bool(find_samples(names))
        or any(name in PLACES or name.lower().endswith(endings) for name in names)
    )
