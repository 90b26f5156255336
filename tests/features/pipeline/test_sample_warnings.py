"""Warnings of a row: how the sample was made, what its sheet states, what its cells show."""

import math
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import anndata
import numpy as np
from scipy import sparse

from features.pipeline.sample import summarise
from features.table.row import number
from features.table.sample_sheet import sheet_row


def test_composition_needs_unselected_cells(tenx: Path) -> None:
    """Sorted, product or unstated: no fractions, and the reason among the warnings."""
    codes = {"sorted": "sorted", "product": "product", None: "enrichment_unknown"}
    for enrichment, code in codes.items():
        row = summarise(sheet_row(tenx, day=3, enrichment=enrichment))
        assert math.isnan(number(row, "monocyte_fraction"))
        assert code in str(row["warnings"]).split(";")
    assert "sorted_impure" in str(summarise(sheet_row(tenx, enrichment="sorted"))["warnings"])


def test_a_missing_car_gives_a_warning(tenx: Path) -> None:
    """A CAR named in the sheet that the reference lacks is a warning, not an error."""
    row = summarise(sheet_row(tenx, enrichment="none", car_gene="CAR_scFv"))
    assert "no_car_gene" in str(row["warnings"])
    assert math.isnan(number(row, "car_t_fraction"))


def test_ambient_rna_beyond_typing_is_a_warning(
    tenx: Path, blood: Any, tenx_writer: Callable[..., Path], tmp_path: Path
) -> None:
    """Half of every cell's UMIs from the pooled profile is a warning of the row."""
    rng, counts = np.random.default_rng(0), blood.counts.toarray()
    ambient_mean = 0.5 * counts.sum(axis=1, keepdims=True) * counts.sum(axis=0) / counts.sum()
    mixed = rng.binomial(counts, 0.5) + rng.poisson(ambient_mean)
    sample = replace(blood, counts=sparse.csr_matrix(mixed.astype(np.int32)))
    path = tenx_writer(tmp_path / "ambient.h5", sample)
    codes = str(summarise(sheet_row(path, day=3, enrichment="none"))["warnings"]).split(";")
    assert "ambient_high" in codes
    row = summarise(sheet_row(tenx, day=3, enrichment="none"))
    assert "ambient_high" not in str(row["warnings"])
    assert number(row, "t_gene_rate") > 30
    assert number(row, "t_without_t_genes_fraction") < 0.05


def test_how_a_withheld_share_was_measured_is_not_said(pbmc3k: Path, tmp_path: Path) -> None:
    """Without mitochondrial genes CD7 by RNA is withheld, so no NK cells set its level."""
    whole = str(summarise(sheet_row(pbmc3k, day=3, enrichment="none"))["warnings"])
    assert "cd7_nk_standard" in whole.split(";")
    data = anndata.read_h5ad(pbmc3k)
    path = tmp_path / "no_mito.h5ad"
    data[:, ~data.var_names.str.startswith("MT-")].write_h5ad(path)
    codes = str(summarise(sheet_row(path, day=3, enrichment="none"))["warnings"]).split(";")
    assert {"no_mito_genes", "cd7_unresolved"} <= set(codes)
    assert not {"cd7_nk_standard", "cd7_chemistry_unstated"} & set(codes)
