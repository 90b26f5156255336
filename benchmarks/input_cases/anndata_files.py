"""Cases of .h5ad files: where the counts lie, how they are stored, how old the file is."""

from pathlib import Path

import anndata as ad
import numpy as np
import pandas as pd

from benchmarks.input_cases.public_samples import by_id, log_normalised, sample
from benchmarks.input_cases.registry import case
from benchmarks.input_cases.writers import write_h5ad


@case()
def h5ad_symbols_with_duplicates(folder: Path) -> str:
    """Symbols as index, some of them twice, ids in var."""
    return write_h5ad(folder, "symbols.h5ad", sample())


@case()
def cellxgene_5_1(folder: Path) -> str:
    """Ids as index, symbols as a category, counts in raw/X."""
    counts = by_id(sample())
    del counts.var["feature_types"]
    data = log_normalised(counts)
    data.raw = counts
    data.var["feature_name"] = data.var["feature_name"].astype("category")
    data.var["feature_is_filtered"] = False
    return write_h5ad(folder, "cellxgene51.h5ad", data)


def _cellxgene_5_2() -> ad.AnnData:
    data = by_id(sample())
    del data.var["feature_types"]
    data.var["feature_biotype"] = pd.Categorical(["gene"] * data.n_vars)
    data.var["feature_type"] = pd.Categorical(["protein_coding"] * data.n_vars)
    return data


@case()
def cellxgene_5_2(folder: Path) -> str:
    """`feature_type` holds biotypes, which are no 10x types; counts in raw/X."""
    counts = _cellxgene_5_2()
    data = log_normalised(counts)
    data.raw = counts
    return write_h5ad(folder, "cellxgene52.h5ad", data)


@case()
def cellxgene_5_2_counts_alone(folder: Path) -> str:
    """The same with counts in X."""
    return write_h5ad(folder, "cellxgene52x.h5ad", _cellxgene_5_2())


@case("refused", "whole numbers")
def normalised_alone(folder: Path) -> str:
    """Only normalised values: there are no counts to read."""
    return write_h5ad(folder, "normalised.h5ad", log_normalised(sample()))


def _with_layer(folder: Path, layer: str) -> str:
    data = log_normalised(sample())
    data.layers[layer] = sample().X
    return write_h5ad(folder, f"layer_{layer}.h5ad", data)


@case()
def layer_counts(folder: Path) -> str:
    """Counts in layers/counts."""
    return _with_layer(folder, "counts")


@case()
def layer_raw(folder: Path) -> str:
    """Counts in layers/raw."""
    return _with_layer(folder, "raw")


@case()
def layer_umis(folder: Path) -> str:
    """Counts in layers/UMIs."""
    return _with_layer(folder, "UMIs")


@case()
def layer_counts_raw(folder: Path) -> str:
    """Counts in layers/counts_raw."""
    return _with_layer(folder, "counts_raw")


@case()
def layer_counts_with_logarithms(folder: Path) -> str:
    """A layer called counts that holds logarithms, beside counts in X."""
    data = sample()
    data.layers["counts"] = log_normalised(data).X
    return write_h5ad(folder, "log_layer.h5ad", data)


@case()
def layers_without_x(folder: Path) -> str:
    """No X, counts in a layer."""
    data = sample()
    data.layers["counts"] = data.X.copy()
    data.X = None
    return write_h5ad(folder, "no_x.h5ad", data)


@case("refused", "spliced")
def layer_spliced_alone(folder: Path) -> str:
    """Spliced counts alone: a part of each cell's RNA."""
    data = log_normalised(sample())
    spliced = sample().X
    spliced.data = np.floor(0.7 * spliced.data + 0.5)
    data.layers["spliced"] = spliced
    return write_h5ad(folder, "spliced.h5ad", data)
