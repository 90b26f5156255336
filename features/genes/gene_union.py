"""Genes of several references lined up: by Ensembl id first, by name where there is no id."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from features.arrays import Bools, Ints
from features.genes.annotation import Reference, plain_name
from features.genes.panels import current_name, gene_ids

ENSEMBL = "ENSG"


@dataclass(frozen=True)
class GeneUnion:
    """Every gene that any reference holds, in the order in which they were met.

    `columns` maps each reference's rows to genes; rows of one gene (a name standing twice, the
    two copies of the pseudo-autosomal regions) share one. `present` (n_genes, n_references) says
    which reference holds which gene: elsewhere its counts are unknown, not zero.
    """

    ids: tuple[str, ...]
    names: tuple[str, ...]
    columns: tuple[Ints, ...]
    present: Bools


def unite(references: Sequence[Reference]) -> GeneUnion:
    """Line up the genes of references.

    A row with an Ensembl id (version and genome prefix dropped) is that gene. A row without one
    is the gene that has its name, today's or a former one of the panels, in the first reference
    with ids, or in the panels; else a gene of its own under its name, such as a CAR sequence.

    >>> with_ids = Reference(("ENSG00000173762.15", "ENSG2"), ("CD7", "B"), (True, True))
    >>> by_name = Reference(("CD7", "CAR"), ("CD7", "CAR"), (True, True))
    >>> both = unite([with_ids, by_name])
    >>> both.ids, [c.tolist() for c in both.columns], both.present.sum(axis=1).tolist()
    (('ENSG00000173762', 'ENSG2', 'CAR'), [[0, 1], [0, 2]], [2, 1, 1])
    """
    known = _ids_by_name(references)
    place: dict[str, int] = {}
    names: list[str] = []
    columns = []
    for reference in references:
        keys = gene_keys(reference, known)
        for key, name in zip(keys, reference.names, strict=True):
            if key not in place:
                place[key] = len(names)
                names.append(plain_name(name))
        columns.append(np.array([place[key] for key in keys], np.int64))
    present = np.zeros((len(names), len(references)), np.bool_)
    for number, own in enumerate(columns):
        present[own, number] = True
    return GeneUnion(tuple(place), tuple(names), tuple(columns), present)


def gene_keys(reference: Reference, known: Mapping[str, str]) -> list[str]:
    """The name under which each row is lined up; `known` gives ids of names without one.

    >>> gene_keys(Reference(("ENSG1.4", "LYZ"), ("A", "LYZ"), (True, True)), {"LYZ": "ENSG9"})
    ['ENSG1', 'ENSG9']
    """
    keys = []
    for row_id, row_name in zip(reference.ids, reference.names, strict=True):
        own, name = plain_name(row_id), plain_name(row_name)
        keys.append(own.split(".")[0] if own.startswith(ENSEMBL) else known.get(name, name))
    return keys


def _ids_by_name(references: Sequence[Reference]) -> dict[str, str]:
    """Ensembl ids by name from the references, then by today's or a former name from the panels."""
    known: dict[str, str] = {}
    for reference in references:
        for row_id, name in zip(reference.ids, reference.names, strict=True):
            own = plain_name(row_id)
            if own.startswith(ENSEMBL):
                known.setdefault(plain_name(name), own.split(".")[0])
    panel = gene_ids()
    named = {name for reference in references for name in reference.names}
    for name in map(plain_name, named):
        current = current_name(name)
        if name not in known and (current in known or current in panel):
            known[name] = known.get(current, panel.get(current, name))
    return known
