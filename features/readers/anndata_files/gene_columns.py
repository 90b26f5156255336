"""Ensembl ids and gene symbols among the columns of var, chosen by what they hold.

The index may hold either, numbers, or names that a tool made up; columns have any name. A column is
judged by how many genes of our panels it names, and the index is preferred among equals.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from features.errors import InputError
from features.genes.annotation import GeneReference
from features.genes.panels import FORMER_NAMES, PANEL_GENES, gene_ids
from features.genes.reference_checks import MIN_PANEL_GENES
from features.readers.anndata_files.data_frames import (
    Tree,
    column,
    column_names,
    index_name,
    text_column,
)
from features.readers.tenx_h5 import make_reference

# Usual names, which are looked at before all others.
ID_COLUMNS = ("gene_ids", "gene_id", "ensembl_id", "feature_id", "ensembl", "Accession")
NAME_COLUMNS = ("gene_symbols", "gene_symbol", "gene_name", "gene_names", "feature_name", "symbol")
TYPE_COLUMNS = ("feature_types", "feature_type")
Column = tuple[str, ...]
# A column that names this share of the panels' genes needs no rival.
PLAIN_SHARE = 0.8
SYMBOLS = frozenset((*PANEL_GENES, *FORMER_NAMES))
WORD = re.compile(r"[A-Z0-9]+(?:-[A-Z0-9]+)*")
ENSEMBL_ID = re.compile(r"ENSG\d{11}")


def read_reference(tree: Tree, frame: str, n_genes: int) -> GeneReference:
    """Ensembl ids, symbols and feature types from var (raw/var for raw/X).

    Where no column names genes of our panels, the index stands for both. Raises `InputError` when
    the number of genes is not the matrix's or no column is text.
    """
    index = index_name(tree, frame)
    first = None if index is None else column(tree, frame, index)
    if first is not None and len(first) != n_genes:
        raise InputError(
            f"{frame} must name each gene of the matrix, but it names {len(first):,} of "
            f"{n_genes:,}; write the file again with AnnData"
        )
    ids, names = _choose_columns(tree, frame, n_genes, first)
    ids = ids or _usual_column(tree, frame, ID_COLUMNS, n_genes) or first or names
    names = names or _usual_column(tree, frame, NAME_COLUMNS, n_genes) or first or ids
    if ids is None or names is None:
        raise InputError(
            f"genes are read from the index of {frame} or a column of text, but this file has "
            "none; write it again with gene symbols as AnnData's var_names"
        )
    return make_reference(ids, names, _usual_column(tree, frame, TYPE_COLUMNS, n_genes) or ())


def _choose_columns(
    tree: Tree, frame: str, n_genes: int, index: Column | None
) -> tuple[Column | None, Column | None]:
    """The columns with most Ensembl ids and with most symbols; None where none has any."""
    columns = _candidates_to_compare(_candidates(tree, frame, n_genes, index))
    return (
        _best([(c.values, c.n_ids) for c in columns], count_panel_ids),
        _best([(c.values, c.n_symbols) for c in columns], count_panel_symbols),
    )


class _Candidate(NamedTuple):
    """A column, and how many genes of our panels it names plainly by id and by symbol."""

    values: Column
    n_ids: int
    n_symbols: int


def _candidates_to_compare(columns: Iterator[Column]) -> list[_Candidate]:
    """Columns up to the one with which both ids and symbols are there beyond doubt."""
    panel, enough = frozenset(gene_ids().values()), PLAIN_SHARE * len(PANEL_GENES)
    candidates: list[_Candidate] = []
    for values in columns:
        names = (len(panel.intersection(values)), len(SYMBOLS.intersection(values)))
        candidates.append(_Candidate(values, *names))
        if min(max(c.n_ids for c in candidates), max(c.n_symbols for c in candidates)) >= enough:
            break
    return candidates


def _best(columns: list[tuple[Column, int]], tolerant: Callable[[Column], int]) -> Column | None:
    """The first column with the highest score: the tolerant one where plain names are too few."""
    scores = [score for _, score in columns]
    if max(scores, default=0) < MIN_PANEL_GENES:
        scores = [tolerant(values) for values, _ in columns]
    most = max(scores, default=0)
    return columns[scores.index(most)][0] if most else None


def _candidates(tree: Tree, frame: str, n_genes: int, index: Column | None) -> Iterator[Column]:
    """The index, the columns of usual names, then every other column of text."""
    if index is not None:
        yield index
    names = column_names(tree, frame)
    usual = [name for name in (*ID_COLUMNS, *NAME_COLUMNS) if name in names]
    for name in (*usual, *(n for n in names if n not in usual)):
        try:
            values = text_column(tree, frame, name)
        except InputError:
            continue  # an odd column beside the genes does not make the file unreadable
        if values is not None and len(values) == n_genes:
            yield values


def count_panel_ids(values: Column) -> int:
    """How many genes of our panels a column names by Ensembl id, alone or inside a longer name.

    >>> count_panel_ids(("ENSG00000173762.15", "CD14_ENSG00000170458", "CD7"))
    2
    """
    ids = {match for value in values for match in ENSEMBL_ID.findall(value[:100])}
    return len(ids.intersection(gene_ids().values()))


def count_panel_symbols(values: Column) -> int:
    """How many genes of our panels a column names by symbol, alone or inside a longer name.

    >>> count_panel_symbols(("CD7", "GRCh38_CD14", "hg38---LYZ", "CD4 (ENSG00000010610)"))
    4
    """
    words = {word for value in values for word in WORD.findall(value[:100].upper())}
    words |= {word.rpartition("-")[2] for word in words}  # GRCh38-CD7
    return len(SYMBOLS.intersection(words))


def _usual_column(tree: Tree, frame: str, names: Sequence[str], n_genes: int) -> Column | None:
    """The first column of these names that is text, for references whose content says nothing."""
    for name in names:
        values = text_column(tree, frame, name) if tree.has(f"{frame}/{name}") else None
        if values is not None and len(values) == n_genes:
            return values
    return None
