"""Cases of what the numbers are: no UMIs, normalised, binarised, antibodies, probes."""

from collections.abc import Sequence
from pathlib import Path

import anndata as ad
import numpy as np
import pandas as pd
from scipy import sparse

from benchmarks.input_cases.public_samples import eccite_proteins, eccite_rna, sample
from benchmarks.input_cases.registry import case
from benchmarks.input_cases.writers import write_h5ad, write_tenx


@case(control="eccite", car_gene="")
def eccite(folder: Path) -> str:
    """ECCITE-seq's RNA: the control of its antibodies."""
    return write_h5ad(folder, "eccite.h5ad", eccite_rna().copy())


def _with_antibodies(names: Sequence[str], join: str = "-") -> ad.AnnData:
    """ECCITE-seq's RNA and its 49 antibodies without feature types, as after `ad.concat`."""
    rna, (proteins, _) = eccite_rna(), eccite_proteins()
    data = ad.AnnData(
        sparse.hstack([rna.X, proteins]).tocsr(),
        obs=pd.DataFrame(index=rna.obs_names),
        var=pd.DataFrame(index=[*rna.var_names, *names]),
    )
    data.var_names_make_unique(join=join)
    return data


@case("protein", control="eccite", car_gene="")
def antibodies_named_as_genes(folder: Path) -> str:
    """CD7-1 is an antibody."""
    return write_h5ad(folder, "adt.h5ad", _with_antibodies(eccite_proteins()[1]))


@case("protein", control="eccite", car_gene="")
def antibodies_named_as_genes_in_r(folder: Path) -> str:
    """CD7.1 is an antibody."""
    return write_h5ad(folder, "adt_dot.h5ad", _with_antibodies(eccite_proteins()[1], "."))


@case("protein", control="eccite", car_gene="")
def antibodies_of_totalseq(folder: Path) -> str:
    """CD7_TotalSeqC is an antibody."""
    names = [f"{name}_TotalSeqC" for name in eccite_proteins()[1]]
    return write_h5ad(folder, "adt_totalseq.h5ad", _with_antibodies(names))


@case("protein", control="eccite", car_gene="")
def antibody_of_cd7_alone(folder: Path) -> str:
    """One antibody row, CD7-1, beside the RNA."""
    rna, (proteins, names) = eccite_rna(), eccite_proteins()
    data = ad.AnnData(
        sparse.hstack([rna.X, proteins[:, [names.index("CD7")]]]).tocsr(),
        obs=pd.DataFrame(index=rna.obs_names),
        var=pd.DataFrame(index=[*rna.var_names, "CD7"]),
    )
    data.var_names_make_unique()
    return write_h5ad(folder, "adt_cd7.h5ad", data)


@case("protein", control="eccite", car_gene="")
def antibodies_with_types(folder: Path) -> str:
    """The same antibodies with their feature type: CD7 is measured by protein."""
    data = _with_antibodies(eccite_proteins()[1])
    kinds = ["Gene Expression"] * eccite_rna().n_vars + ["Antibody Capture"] * 49
    data.var["gene_ids"] = list(data.var_names)
    return write_tenx(folder, "adt_types.h5", data, kinds=kinds)


@case("refused", "UMI|normalised|rounded")
def rounded_cpm(folder: Path) -> str:
    """Counts per million, rounded."""
    data = sample()
    totals = np.asarray(data.X.sum(axis=1)).ravel()
    data.X = sparse.csr_matrix(data.X.multiply(1e6 / totals[:, None]))
    data.X.data = np.round(data.X.data)
    return write_tenx(folder, "cpm.h5", data)


@case("refused", "UMI|reads")
def reads_without_umis(folder: Path) -> str:
    """Read counts: each molecule amplified 30 to 300 times."""
    data, rng = sample(), np.random.default_rng(0)
    counts = data.X.copy()
    counts.data = counts.data * rng.integers(30, 300, counts.data.size)
    data.X = counts
    return write_tenx(folder, "reads.h5", data)


@case("refused", "0 or 1")
def binarised(folder: Path) -> str:
    """Detected or not."""
    data = sample()
    counts = data.X.copy()
    counts.data[:] = 1
    data.X = counts
    return write_tenx(folder, "binary.h5", data)


@case("refused", "whole numbers")
def ambient_corrected_fractions(folder: Path) -> str:
    """SoupX's output as fractions."""
    data = sample()
    data.X.data = data.X.data * 0.97
    return write_tenx(folder, "soupx.h5", data, dtype=np.float64)


@case()
def whole_numbers_as_floats(folder: Path) -> str:
    """SoupX's output rounded: whole numbers stored as floats."""
    return write_tenx(folder, "soupx_rounded.h5", sample(), dtype=np.float64)


@case("refused", "several probes")
def probes_of_flex(folder: Path) -> str:
    """Two probes a gene, as raw_probe_bc_matrix holds them: the file by gene is named."""
    data, rng = sample(), np.random.default_rng(0)
    counts = data.X
    first = counts.copy()
    first.data = rng.binomial(counts.data.astype(np.int64), 0.5).astype(np.float32)
    second = (counts - first).tocsr()
    first.eliminate_zeros()
    second.eliminate_zeros()
    genes = list(zip(data.var["gene_ids"], data.var_names, strict=True))
    probes = ad.AnnData(
        sparse.hstack([first, second]).tocsr(),
        obs=data.obs,
        var=pd.DataFrame(index=[symbol for _, symbol in genes] * 2),
    )
    ids = [f"{i}|{symbol}|{probe:07x}" for probe in (1, 2) for i, symbol in genes]
    return write_tenx(folder, "raw_probe_bc_matrix.h5", probes, ids=ids)


@case("said", "unfiltered")
def unfiltered(folder: Path) -> str:
    """700,000 barcodes, nearly all of them empty."""
    data, rng = sample(), np.random.default_rng(0)
    n, entries = 700_000, 2_000_000
    pooled = np.asarray(data.X.sum(axis=0)).ravel()
    genes = rng.choice(data.n_vars, entries, p=pooled / pooled.sum())
    empty = sparse.csr_matrix(
        (np.ones(entries, np.float32), (rng.integers(0, n, entries), genes)),
        shape=(n, data.n_vars),
    )
    empty.sum_duplicates()
    barcodes = [*data.obs_names, *(f"EMPTY{i}-1" for i in range(n))]
    raw = ad.AnnData(
        sparse.vstack([data.X, empty]).tocsr(), obs=pd.DataFrame(index=barcodes), var=data.var
    )
    return write_tenx(folder, "raw_feature_bc_matrix.h5", raw)
