"""Gene ids and symbols of a count matrix as the field writes them: prefixes, joined, swapped.

Tools write one gene in many ways: GRCh38_CD7, hg38---CD7, h-CD7, CD7_ENSG00000173762,
ENSG00000173762.7-CD7, "CD7 ", cd7, HLA.DRA (R's make.names), 1-Mar (a spreadsheet). A form that
could also be a gene's own name is undone only when more than half of the RNA rows have it, so an
odd gene is never renamed by accident.
"""

import re
from collections.abc import Sequence
from itertools import compress
from typing import TYPE_CHECKING, NamedTuple

from features.errors import InputError
from features.genes.gene_affixes import strip_affixes, strip_genome_prefixes
from features.genes.gene_spelling import respell

if TYPE_CHECKING:
    from features.genes.annotation import Kind

ENSEMBL_ID = r"ENS[A-Z]{0,6}G\d{11}(?:\.\d+)?(?:_PAR_Y)?"
# Rows of probes or transcripts come several to a gene (Flex: 2.9 probes); symbols of whole
# references repeat in at most 5 % of rows (GENCODE's Y_RNA and its like).
MIN_DISTINCT_SHARE = 0.8
MAJORITY = 0.5
SAMPLED_ROWS = 2_000  # evenly spread over a reference, on which a majority is counted
MIN_FOREIGN_ROWS = 1_000  # fewer are stray genes of another species, not a second genome

_ENSEMBL_ID = re.compile(ENSEMBL_ID)
_OTHER_SPECIES = re.compile(r"ENS[A-Z]{3,6}G\d{11}")
_TRANSCRIPT = re.compile(r"ENS[A-Z]{0,6}T\d{11}")
_JOINTS = " \t_-|:;,.()[]"
_UNTIDY = ('"', "'", " \n", "\n ", "\t", "\r", "\ufeff")
_JOINED_ID = re.compile(rf"(?!{ENSEMBL_ID}$).*ENS[A-Z]{{0,6}}G\d{{11}}")
# A row without an Ensembl id has its name as its id: CAT_scFv_CAT_scFv.
_TWICE = re.compile(r"^(.+?)(?:\.\d+)?[_\-|: (]+\1\)?$")
_BYTES = re.compile(r"""^b(['"])(.*)\1$""")


class GeneNames(NamedTuple):
    """Ids, symbols and kinds of the rows of a matrix, each (n_rows,)."""

    ids: tuple[str, ...]
    names: tuple[str, ...]
    kinds: "tuple[Kind, ...]"


def clean_gene_names(labels: GeneNames) -> GeneNames:
    """The same rows with Ensembl ids and symbols in their usual form, in their own columns.

    In a reference of two genomes (human and mouse cells together) the rows of the other species
    become kind `other`: they are no RNA of the patient. What is not recognised stays as it is.

    >>> joined = ("CD7_ENSG00000173762", "LYZ_ENSG00000090382", "CAR")
    >>> clean_gene_names(GeneNames(joined, joined, ("rna",) * 3))[:2]
    (('ENSG00000173762', 'ENSG00000090382', 'CAR'), ('CD7', 'LYZ', 'CAR'))
    """
    is_rna = [kind == "rna" for kind in labels.kinds]
    ids, names = (strip_genome_prefixes(_tidy(texts)) for texts in (labels.ids, labels.names))
    ids, names = _split_joined(ids, names, is_rna)
    if _share(_ENSEMBL_ID, names, is_rna) > MAJORITY > _share(_ENSEMBL_ID, ids, is_rna):
        ids, names = names, ids
    names, foreign = strip_affixes(names, is_rna)
    names, ids = respell(names, is_rna), _bare_ids(ids)
    if labels.ids == labels.names and not _share(_ENSEMBL_ID, ids, is_rna):
        ids = names
    return GeneNames(tuple(ids), tuple(names), _kinds(labels.kinds, ids, foreign))


def is_other_species(gene_id: str) -> bool:
    """Whether an Ensembl id is of another species than man.

    >>> is_other_species("ENSMUSG00000025163"), is_other_species("ENSG00000173762")
    (True, False)
    """
    return gene_id[:3] == "ENS" and _OTHER_SPECIES.match(gene_id) is not None


def check_rows_are_genes(ids: Sequence[str], names: Sequence[str]) -> None:
    """Refuse a matrix with several rows a gene, such as probes or transcripts.

    `ids` and `names` of RNA rows. UMIs of a gene's probes cannot simply be added up: Cell Ranger
    leaves out probes that bind elsewhere. Raises `InputError`.

    >>> check_rows_are_genes(["ENSG00000173762", "ENSG00000090382"], ["CD7", "LYZ"])
    """
    if _share(_TRANSCRIPT, ids) > MAJORITY:
        raise InputError(
            f"each row of a matrix must be a gene, but its {len(ids):,} rows are transcripts; "
            "give counts summed by gene"
        )
    keys = [
        gene_id[:15] if gene_id.startswith("ENSG") else name
        for gene_id, name in zip(ids, names, strict=True)
    ]
    distinct = len(set(keys))
    if distinct < MIN_DISTINCT_SHARE * len(keys):
        raise InputError(
            f"each row of a matrix must be a gene, but its {len(keys):,} rows hold {distinct:,} "
            "genes, several probes or transcripts each; give the counts by gene "
            "(raw_feature_bc_matrix or filtered_feature_bc_matrix in place of raw_probe_bc_matrix)"
        )


def _tidy(texts: Sequence[str]) -> list[str]:
    """Without blanks and quotes around a name, and Python's b'...'."""
    text = "\n" + "\n".join(texts) + "\n"
    if not any(mark in text for mark in _UNTIDY):
        return list(texts)
    return [_BYTES.sub(r"\2", text.strip()).strip("\ufeff \t\r\"'") for text in texts]


def _split_joined(
    ids: list[str], names: list[str], is_rna: Sequence[bool]
) -> tuple[list[str], list[str]]:
    """Ids and symbols apart where more than half of the rows hold both in one text."""
    for column in (names, ids):
        if _share(_JOINED_ID, column, is_rna) <= MAJORITY:
            continue
        parts = [_split(text) for text in column]
        split_ids, symbols = (
            [part[side] or text for part, text in zip(parts, column, strict=True)]
            for side in (0, 1)
        )
        if column is ids and names != ids:
            return split_ids, names
        has_ids = names != ids and _share(_ENSEMBL_ID, ids, is_rna) > MAJORITY
        return (ids if has_ids else split_ids), symbols
    return ids, names


def _split(text: str) -> tuple[str, str]:
    """The Ensembl id in a text and the symbol beside it; the first of several parts.

    >>> _split("ENSG00000173762.7-CD7"), _split("ENSG00000173762|CD7|a1b2c3"), _split("CAR")
    (('ENSG00000173762.7', 'CD7'), ('ENSG00000173762', 'CD7'), ('', ''))
    >>> _split("CAR_scFv_CAR_scFv")
    ('CAR_scFv', 'CAR_scFv')
    """
    match = _ENSEMBL_ID.search(text)
    if match is None:
        twice = _TWICE.match(text)
        return (twice[1], twice[1]) if twice else ("", "")
    before, after = text[: match.start()].strip(_JOINTS), text[match.end() :].strip(_JOINTS)
    return match.group(), before or after.partition("|")[0]


def _bare_ids(ids: list[str]) -> list[str]:
    """Ids without what stands around an Ensembl id, such as a genome's prefix."""
    matches = [None if i[:3] == "ENS" or "ENS" not in i else _ENSEMBL_ID.search(i) for i in ids]
    return [match.group() if match else i for match, i in zip(matches, ids, strict=True)]


def _share(
    pattern: re.Pattern[str], texts: Sequence[str], is_rna: Sequence[bool] | None = None
) -> float:
    """Share of RNA rows that begin with a pattern, in a sample spread over the reference."""
    rna_texts = texts if is_rna is None else [*compress(texts, is_rna)]
    sampled_texts = rna_texts[:: max(1, len(rna_texts) // SAMPLED_ROWS)]
    n_matches = sum(pattern.match(text) is not None for text in sampled_texts)
    return n_matches / max(1, len(sampled_texts))


def _kinds(
    kinds: "tuple[Kind, ...]", ids: Sequence[str], foreign: Sequence[bool]
) -> "tuple[Kind, ...]":
    """`other` for the rows of a second species, if they are a whole genome beside the human one."""
    foreign = [
        mark or (gene_id[3:4] != "G" and is_other_species(gene_id))
        for mark, gene_id in zip(foreign, ids, strict=True)
    ]
    if not MIN_FOREIGN_ROWS <= sum(foreign) <= len(kinds) - MIN_FOREIGN_ROWS:
        return kinds
    return tuple("other" if mark else kind for mark, kind in zip(foreign, kinds, strict=True))
