"""Cases of files that hold several samples: with a selector, and without one."""

from pathlib import Path

import anndata as ad
import pandas as pd
from scipy import sparse

from benchmarks.input_cases.public_samples import OTHER_SAMPLE, SAMPLE, tenx_sample
from benchmarks.input_cases.registry import case
from benchmarks.input_cases.writers import write_h5ad, write_mtx, write_tenx

SAMPLES = (SAMPLE, OTHER_SAMPLE)
SEVERAL = "features samples"


def _pooled() -> ad.AnnData:
    """Two samples: barcodes -1 and -2, and columns of obs that tell patient and day."""
    parts = [tenx_sample(name) for name in SAMPLES]
    barcodes = [f"{b[:-1]}{n}" for n, part in enumerate(parts, 1) for b in part.obs_names]
    patient = [f"P{n}" for n, part in enumerate(parts, 1) for _ in part.obs_names]
    obs = pd.DataFrame({"donor_id": patient, "timepoint": "D28"}, index=barcodes)
    counts = sparse.vstack([part.X for part in parts]).tocsr()
    return ad.AnnData(counts, obs=obs, var=parts[0].var.copy())


def _aggregated(folder: Path) -> str:
    return write_tenx(folder, "aggregated.h5", _pooled())


@case("refused", SEVERAL)
def aggregated_h5(folder: Path) -> str:
    """cellranger aggr without a selector."""
    return _aggregated(folder)


@case(cells="barcode=*-1")
def aggregated_h5_by_barcode(folder: Path) -> str:
    """cellranger aggr, the sample of GEM well 1."""
    return _aggregated(folder)


@case("refused", SEVERAL)
def pooled_h5ad(folder: Path) -> str:
    """An .h5ad of two donors without a selector."""
    return write_h5ad(folder, "pooled.h5ad", _pooled())


@case(cells="donor_id=P1;timepoint=D28")
def pooled_h5ad_by_column(folder: Path) -> str:
    """An .h5ad of two donors, one chosen by columns of obs."""
    return write_h5ad(folder, "pooled.h5ad", _pooled())


@case(cells="donor_id=P1")
def pooled_csc_by_column(folder: Path) -> str:
    """The same compressed by gene."""
    data = _pooled()
    data.X = data.X.tocsc()
    return write_h5ad(folder, "pooled_csc.h5ad", data)


@case(cells="donor_id=P1")
def pooled_dense_by_column(folder: Path) -> str:
    """The same as a dense matrix."""
    data = _pooled()
    data.X = data.X.toarray()
    return write_h5ad(folder, "pooled_dense.h5ad", data, compression="gzip")


@case(cells="donor_id=P1")
def pooled_zarr_by_column(folder: Path) -> str:
    """The same as .zarr."""
    _pooled().write_zarr(folder / "pooled.zarr")
    return "pooled.zarr"


@case("refused", SEVERAL)
def pooled_mtx(folder: Path) -> str:
    """An mtx folder of two GEM wells without a selector."""
    return write_mtx(folder, "pooled_mtx", _pooled())


@case(cells="barcode=*-1")
def pooled_mtx_by_barcode(folder: Path) -> str:
    """The same, the sample of GEM well 1."""
    return write_mtx(folder, "pooled_mtx", _pooled())


@case(cells="barcodes=cells_of_p1.txt")
def pooled_by_barcode_list(folder: Path) -> str:
    """The cells listed in a file, as demultiplexing tools give them."""
    data = _pooled()
    cells = data.obs_names[data.obs["donor_id"] == "P1"]
    (folder / "cells_of_p1.txt").write_text("\n".join(cells) + "\n")
    return _aggregated(folder)
