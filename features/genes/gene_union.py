"""Union of the genes of several references: matched by Ensembl id, else by name."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from features.arrays import Bools, Ints
from features.genes.annotation import GeneReference, clean_reference
from features.genes.panels import current_name, gene_ids

ENSEMBL = "ENSG"


@dataclass(frozen=True)
class GeneUnion:
    """Every gene that any reference holds, in order of first appearance.

    `columns` maps each reference's rows to genes; rows of one gene (a repeated name, the two
    copies of the pseudo-autosomal regions) share one. `present` (n_genes, n_references) is True
    where the reference holds the gene; elsewhere its counts are unknown, not zero.
    """

    ids: tuple[str, ...]
    names: tuple[str, ...]
    columns: tuple[Ints, ...]
    present: Bools


def unite(references: Sequence[GeneReference]) -> GeneUnion:
    """Match the genes of references.

    Names are cleaned first. A row with an Ensembl id (version dropped) is that gene. A row without
    one is the gene of the same name (current, or former for panel genes) in the first reference
    with ids, or in the panels; else a separate gene under its name, such as a CAR sequence.

    >>> with_ids = GeneReference(("ENSG00000173762.15", "ENSG2"), ("CD7", "B"), ("rna",) * 2)
    >>> by_name = GeneReference(("CD7", "CAR"), ("CD7", "CAR"), ("rna",) * 2)
    >>> both = unite([with_ids, by_name])
    >>> both.ids, [c.tolist() for c in both.columns], both.present.sum(axis=1).tolist()
    (('ENSG00000173762', 'ENSG2', 'CAR'), [[0, 1], [0, 2]], [2, 1, 1])
    """
    references = [clean_reference(reference) for reference in references]
    ids_by_name = _ids_by_name(references)
    column_of: dict[str, int] = {}
    names: list[str] = []
    columns = []
    for reference in references:
        keys = gene_keys(reference, ids_by_name)
        for key, name in zip(keys, reference.names, strict=True):
            if key not in column_of:
                column_of[key] = len(names)
                names.append(name)
        columns.append(np.array([column_of[key] for key in keys], np.int64))
    present = np.zeros((len(names), len(references)), np.bool_)
    for number, reference_columns in enumerate(columns):
        present[reference_columns, number] = True
    return GeneUnion(tuple(column_of), tuple(names), tuple(columns), present)


def gene_keys(reference: GeneReference, ids_by_name: Mapping[str, str]) -> list[str]:
    """The key by which each row of a clean reference is matched; `ids_by_name` gives ids to names.

    >>> gene_keys(GeneReference(("ENSG1.4", "LYZ"), ("A", "LYZ"), ("rna",) * 2), {"LYZ": "ENSG9"})
    ['ENSG1', 'ENSG9']
    """
    keys = []
    for row_id, row_name in zip(reference.ids, reference.names, strict=True):
        has_id = row_id.startswith(ENSEMBL)
        keys.append(row_id.split(".")[0] if has_id else ids_by_name.get(row_name, row_name))
    return keys


def _ids_by_name(references: Sequence[GeneReference]) -> dict[str, str]:
    """Ensembl ids by name from the references, then by current or former name from the panels."""
    ids_by_name: dict[str, str] = {}
    for reference in references:
        for row_id, name in zip(reference.ids, reference.names, strict=True):
            if row_id.startswith(ENSEMBL):
                ids_by_name.setdefault(name, row_id.split(".")[0])
    panel = gene_ids()
    names = {name for reference in references for name in reference.names}
    for name in names:
        current = current_name(name)
        if name not in ids_by_name and (current in ids_by_name or current in panel):
            ids_by_name[name] = ids_by_name.get(current, panel.get(current, name))
    return ids_by_name
