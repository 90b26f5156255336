"""Antibody names: which protein an antibody row counts, as laboratories and vendors write it."""

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from features.genes.annotation import GeneReference

# Columns of antibodies that are kept apart; all others are summed in `other_antibodies`, from
# which the number of antibodies that a cell caught is known.
ISOTYPE, OTHER = "isotype", "other_antibodies"
# TotalSeq's number of each human antibody, where a row is named by it alone.
TARGETS: dict[str, tuple[str, ...]] = {
    "CD7": ("CD7", "0066"),
    "CD4": ("CD4", "0072", "0922"),
    "CD14": ("CD14", "0081", "0051"),
    "CD45RA": ("CD45RA", "0063"),
}
COLUMNS = (*TARGETS, ISOTYPE, OTHER)
_TARGET_OF = {alias: target for target, aliases in TARGETS.items() for alias in aliases}

_SEPARATOR = r"[-_ .:/|]"
_PREFIX = re.compile(
    rf"^(adt|ab|abseq|antibody|protein|prot|pro|p|surface|hu(man)?(ms|msrt)?|anti"
    rf"|total(seq)?[- _]?[abcd]?|[abcd]?0\d{{3}}){_SEPARATOR}+",
    re.IGNORECASE,
)
_SUFFIXES = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        rf"{_SEPARATOR}+[acgt]{{10,}}$",  # the antibody's barcode, as CITE-seq-Count appends it
        rf"{_SEPARATOR}+total(seq)?[-_ ]?[abcd]?\d*$",  # CD7_TotalSeqC, CD7-TotalC0066
        rf"{_SEPARATOR}+[abcd]?0\d{{3}}$",  # CD7_A0066
        rf"{_SEPARATOR}+(adt|ab|antibody|protein|prot|surface|pabo)$",
        rf"{_SEPARATOR}+\d$",  # a tool's number of a repeated name
        r"\s*\(.*\)$",  # (clone) or (other name)
    )
)
_ISOTYPE = re.compile(r"isotype|(^|[^a-z]|mouse|rat|hamster|ms|r)igg\d?[abc]?([^a-z]|$)", re.I)
_HASHTAG = re.compile(r"(^|[^a-z])(hto|sample[-_ ]?tag|cmo\d{3})|hash[-_ ]?tag", re.IGNORECASE)
# Rows that counting tools add for reads of no antibody.
_NO_TARGET = frozenset({"unmapped", "no_match", "bad_struct", "total_reads"})
# Words that no gene's name holds.
_VENDOR = re.compile(r"totalseq|total[abcd]\d{4}|pabo$|abseq|isotype|anti[- _]?human", re.I)


def antibody_target(name: str) -> str:
    """The protein whose column an antibody's counts belong to: one of `COLUMNS`.

    >>> [antibody_target(name) for name in ("CD7_TotalSeqC", "adt_CD7", "Hu.CD7", "CD7-1", "CD70")]
    ['CD7', 'CD7', 'CD7', 'CD7', 'other_antibodies']
    >>> antibody_target("CD7:M-T701|CD7|AHS0043|pAbO"), antibody_target("Mouse_IgG2a_isotype")
    ('CD7', 'isotype')
    """
    if is_isotype(name):
        return ISOTYPE
    plain = bare_name(name)
    first = re.split(_SEPARATOR, plain, maxsplit=1)[0]
    for text in (plain, first):
        if text in _TARGET_OF:
            return _TARGET_OF[text]
    return OTHER


@lru_cache(maxsize=4096)
def bare_name(name: str) -> str:
    """An antibody's name in capitals without vendor, barcode, clone or running number.

    >>> bare_name("anti-human CD7"), bare_name("CD45RA-TCAATCCTTCCGCTT"), bare_name("HLA-DR.1")
    ('CD7', 'CD45RA', 'HLA-DR')
    """
    text = name.split("|", 1)[0].strip() if "|" in name else name.strip()
    before = ""
    while text != before:
        before = text
        text = _PREFIX.sub("", text)
        for suffix in _SUFFIXES:
            text = suffix.sub("", text) or text
    number = re.fullmatch(r"[abcd]?(0\d{3})", text, re.IGNORECASE)
    return number[1] if number else text.upper()


def is_isotype(name: str) -> bool:
    """Whether an antibody binds nothing human: an isotype control.

    >>> [is_isotype(name) for name in ("IgG1", "isotype_MOPC.21", "RatIgG2b", "IgD", "IgG_Fc")]
    [True, True, True, False, False]
    """
    return bool(_ISOTYPE.search(name)) and "fc" not in name.lower()


def is_hashtag(name: str) -> bool:
    """Whether a row counts a hashtag, which marks the sample of a cell and no protein.

    No gene's name begins or goes on like one.

    >>> [is_hashtag(name) for name in ("HTO1", "HTO_A", "TotalSeqC0251_Hashtag1", "SHTN1", "CD7")]
    [True, True, True, False, False]
    """
    return bool(_HASHTAG.search(name))


def is_vendor_name(name: str) -> bool:
    """Whether a name can only be an antibody's or a hashtag's, whatever its counts.

    >>> [is_vendor_name(name) for name in ("CD7_TotalSeqC", "HTO3", "CD7", "CD7-1")]
    [True, True, False, False]
    """
    return bool(_VENDOR.search(name)) or is_hashtag(name)


def is_technical(name: str) -> bool:
    """Whether a row counts reads that belong to no antibody.

    >>> is_technical("unmapped"), is_technical("CD7")
    (True, False)
    """
    return name.lower() in _NO_TARGET


def hashtag_rows(reference: "GeneReference") -> tuple[int, ...]:
    """Rows that count hashtags; a file that has two or more may hold as many samples.

    Genes by Ensembl id are none, whatever their name.
    """
    return tuple(
        row
        for row, (name, gene_id) in enumerate(zip(reference.names, reference.ids, strict=True))
        if "ENSG" not in gene_id and is_hashtag(name)
    )


def antibody_columns(rows: Iterable[tuple[int, str]]) -> dict[str, list[int]]:
    """Rows of each column of antibodies, in the order of `COLUMNS`, from row numbers and names.

    One isotype control alone has its own column: IgG2a, the isotype of common CD7 antibodies, else
    the first; others count as other antibodies. Hashtags and rows of no antibody have none.

    >>> antibody_columns([(7, "IgG1"), (8, "CD7"), (9, "IgG2a"), (10, "CD3"), (11, "HTO1")])
    {'CD7': [8], 'isotype': [9], 'other_antibodies': [7, 10]}
    """
    columns: dict[str, list[int]] = {column: [] for column in COLUMNS}
    isotypes: list[tuple[bool, int]] = []
    for row, name in rows:
        if is_hashtag(name) or is_technical(name):
            continue
        target = antibody_target(name)
        if target == ISOTYPE:
            isotypes.append(("igg2a" not in name.lower(), row))
        else:
            columns[target].append(row)
    isotypes.sort()
    columns[ISOTYPE] = [row for _, row in isotypes[:1]]
    columns[OTHER] = sorted([*columns[OTHER], *(row for _, row in isotypes[1:])])
    return {column: numbers for column, numbers in columns.items() if numbers}
