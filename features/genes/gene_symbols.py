"""Gene symbols: whether a name has the shape of one, or names a protein or an antibody."""

import re

from features.genes.antibodies import bare_name, is_isotype, is_vendor_name

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
CD_NAME = re.compile(r"CD\d+[A-Za-z0-9]*")
# Symbols, then the clones and small RNAs that older references name with small letters.
_GENE_SHAPE = re.compile(
    r"[A-Z0-9]+(orf\d+)?[A-Z0-9]*([-._][A-Z0-9]+(orf\d+)?)*"
    r"|(XX[a-z]{3}|RP\d+|CT[A-D])-\S+|(hsa-|sno|uc)\S+"
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
    if name.startswith("CD") and CD_NAME.fullmatch(name):
        return name in _CD_GENES
    return not (is_vendor_name(name) or is_isotype(name))


def is_cd_name(name: str) -> bool:
    """Whether a name is that of a protein of the CD nomenclature, gene or not.

    >>> is_cd_name("CD45RA-1"), is_cd_name("CD7"), is_cd_name("CDC42")
    (True, True, False)
    """
    return bool(CD_NAME.fullmatch(bare_name(name)))
