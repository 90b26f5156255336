"""What an AnnData says beside its counts: the older layouts whole, and the chemistry."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pandas as pd
import pytest

from features.readers.open_counts import open_counts
from tests.features.readers.same_cells import assert_same_cells, frame, normalised


def as_06(file: h5py.File) -> None:
    """AnnData 0.6: var and obs of named fields, raw.X and raw.var, shape under another name."""
    names, ids = file["var/_index"][:], file["var/gene_ids"][:]
    var = np.array(
        list(zip(names, ids, strict=True)), dtype=[("index", "S40"), ("gene_ids", "S20")]
    )
    cells = np.array([(name,) for name in file["obs/_index"][:]], dtype=[("index", "S20")])
    for name in ("var", "obs"):
        del file[name]
    file["var"], file["raw.var"], file["obs"] = var, var, cells
    file.move("raw/X", "raw.X")
    del file["raw"]
    for name in ("X", "raw.X"):
        attributes = file[name].attrs
        attributes["h5sparse_format"], attributes["h5sparse_shape"] = "csr", attributes["shape"]
        for key in ("encoding-type", "encoding-version", "shape"):
            del attributes[key]


def as_07(file: h5py.File) -> None:
    """AnnData 0.7: categories of var and obs beside the codes."""
    for group in ("var", "raw/var"):
        symbol = file[f"{group}/symbol"]
        codes, categories = symbol["codes"][:], symbol["categories"][:]
        del file[f"{group}/symbol"]
        file[f"{group}/__categories/symbol"] = categories
        file[f"{group}/symbol"] = codes
        file[f"{group}/symbol"].attrs["categories"] = file[f"{group}/__categories/symbol"].ref


def with_raw(blood: Any) -> Any:
    """Normalised X, counts in raw, symbols as categories."""
    data = frame(blood, blood.counts)
    data.var["symbol"] = pd.Categorical(blood.names)
    data.raw = data.copy()
    data.X = normalised(blood.counts)
    return data


@pytest.mark.parametrize("layout", [as_06, as_07])
def test_older_layouts_give_the_same_cells(
    blood: Any, tenx: Path, tmp_path: Path, layout: Callable[[h5py.File], None]
) -> None:
    """raw holds the counts in each."""
    path = tmp_path / "old.h5ad"
    with_raw(blood).write_h5ad(path)
    with h5py.File(path, "a") as file:
        layout(file)
    source = assert_same_cells(path, tenx)
    assert source.gene_ids == blood.ids
    assert source.read_barcodes()[:2] == ["c0", "c1"]


@pytest.mark.parametrize(
    ("column", "values", "chemistry"),
    [
        ("assay", ["10x 3' v3"] * 400, "10x 3' v3"),
        ("chemistry", ["SC5P-R2"] * 400, "SC5P-R2"),
        ("assay", ["10x 3' v3", "10x 5' v2"] * 200, None),
        ("kit", ["10x 3' v3"] * 400, None),
    ],
)
def test_one_chemistry_is_read_from_obs(
    blood: Any, tmp_path: Path, column: str, values: list[str], chemistry: str | None
) -> None:
    """CELLxGENE's column; a mixture says nothing."""
    data = frame(blood, blood.counts)
    data.obs[column] = pd.Categorical(values)
    data.write_h5ad(tmp_path / "c.h5ad")
    assert open_counts(tmp_path / "c.h5ad").chemistry == chemistry


def test_chemistry_is_read_from_uns(blood: Any, tmp_path: Path) -> None:
    """A note on the whole file."""
    data = frame(blood, blood.counts)
    data.uns["chemistry"] = "10x 3' v2"
    data.write_h5ad(tmp_path / "c.h5ad")
    assert open_counts(tmp_path / "c.h5ad").chemistry == "10x 3' v2"
