"""Rows of a reference that hold a virus's sequences, by the names that the sample sheet lists.

Only rows that are no gene of the patient are taken, so that a pattern such as EBNA1* (which the
human EBNA1BP2 meets too) never moves a human gene, and no other value depends on what is listed.
Ensembl ids tell human genes. With symbols alone only those with a role of their own are known, so
a pattern that fits more of these than other rows (MT*) takes nothing: the others are human too.
"""

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from features.arrays import Bools, Bytes
from features.kernels.counting import NOT_RNA, OUTSIDE_DEPTH, PROTEIN_COLUMN, RNA_COLUMN

Viruses = tuple[tuple[str, tuple[str, ...]], ...]  # names of rows by virus; "*" ends a pattern


def assign_viruses(
    role: NDArray[np.int16],
    labels: Iterable[Sequence[str]],
    viruses: Viruses,
    *,
    first_column: int,
    is_taken: Bools,
) -> tuple[tuple[str, ...], Bytes]:
    """Give each virus's rows a column from the first on; return each column's virus and kind.

    `labels` are the names of the rows, one sequence for each way of naming them. A virus that is
    another genome of the reference has rows that count as no RNA of the patient: these get a
    column of their own, which adds to no total, as before. A virus without a row has no column.
    `is_taken` (n_rows,) marks antibodies and the CAR.
    """
    if not viruses:
        return (), np.zeros(0, np.uint8)
    columns = [list(names) for names in labels]
    has_human_id = _are_human(columns)
    is_free = ((role == OUTSIDE_DEPTH) | (role == NOT_RNA)) & ~is_taken & ~has_human_id
    kinds: list[tuple[str, int]] = []
    for virus, patterns in viruses:
        if not has_human_id.any():
            patterns = _of_viruses(columns, patterns, is_free)
        rows = _matching_rows(columns, patterns) & is_free
        for kind, part in (
            (RNA_COLUMN, rows & (role == OUTSIDE_DEPTH)),
            (PROTEIN_COLUMN, rows & (role == NOT_RNA)),
        ):
            if part.any():
                role[part] = first_column + len(kinds)
                kinds.append((virus, kind))
    return tuple(virus for virus, _ in kinds), np.array([kind for _, kind in kinds], np.uint8)


def _are_human(columns: Sequence[Sequence[str]]) -> Bools:
    """Rows with the Ensembl id of a human gene; those of symbols alone are told by their role."""
    human = np.zeros(len(columns[0]), bool)
    for names in columns:
        human |= np.array([name.startswith("ENSG") for name in names], bool)
    return human


def _of_viruses(
    columns: Sequence[Sequence[str]], patterns: Sequence[str], is_free: Bools
) -> tuple[str, ...]:
    """The names, and the patterns that at least as many free rows meet as others."""

    def is_viral(pattern: str) -> bool:
        rows = _matching_rows(columns, (pattern,))
        return int((rows & is_free).sum()) >= int((rows & ~is_free).sum())

    return tuple(p for p in patterns if not p.endswith("*") or is_viral(p))


def _matching_rows(columns: Sequence[Sequence[str]], patterns: Sequence[str]) -> Bools:
    """Rows one of whose names is listed, in any case; a * at the end stands for any ending."""
    full_names = {pattern.casefold() for pattern in patterns if not pattern.endswith("*")}
    beginnings = tuple(p[:-1].casefold() for p in patterns if p.endswith("*"))
    matches = np.zeros(len(columns[0]), bool)
    for names in columns:
        folded = (name.casefold() for name in names)
        matches |= np.array([n in full_names or n.startswith(beginnings) for n in folded], bool)
    return matches
