"""Cases of references that lack genes: ribosomal, mitochondrial, non-coding, all but a few."""

import re
from pathlib import Path

import anndata as ad
import numpy as np

from benchmarks.input_cases.anndata_storage import variable_genes
from benchmarks.input_cases.public_samples import sample
from benchmarks.input_cases.registry import case
from benchmarks.input_cases.writers import write_h5ad, write_tenx
from benchmarks.references import NON_CODING, REFERENCES


def without(data: ad.AnnData, pattern: str) -> ad.AnnData:
    """The sample as against a reference that lacks the genes of a pattern."""
    compiled = re.compile(pattern)
    return data[:, [not compiled.match(name) for name in data.var_names]].copy()


@case("said", "no_mito_genes")
def no_mitochondrial(folder: Path) -> str:
    """No MT- genes."""
    return write_tenx(folder, "no_mt.h5", without(sample(), REFERENCES["no MT"]))


@case("said")
def no_ribosomal(folder: Path) -> str:
    """No ribosomal genes."""
    return write_tenx(folder, "no_rp.h5", without(sample(), REFERENCES["no RP"]))


@case("said", "no_mito_genes")
def no_mitochondrial_no_ribosomal(folder: Path) -> str:
    """Neither, as many groups filter."""
    return write_h5ad(folder, "no_mt_rp.h5ad", without(sample(), REFERENCES["no MT, RP"]))


@case("said")
def no_malat1(folder: Path) -> str:
    """No MALAT1."""
    return write_tenx(folder, "no_malat1.h5", without(sample(), "MALAT1$"))


@case("said")
def no_noncoding(folder: Path) -> str:
    """No non-coding genes."""
    return write_tenx(folder, "no_noncoding.h5", without(sample(), NON_CODING))


@case("said")
def flex_like(folder: Path) -> str:
    """The genes that the probes of 10x Flex cover."""
    return write_tenx(folder, "flex.h5", without(sample(), REFERENCES["Flex-like"]))


@case("said")
def genes_of_three_cells(folder: Path) -> str:
    """Genes seen in three cells or more, as scanpy's tutorial filters."""
    data = sample()
    is_detected = np.asarray((data.X > 0).sum(axis=0)).ravel() >= 3
    return write_tenx(folder, "three_cells.h5", data[:, is_detected].copy())


@case("refused", "variable genes")
def variable_genes_5000(folder: Path) -> str:
    """5,000 variable genes."""
    data = sample()
    return write_tenx(folder, "variable.h5", data[:, variable_genes(data, 5000)].copy())


@case("said", "no_mito_genes")
def no_s100(folder: Path) -> str:
    """A panel-limited reference without S100A8, S100A9 and MT- genes."""
    return write_h5ad(folder, "no_s100.h5ad", without(sample(), "MT-|S100A8$|S100A9$"))
