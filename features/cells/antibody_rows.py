"""Antibodies among the genes of a file without feature types, recognised by some of its cells."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import islice

import numpy as np

from features.arrays import Floats
from features.genes.untyped_antibodies import find_suspects, judge_suspects, mark_antibodies
from features.kernels.count_block import CountBlock
from features.readers.count_source import CountSource
from features.readers.hdf5_chunks import DamagedFile

# Places of a file from which one block of cells each is read: cells may be sorted by type.
N_PARTS = 4


def mark_antibody_rows(source: CountSource) -> CountSource:
    """The source with the rows that count antibodies, by name or by counts, no longer as RNA.

    Costs nothing unless names are doubtful: then four blocks of cells are read, or the file once
    where it is stored by gene. Raises `InputError` when the file is damaged.
    """
    suspects = find_suspects(source.reference)
    if not suspects.need_counts:
        reference = mark_antibodies(source.reference, set(suspects.certain))
    else:
        reference = judge_suspects(source.reference, suspects, _row_sums(source))
    return source if reference is source.reference else replace(source, reference=reference)


def _row_sums(source: CountSource) -> Floats:
    """Counts of each row in some of the cells, (n_rows,)."""
    sums = np.zeros(len(source.reference.ids))
    blocks = source.blocks() if source.major == "genes" else _sampled_blocks(source)
    for block in blocks:
        rows = _rows(block, by_gene=source.major == "genes")
        if rows.size and not 0 <= rows.min() <= rows.max() < sums.size:
            raise DamagedFile("an index points outside its genes")
        sums += np.bincount(rows, weights=block.data, minlength=sums.size)
    return sums


def _rows(block: CountBlock, *, by_gene: bool) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    """The gene of each entry."""
    if not by_gene:
        return block.indices.astype(np.int64)
    genes = np.arange(block.indptr.size - 1, dtype=np.int64) + block.first
    return np.repeat(genes, np.diff(block.indptr))


def _sampled_blocks(source: CountSource) -> Iterator[CountBlock]:
    if source.read_cells is None:
        yield from islice(source.blocks(), N_PARTS)
        return
    for part in range(N_PARTS):
        first = source.n_cells * part // N_PARTS
        yield from islice(source.blocks(first, source.n_cells), 1)
