"""Count files of a folder, and the sample that each file's name or folder tells.

GEO's folders hold the files of many samples side by side, with the sample before or after
`matrix.mtx`; Cell Ranger writes one folder a run, and `per_sample_outs` in it.
"""

import os
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

_SUFFIXES = (".h5", ".h5ad", ".h5mu", ".loom")
_ENDINGS = re.compile(r"(\.(h5|h5ad|h5mu|loom|zarr))?(\.gz)?$", re.IGNORECASE)
_MTX = re.compile(r"(.*?)[_.\-]?matrix[_.\-]?(.*?)\.mtx(\.gz)?", re.IGNORECASE)
_ZARR = (".zgroup", ".zattrs", "zarr.json")
# What tools add to a sample's name, in file names and as folders.
_WORDS = re.compile(
    r"[_.\-]?(sample_)?(filtered_|raw_)?"
    r"((feature|gene)_bc_matri(x|ces)(_h5)?|count_matrix|counts|matrix)$",
    re.IGNORECASE,
)
_FOLDERS = re.compile(
    r"outs|count|multi|per_sample_outs|solo\.out|gene(full)?|filtered|raw|grch38.*|hg\d+|"
    r"(sample_)?(filtered|raw)_(feature|gene)_bc_matri(x|ces)",
    re.IGNORECASE,
)
_NO_COUNTS = re.compile(r".*(molecule_info|raw_probe_bc|cloupe|analysis).*", re.IGNORECASE)


class NamedFile(NamedTuple):
    """A count file, and the name of its sample."""

    path: Path
    name: str


def is_count_folder(folder: Path) -> bool:
    """Whether a folder is one count file: a .zarr, or the three files of one 10x matrix."""
    return any((folder / name).exists() for name in _ZARR) or len(_matrices(folder)) == 1


def sample_name(path: Path, above: Path) -> str:
    """The name of a file's sample: the last part of its path that no tool adds.

    >>> [sample_name(Path(text), Path()) for text in (
    ...     "GSM1_P1_matrix.mtx.gz", "matrix_P2.mtx.gz", "run1/outs/filtered_feature_bc_matrix.h5",
    ...     "r/per_sample_outs/S1/count/sample_filtered_feature_bc_matrix.h5")]
    ['GSM1_P1', 'P2', 'run1', 'S1']
    """
    names = _names(path, above)
    return names[-1] if names else path.resolve().parent.name


def find_count_files(folder: Path) -> list[NamedFile]:
    """All count files below a folder, sorted; filtered ones where raw ones lie beside them.

    Equal names of samples in several runs are told apart by the run.
    """
    paths = sorted(_find(folder))
    paths = [path for path in paths if not _has_better(path, paths)]
    names = [sample_name(path, folder) for path in paths]
    repeated = {name for name, n in Counter(names).items() if n > 1}
    return [
        NamedFile(path, "_".join(_names(path, folder)) if name in repeated else name)
        for path, name in zip(paths, names, strict=True)
    ]


def _find(folder: Path) -> Iterator[Path]:
    for top, folders, files in os.walk(folder):
        subfolder = Path(top)
        if any(name in files or name in folders for name in _ZARR):
            folders.clear()
            yield subfolder
            continue
        folders[:] = [name for name in folders if not _is_left_out(name)]
        matrices = _matrices(subfolder)
        yield from [subfolder] if len(matrices) == 1 and subfolder != folder else matrices
        for name in files:
            if name.lower().removesuffix(".gz").endswith(_SUFFIXES) and not _is_left_out(name):
                yield subfolder / name


def _is_left_out(name: str) -> bool:
    """Hidden files, such as macOS's ._ beside each file, and tools' files without counts."""
    return name.startswith(".") or _NO_COUNTS.fullmatch(name) is not None


def _matrices(folder: Path) -> list[Path]:
    paths = [path for path in sorted(folder.iterdir()) if _MTX.fullmatch(path.name)]
    return [path for path in paths if not path.name.startswith(".")]


def _has_better(path: Path, paths: list[Path]) -> bool:
    """Whether the same counts lie beside it as one .h5, or filtered where these are raw."""
    text = str(path)
    same_h5 = path.with_name(path.name + ".h5")
    if same_h5 in paths:
        return True
    if "/multi/count/raw_" in text.replace(os.sep, "/"):  # all samples of a multiplexed run
        run = path.parents[2] / "per_sample_outs"
        return any(run in other.parents for other in paths)
    filtered = re.sub(r"raw(?=_feature|_gene|$|/)", "filtered", text)
    return filtered != text and any(
        str(other) in (filtered, filtered + ".h5", filtered.removesuffix(".h5")) for other in paths
    )


def _names(path: Path, above: Path) -> list[str]:
    """Parts of a path that no tool adds, from the top."""
    parts = list(path.relative_to(above).parts) or [path.resolve().name]
    stem = _ENDINGS.sub("", parts[-1])
    matrix = _MTX.fullmatch(parts[-1])
    if matrix:
        stem = "_".join(text for text in matrix.groups()[:2] if text)
    names = [*parts[:-1], _WORDS.sub("", stem)]
    return [name for name in names if name and not _FOLDERS.fullmatch(name)]
