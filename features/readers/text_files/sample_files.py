"""Files of a sample among those of a folder, by name alone: matrix, genes and barcodes.

GEO, Cell Ranger, STARsolo, kb-python, alevin-fry and Parse name them differently. A file's name is
the name of its role ("matrix", "genes") and of its sample before it, behind it, or both.
"""

import re
from collections.abc import Iterable, Sequence
from typing import NamedTuple

MATRIX, GENES, BARCODES, GENE_NAMES = "matrix", "genes", "barcodes", "gene names"
_ROLES = (
    (BARCODES, r"cell_metadata|quants_mat_rows|barcodes?|cells|cell_names"),
    (GENE_NAMES, r"genes?[._]names"),
    (GENES, r"all_genes|quants_mat_cols|features?|genes"),
)
_MATRIX = r"cellsxgenes|cellsxtcc|quants_mat|count_matrix|matrix|counts?|dge|mtx"
# Matrices beside the counts: reads of several genes shared out, and parts of a gene's reads.
_SPLICING = r"(?<![a-z])(?:unspliced|spliced|ambiguous)(?![a-z])"
_VARIANTS = re.compile(rf"uniqueandmult[a-z-]*|log_?norm[a-z]*|normali[sz]ed|logcounts|{_SPLICING}")
_KB_PARTS = ("mature", "nascent", "ambiguous", "cell", "nucleus", "total")
_ANTIBODIES = {"adt", "hto", "antibody", "antibodies", "protein", "proteins", "hashtags"}
_OTHER_KINDS = {"crispr", "atac", "guides"}
_SAME_SAMPLE = {"rna", "gex", "mrna", "raw", "unfiltered", "filtered"}


class Triple(NamedTuple):
    """Names of the files of one matrix; None for one that the folder lacks."""

    matrix: str
    genes: str | None
    barcodes: str | None
    gene_names: str | None = None


class SampleFiles(NamedTuple):
    """Files of one sample: its counts, antibodies beside them, and other matrices of its cells.

    `label` is what tells the sample from the others in the folder.
    """

    label: str
    counts: Triple
    antibodies: Triple | None
    other_matrices: tuple[str, ...]


class _File(NamedTuple):
    name: str
    role: str
    key: tuple[str, ...]
    label: str
    variant: str


def find_samples(names: Iterable[str]) -> list[SampleFiles]:
    """The samples whose matrices are among these file names, sorted by label.

    >>> [sample] = find_samples(["GSM1_P1_matrix.mtx.gz", "GSM1_P1_genes.tsv", "barcodes.tsv"])
    >>> sample.label, sample.counts.genes, sample.counts.barcodes
    ('GSM1_P1', 'GSM1_P1_genes.tsv', 'barcodes.tsv')
    """
    files = [file for file in map(_describe, sorted(names)) if file is not None]
    groups: dict[tuple[str, ...], list[_File]] = {}
    for file in files:
        if file.role == MATRIX:
            groups.setdefault(_sample_key(file), []).append(file)
    samples = [_sample(group, files, len(groups) == 1) for group in groups.values()]
    return sorted(samples, key=lambda sample: sample.label)


def is_split_by_splicing(sample: SampleFiles) -> bool:
    """Whether the sample has spliced and unspliced counts alone, as velocity tools write them.

    >>> is_split_by_splicing(find_samples(["spliced.mtx", "unspliced.mtx"])[0])
    True
    """
    return re.search(_SPLICING, sample.counts.matrix.lower()) is not None


def _describe(name: str) -> _File | None:
    """Role and sample of a file by its name; None for a file of another kind."""
    if name.startswith("."):  # macOS writes ._matrix.mtx.gz beside matrix.mtx.gz
        return None
    text = name.replace("cells_x_", "cellsx")  # kb-python's one word, of which "genes" is no role
    stem, _, extension = text.lower().removesuffix(".gz").rpartition(".")
    if extension == "mtx":
        return _file(name, MATRIX, _last_match(_MATRIX, stem), text[: len(stem)])
    if extension not in ("tsv", "txt", "csv"):
        return None
    matches = [(role, _last_match(words, stem)) for role, words in _ROLES]
    role, match = max(matches, key=lambda pair: pair[1].end() if pair[1] else -1)
    return _file(name, role, match, text[: len(stem)]) if match else None


def _last_match(words: str, stem: str) -> re.Match[str] | None:
    matches = list(re.finditer(rf"(?<![a-z])(?:{words})(?![a-z])", stem))
    return matches[-1] if matches else None


def _file(name: str, role: str, match: re.Match[str] | None, stem: str) -> _File:
    begin, end = match.span() if match else (len(stem), len(stem))
    rest = f"{stem[:begin]} {stem[end:]}".lower()
    variant = ""
    if role == MATRIX:
        splicing = _VARIANTS.search(rest)
        kb_part = rest.strip(" ._") if name.startswith("cells_x_") else ""
        variant = splicing.group() if splicing else kb_part if kb_part in _KB_PARTS else ""
        rest = rest.replace(variant, " ") if variant else rest
    label = stem[:begin].strip("._- ") or stem[end:].strip("._- ")
    key = tuple(filter(None, re.split(r"[^a-z0-9]+", rest.replace("cellsxgenes", " "))))
    return _File(name, role, key, label, variant)


def _sample_key(file: _File) -> tuple[str, ...]:
    same = _ANTIBODIES | _OTHER_KINDS | _SAME_SAMPLE
    return tuple(word for word in file.key if word not in same)


def _sample(matrices: Sequence[_File], files: Sequence[_File], is_only: bool) -> SampleFiles:
    """The likeliest matrix of counts among those of one sample, and what is beside it."""
    by_rank = sorted(matrices, key=_rank)
    counts, *others = by_rank
    is_antibodies = [bool(_ANTIBODIES.intersection(f.key)) and not f.variant for f in others]
    antibodies = others[is_antibodies.index(True)] if any(is_antibodies) else None
    if _ANTIBODIES.intersection(counts.key):
        antibodies = None
    return SampleFiles(
        counts.label,
        _triple(counts, files, is_only),
        None if antibodies is None else _triple(antibodies, files, is_only),
        tuple(f.name for f in others),
    )


def _rank(file: _File) -> tuple[bool, bool, bool, str]:
    """Gene expression before antibodies, whole counts before parts, filtered before raw."""
    is_other = bool((_ANTIBODIES | _OTHER_KINDS).intersection(file.key))
    is_raw = bool({"raw", "unfiltered"}.intersection(file.key))
    return is_other, file.variant not in ("", "total"), is_raw, file.variant


def _triple(matrix: _File, files: Sequence[_File], is_only: bool) -> Triple:
    genes, barcodes, gene_names = (
        _partner(matrix, [f for f in files if f.role == role], is_only or role != BARCODES)
        for role in (GENES, BARCODES, GENE_NAMES)
    )
    return Triple(matrix.name, genes, barcodes, gene_names)


def _partner(matrix: _File, candidates: Sequence[_File], can_be_shared: bool) -> str | None:
    """The file of the same sample, else the only one, else the one whose name shares most."""
    same = [file.name for file in candidates if file.key == matrix.key]
    if same or not (candidates and can_be_shared):
        return same[0] if same else None
    words = set(matrix.key)
    shared = [len(words & set(file.key)) - len(set(file.key) - words) for file in candidates]
    best = [file.name for file, n in zip(candidates, shared, strict=True) if n == max(shared)]
    return best[0] if len(best) == 1 else None
