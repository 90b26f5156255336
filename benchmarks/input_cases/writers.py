"""Writers of count files: Cell Ranger .h5, 10x mtx folder, gzip by name."""

import gzip
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import anndata as ad
import h5py  # type: ignore[import-untyped, unused-ignore]  # h5py ships no types
import numpy as np
from scipy import sparse
from scipy.io import mmwrite


def write_bytes(path: Path, raw: bytes) -> None:
    """Write bytes, compressed when the name ends in .gz."""
    path.write_bytes(gzip.compress(raw, 1) if path.suffix == ".gz" else raw)


def write_h5ad(folder: Path, name: str, data: ad.AnnData, **options: Any) -> str:
    """Write an .h5ad and give its name."""
    data.write_h5ad(folder / name, **options)
    return name


def write_tenx(
    folder: Path,
    name: str,
    data: ad.AnnData,
    *,
    ids: Sequence[str] | None = None,
    names: Sequence[str] | None = None,
    kinds: Sequence[str] | None = None,
    dtype: type = np.int32,
) -> str:
    """Write a Cell Ranger version 3 .h5 and give its name."""
    counts = sparse.csr_matrix(data.X)
    with h5py.File(folder / name, "w") as file:
        group = file.create_group("matrix")
        group["data"] = counts.data.astype(dtype)
        group["indices"] = counts.indices.astype(np.int64)
        group["indptr"] = counts.indptr.astype(np.int64)
        group["shape"] = np.array(counts.shape[::-1], np.int32)
        group["barcodes"] = np.array(data.obs_names.astype(str), "S")
        features = group.create_group("features")
        features["id"] = np.array(ids if ids is not None else data.var["gene_ids"], "S")
        features["name"] = np.array(names if names is not None else data.var_names, "S")
        features["feature_type"] = np.array(kinds or ["Gene Expression"] * data.n_vars, "S")
        features["genome"] = np.array(["GRCh38"] * data.n_vars, "S")
    return name


def write_mtx(
    folder: Path,
    name: str,
    data: ad.AnnData,
    *,
    prefix: str = "",
    matrix: str = "matrix.mtx.gz",
    features: str = "features.tsv.gz",
    barcodes: str = "barcodes.tsv.gz",
    feature_lines: Sequence[str] | None = None,
    field: str = "integer",
    line_end: str = "\n",
    cells_by_genes: bool = False,
) -> str:
    """Write a 10x folder (genes x cells unless `cells_by_genes`) and give its name."""
    target = folder / name
    shutil.rmtree(target, ignore_errors=True)
    target.mkdir(parents=True)
    counts = sparse.csc_matrix(data.X if cells_by_genes else data.X.T)
    draft = target / "draft.mtx"
    mmwrite(draft, counts, field=field)
    write_bytes(target / (prefix + matrix), draft.read_bytes())
    draft.unlink()
    lines = feature_lines or tabbed_features(data)
    write_bytes(target / (prefix + features), _text(lines, line_end))
    write_bytes(target / (prefix + barcodes), _text(list(data.obs_names), line_end))
    return name


def tabbed_features(data: ad.AnnData, third: str | None = "Gene Expression") -> list[str]:
    """Lines of features.tsv: id, symbol and, unless None, a third column."""
    rows = zip(data.var["gene_ids"], data.var_names, strict=True)
    return ["\t".join((*row, third) if third is not None else row) for row in rows]


def _text(lines: Sequence[str], line_end: str) -> bytes:
    return (line_end.join(lines) + line_end).encode()
