"""Antibody rows of a reference without feature types: which rows may be some, and which are.

`ad.concat`, R's merge and exports to plain tables lose the feature type, so that antibodies stand
among the genes, often under a gene's own name. Names alone cannot tell; the counts can: an antibody
is counted tens to hundreds of times as often as a gene.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from features.arrays import Bools, Floats, Ints
from features.genes.annotation import GeneReference, Kind, strip_genome_prefix
from features.genes.antibodies import (
    TARGETS,
    antibody_target,
    bare_name,
    is_hashtag,
    is_isotype,
    is_technical,
    is_vendor_name,
)

MIN_BLOCK = 4  # doubtful names in a row that may be a panel of antibodies
# An antibody of a panel is counted 70 times as often as a mean gene in ECCITE-seq; the rows of
# viruses and vectors at the end of a reference, less than a gene.
TIMES_A_GENE = 10.0
# CD7 antibodies are counted 40 times as often as CD7 RNA in ECCITE-seq.
TIMES_ITS_GENE = 2.0
# Symbols of genes that begin with CD and a number; other such names are proteins or antibodies.
_CD_GENES = frozenset(
    [
        "CD101",
        "CD109",
        "CD14",
        "CD151",
        "CD160",
        "CD163",
        "CD163L1",
        "CD164",
        "CD164L2",
        "CD177",
        "CD180",
        "CD19",
        "CD1A",
        "CD1B",
        "CD1C",
        "CD1D",
        "CD1E",
        "CD2",
        "CD200",
        "CD200R1",
        "CD200R1L",
        "CD207",
        "CD209",
        "CD22",
        "CD226",
        "CD24",
        "CD244",
        "CD247",
        "CD248",
        "CD27",
        "CD274",
        "CD276",
        "CD28",
        "CD2AP",
        "CD2BP2",
        "CD300A",
        "CD300C",
        "CD300E",
        "CD300H",
        "CD300LB",
        "CD300LD",
        "CD300LF",
        "CD300LG",
        "CD302",
        "CD320",
        "CD33",
        "CD34",
        "CD36",
        "CD37",
        "CD38",
        "CD3D",
        "CD3E",
        "CD3EAP",
        "CD3G",
        "CD4",
        "CD40",
        "CD40LG",
        "CD44",
        "CD46",
        "CD47",
        "CD48",
        "CD5",
        "CD52",
        "CD53",
        "CD55",
        "CD58",
        "CD59",
        "CD5L",
        "CD6",
        "CD63",
        "CD68",
        "CD69",
        "CD7",
        "CD70",
        "CD72",
        "CD74",
        "CD79A",
        "CD79B",
        "CD80",
        "CD81",
        "CD82",
        "CD83",
        "CD84",
        "CD86",
        "CD8A",
        "CD8B",
        "CD8B2",
        "CD9",
        "CD93",
        "CD96",
        "CD99",
        "CD99L2",
        "CD99P1",
    ]
)
_CD_NAME = re.compile(r"CD\d+[A-Za-z0-9]*")
# Symbols, then the clones and small RNAs that older references name with small letters.
_GENE_SHAPE = re.compile(
    r"[A-Z0-9]+(orf\d+)?[A-Z0-9]*([-._][A-Z0-9]+(orf\d+)?)*"
    r"|(XX[a-z]{3}|RP\d+|CT[A-D])-\S+|(hsa-|sno|uc)\S+"
)
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
    names = [  # a row that counts something else is nobody's rival
        strip_genome_prefix(name) if kind == "rna" else ""
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
    if 2 * doubtful.sum() > len(names):  # a reference with names of another shape
        return Suspects((), (), ())
    certain = [r for r in np.flatnonzero(is_free).tolist() if is_vendor_name(names[r])]
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


def is_gene_name(name: str) -> bool:
    """Whether a name has a gene symbol's shape; CD names must be a symbol.

    >>> [is_gene_name(name) for name in ("CD7", "C1orf112", "HLA-DRA", "AC012345.1", "CD11b")]
    [True, True, True, True, False]
    >>> [is_gene_name(name) for name in ("CD45RA", "PD-1 (CD279)", "TCRb", "CD7_TotalSeqC", "CD3")]
    [False, False, False, False, False]
    """
    if not _GENE_SHAPE.fullmatch(name):
        return False
    if name.startswith("CD") and _CD_NAME.fullmatch(name):
        return name in _CD_GENES
    return not (is_vendor_name(name) or is_isotype(name))


def _rivals(names: Sequence[str]) -> dict[int, tuple[int, ...]]:
    """For rows that share a name, apart from a tool's running number, the others of that name."""
    rows_of: dict[str, list[int]] = {}
    for row, name in enumerate(names):
        rows_of.setdefault(name, []).append(row)
    for row, name in enumerate(names):
        if name[-1:].isdigit() and name[-2:-1] in ("-", ".", "_") and name[:-2] in rows_of:
            rows_of[name[:-2]].append(row)
    return {
        row: tuple(other for other in rows if other != row)
        for rows in rows_of.values()
        if len(rows) > 1 and names[rows[0]]
        for row in rows
    }


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
    while first > 0 and _CD_NAME.fullmatch(bare_name(names[first - 1])):
        first -= 1
    while last < len(names) and _CD_NAME.fullmatch(bare_name(names[last])):
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
    ten times as often as the mean of all other rows; a single row, when it is moreover counted
    twice as often as each row of its gene. Hashtags and rows of no antibody become "other".
    """
    outside = np.ones(sums.size, dtype=bool)
    for first, last in suspects.blocks:
        outside[first:last] = False
    outside[list(suspects.certain)] = False
    outside[[row for row, _ in suspects.singles]] = False
    gene_mean = float(sums[outside].mean()) if outside.any() else 0.0
    rows = set(suspects.certain)
    for first, last in suspects.blocks:
        if sums[first:last].mean() > TIMES_A_GENE * gene_mean:
            rows |= set(range(first, last))
    for row, genes in suspects.singles:
        its_gene = max((float(sums[gene]) for gene in genes), default=0.0)
        if sums[row] > max(TIMES_A_GENE * gene_mean, TIMES_ITS_GENE * its_gene):
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
