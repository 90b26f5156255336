"""Antibody rows of a reference without feature types: which rows may be some, and which are.

`ad.concat`, R's merge and exports to plain tables lose the feature type, so that antibodies stand
among the genes, often under a gene's own name. Names alone cannot tell; the counts can: an antibody
is counted tens to hundreds of times as often as a gene.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from features.arrays import Bools, Floats, Ints
from features.genes.annotation import GeneReference, Kind, clean_reference
from features.genes.antibodies import (
    TARGETS,
    antibody_target,
    is_hashtag,
    is_technical,
    is_vendor_name,
)
from features.genes.gene_symbols import is_cd_name, is_gene_name

MIN_BLOCK = 4  # doubtful names in a row that may be a panel of antibodies
# The mean antibody is counted 215 times as often as the mean gene in ECCITE-seq PBMC, 15 times in a
# matrix cut to 1,450 expressed genes; rows of viruses and vectors, less often than a gene.
TIMES_A_GENE = 10.0
# The same where names say it too: a block of mostly CD names, a second row of CD7.
TIMES_IF_NAMED = 3.0
# The CD7 antibody is counted 26 and 44 times as often as CD7 RNA in these.
TIMES_ITS_GENE = 2.0
# Former or spliced names of the protein of a target, whose gene is another symbol.
_GENE_OF = {"CD45RA": "PTPRC"}


@dataclass(frozen=True)
class Suspects:
    """Rows whose counts decide: panels of antibodies as `blocks`, single rows by their rivals.

    `blocks` are ranges (first, last); `singles` pair a row with the other rows of its name or gene
    (none where it has none). `certain` rows are antibodies or hashtags by their name.
    """

    blocks: tuple[tuple[int, int], ...]
    singles: tuple[tuple[int, tuple[int, ...]], ...]
    certain: tuple[int, ...]

    @property
    def need_counts(self) -> bool:
        """Whether counts must be read to tell."""
        return bool(self.blocks or self.singles)


@lru_cache(maxsize=8)
def find_suspects(reference: GeneReference) -> Suspects:
    """Rows counted as RNA that may be antibodies, by their names and places.

    A row with an Ensembl id of its own is a gene. A block is the range of rows in which doubtful
    names outnumber the others by most: repeated names, names of no gene's shape. Rows outside are
    suspected alone when they may be an antibody against CD7, CD4, CD14 or CD45RA.
    """
    reference = clean_reference(reference)
    names = [  # a row that counts something else is nobody's rival
        name if kind == "rna" else ""
        for name, kind in zip(reference.names, reference.kinds, strict=True)
    ]
    is_free = np.array(
        [
            kind == "rna" and "ENSG" not in gene_id
            for kind, gene_id in zip(reference.kinds, reference.ids, strict=True)
        ],
        dtype=bool,
    )
    if not is_free.any():
        return Suspects((), (), ())
    few_free = 2 * is_free.sum() < len(names)  # names without an id among rows with ids
    rivals = {} if few_free else _rivals(names)
    doubtful = is_free if few_free else _doubtful(names, is_free, rivals)
    certain = [r for r in np.flatnonzero(is_free).tolist() if is_vendor_name(names[r])]
    if 2 * doubtful.sum() > len(names):  # a reference with names of another shape
        return Suspects((), (), tuple(certain))
    block = _block(doubtful, names)
    singles = _singles(np.flatnonzero(doubtful), names, rivals, {*certain, *range(*block)})
    return Suspects((block,) if block[1] > block[0] else (), singles, tuple(certain))


def _doubtful(names: Sequence[str], is_free: Bools, rivals: dict[int, tuple[int, ...]]) -> Bools:
    return np.array(
        [
            bool(free and (row in rivals or not is_gene_name(name)))
            for row, (name, free) in enumerate(zip(names, is_free, strict=True))
        ]
    )


def _rivals(names: Sequence[str]) -> dict[int, tuple[int, ...]]:
    """For rows that share a name, apart from a tool's running number, all rows of that name.

    They share one tuple: a file may give one name to all of its rows.
    """
    rows_of: dict[str, list[int]] = {}
    for row, name in enumerate(names):
        rows_of.setdefault(name, []).append(row)
    for row, name in enumerate(names):
        if name[-1:].isdigit() and name[-2:-1] in ("-", ".", "_") and name[:-2] in rows_of:
            rows_of[name[:-2]].append(row)
    shared = [tuple(rows) for rows in rows_of.values() if len(rows) > 1 and names[rows[0]]]
    return {row: rows for rows in shared for row in rows}


def _block(doubtful: Bools, names: Sequence[str]) -> tuple[int, int]:
    """The range of rows with the greatest excess of doubtful over other names, or (0, 0).

    It is stretched over neighbours that are CD names: an antibody whose gene the file lacks.
    """
    excess = np.concatenate([[0], np.cumsum(np.where(doubtful, 1, -1))])
    lowest = np.minimum.accumulate(excess)
    last = int((excess - lowest).argmax())
    first = int(np.flatnonzero(excess[: last + 1] == lowest[last])[-1])
    if excess[last] - excess[first] < MIN_BLOCK:
        return 0, 0
    while first > 0 and is_cd_name(names[first - 1]):
        first -= 1
    while last < len(names) and is_cd_name(names[last]):
        last += 1
    return first, last


def _singles(
    rows: Ints, names: Sequence[str], rivals: dict[int, tuple[int, ...]], others: set[int]
) -> tuple[tuple[int, tuple[int, ...]], ...]:
    """Doubtful rows of a target outside `others`, each with the rows of its gene."""
    singles: list[tuple[int, tuple[int, ...]]] = []
    for row in rows.tolist():
        target = antibody_target(names[row])
        if row not in others and target in TARGETS:
            gene = _GENE_OF.get(target, target)
            genes = rivals.get(row) or tuple(i for i, name in enumerate(names) if name == gene)
            singles.append((row, tuple(i for i in genes if i != row)))
    return tuple(singles)


def judge_suspects(reference: GeneReference, suspects: Suspects, sums: Floats) -> GeneReference:
    """The reference with antibodies marked as such, by the counts of each row in some cells.

    `sums` (n_rows,) are counts of each row. A block holds antibodies when its mean row is counted
    ten times as often as the mean of all other rows, three times where most have CD names; a single
    row, when it is counted three times as often and twice as often as each row of its gene (ten
    times where its gene is not there). Hashtags and rows of no antibody become "other".
    """
    outside = np.ones(sums.size, dtype=bool)
    for first, last in suspects.blocks:
        outside[first:last] = False
    outside[list(suspects.certain)] = False
    outside[[row for row, _ in suspects.singles]] = False
    gene_mean = float(sums[outside].mean()) if outside.any() else 0.0
    rows = set(suspects.certain)
    for first, last in suspects.blocks:
        n_cd_names = sum(is_cd_name(name) for name in reference.names[first:last])
        times = TIMES_IF_NAMED if 2 * n_cd_names > last - first else TIMES_A_GENE
        if sums[first:last].mean() > times * gene_mean:
            rows |= set(range(first, last))
    for row, genes in suspects.singles:
        its_gene = max((float(sums[gene]) for gene in genes), default=0.0)
        times = TIMES_IF_NAMED if genes else TIMES_A_GENE
        if sums[row] > max(times * gene_mean, TIMES_ITS_GENE * its_gene):
            rows.add(row)
    return mark_antibodies(reference, rows)


def mark_antibodies(reference: GeneReference, rows: set[int]) -> GeneReference:
    """The reference with these rows as proteins, hashtags and rows of no antibody as other."""
    if not rows:
        return reference
    kinds = list(reference.kinds)
    for row in rows:
        name = reference.names[row]
        kind: Kind = "other" if is_hashtag(name) or is_technical(name) else "protein"
        kinds[row] = kind
    return GeneReference(reference.ids, reference.names, tuple(kinds))
