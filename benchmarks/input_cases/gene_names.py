"""Cases of gene names: ids, symbols, prefixes, suffixes, and what spreadsheets make of them."""

import re
from collections.abc import Callable
from pathlib import Path

import anndata as ad
import pandas as pd

from benchmarks.input_cases.public_samples import by_id, sample
from benchmarks.input_cases.registry import case
from benchmarks.input_cases.writers import write_h5ad, write_tenx


def _renamed(name: Callable[[str, str], str]) -> ad.AnnData:
    """The sample with one name a gene, made of its id and symbol, and nothing else in var."""
    data = sample()
    pairs = zip(data.var["gene_ids"], data.var_names, strict=True)
    data.var = pd.DataFrame(index=[name(gene_id, symbol) for gene_id, symbol in pairs])
    return data


def _unique(name: Callable[[str, str], str], join: str = "-") -> ad.AnnData:
    data = _renamed(name)
    data.var_names_make_unique(join=join)
    return data


@case()
def symbols_made_unique(folder: Path) -> str:
    """Symbols alone, repeats numbered with a dash."""
    return write_h5ad(folder, "unique.h5ad", _unique(lambda _, symbol: symbol))


@case()
def symbols_made_unique_in_r(folder: Path) -> str:
    """Symbols alone, repeats numbered with a point."""
    return write_h5ad(folder, "unique_dot.h5ad", _unique(lambda _, symbol: symbol, "."))


@case()
def ids_with_versions(folder: Path) -> str:
    """ENSG00000173762.12 as index."""
    data = by_id(sample())
    data.var_names = [f"{gene_id}.12" for gene_id in data.var_names]
    return write_h5ad(folder, "versions.h5ad", data)


@case()
def ids_alone(folder: Path) -> str:
    """Ensembl ids without symbols."""
    return write_h5ad(folder, "ids.h5ad", _renamed(lambda gene_id, _: gene_id))


@case()
def numbers_as_index(folder: Path) -> str:
    """Row numbers as index, ids and symbols in columns."""
    data = sample()
    columns = {"gene_ids": list(data.var["gene_ids"]), "gene_name": list(data.var_names)}
    data.var = pd.DataFrame(columns, index=[str(row) for row in range(data.n_vars)])
    return write_h5ad(folder, "numbers.h5ad", data)


@case()
def symbols_in_an_odd_column(folder: Path) -> str:
    """Ids as index, symbols in `hgnc_symbol`."""
    data = by_id(sample())
    data.var = data.var.rename(columns={"feature_name": "hgnc_symbol"})[["hgnc_symbol"]]
    return write_h5ad(folder, "hgnc.h5ad", data)


@case()
def ids_in_an_odd_column(folder: Path) -> str:
    """Symbols as index, ids in `ENSEMBL`."""
    data = sample()
    data.var = data.var.rename(columns={"gene_ids": "ENSEMBL"})[["ENSEMBL"]]
    return write_h5ad(folder, "ensembl.h5ad", data)


@case()
def genome_prefix(folder: Path) -> str:
    """GRCh38_CD7, as references of several genomes have it."""
    data = sample()
    ids = [f"GRCh38_{gene_id}" for gene_id in data.var["gene_ids"]]
    names = [f"GRCh38_{symbol}" for symbol in data.var_names]
    return write_tenx(folder, "prefix.h5", data, ids=ids, names=names)


@case()
def genome_prefix_of_seurat(folder: Path) -> str:
    """GRCh38-CD7, as Seurat rewrites the underscore."""
    return write_h5ad(folder, "seurat.h5ad", _renamed(lambda _, symbol: f"GRCh38-{symbol}"))


@case()
def genome_prefix_with_dashes(folder: Path) -> str:
    """hg38---CD7."""
    return write_h5ad(folder, "dashes.h5ad", _unique(lambda _, symbol: f"hg38---{symbol}"))


@case()
def letter_prefix(folder: Path) -> str:
    """h-CD7, as mixtures of species are often named."""
    return write_h5ad(folder, "letter.h5ad", _unique(lambda _, symbol: f"h-{symbol}"))


@case()
def symbol_and_id(folder: Path) -> str:
    """CD7_ENSG00000173762."""
    return write_h5ad(folder, "symbol_id.h5ad", _unique(lambda i, symbol: f"{symbol}_{i}"))


@case()
def id_and_symbol(folder: Path) -> str:
    """ENSG00000173762_CD7."""
    return write_h5ad(folder, "id_symbol.h5ad", _unique(lambda i, symbol: f"{i}_{symbol}"))


@case()
def id_version_and_symbol(folder: Path) -> str:
    """ENSG00000173762.7-CD7."""
    return write_h5ad(folder, "id_version.h5ad", _unique(lambda i, symbol: f"{i}.7-{symbol}"))


@case()
def trailing_blanks(folder: Path) -> str:
    """A blank after each symbol."""
    return write_h5ad(folder, "blanks.h5ad", _unique(lambda _, symbol: f"{symbol} "))


@case()
def names_of_r(folder: Path) -> str:
    """MT.CO1 for MT-CO1, as R's data frames rename columns."""
    renamed = _renamed(lambda _, symbol: symbol.replace("-", "."))
    return write_h5ad(folder, "r_names.h5ad", renamed)


@case()
def dates_of_spreadsheets(folder: Path) -> str:
    """1-Mar for MARCH1, 9-Sep for SEPT9."""

    def dated(_: str, symbol: str) -> str:
        return re.sub(r"^(MARCH|SEPT)F?(\d+)$", lambda m: f"{m[2]}-{m[1][:3].title()}", symbol)

    return write_h5ad(folder, "dates.h5ad", _renamed(dated))


@case()
def lower_case(folder: Path) -> str:
    """cd7, with human mitochondrial genes as mt-."""
    return write_h5ad(folder, "lower.h5ad", _renamed(lambda _, symbol: symbol.lower()))


@case("refused", "mouse")
def mouse_genes(folder: Path) -> str:
    """Counts against a mouse reference."""
    data = sample()
    data.var["gene_ids"] = [i.replace("ENSG", "ENSMUSG") for i in data.var["gene_ids"]]
    data.var_names = [name.capitalize().replace("Mt-", "mt-") for name in data.var_names]
    return write_h5ad(folder, "mouse.h5ad", data)
