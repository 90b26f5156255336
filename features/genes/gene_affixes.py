"""Genome prefixes and other affixes of gene symbols: GRCh38_CD7, hg38---CD7, h-CD7, CD7_hg38."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from functools import cache

from features.genes.panels import FORMER_NAMES, PANEL_GENES

MIN_SHARE_OF_PANEL = 0.5  # a reference with this share of our panel needs no change
MAJORITY = 0.5
MIN_SHARE_OF_ROWS = 0.2  # of two genomes, each has more of the rows
MAX_AFFIXES = 4  # homo_sapiens_, GRCh38-2020-A_

_GENOME_PREFIX = re.compile(r"^(?:GRCh3[78]|hg38|hg19)[_\-.:|]+(?=[A-Za-z0-9])")
_FOREIGN_PREFIX = re.compile(r"^(?:mm\d+|GRCm3[89]|mouse|mus_musculus|rn\d)[_\-.:|]")
_BEFORE = re.compile(r"^[^_\-.:|]+[_\-.:|]+(?=.)")
_AFTER = re.compile(r"(?<=.)[_\-.:|]+[^_\-.:|]*[A-Za-z][^_\-.:|]*$")


def strip_genome_prefixes(names: Sequence[str]) -> list[str]:
    """Gene names or ids without the prefix of a human genome that some references add.

    >>> strip_genome_prefixes(["GRCh38_CD7", "hg38---CD7", "CAT_scFv", "CD7"])
    ['CD7', 'CD7', 'CAT_scFv', 'CD7']
    """
    text = "\n".join(names)
    if "GRCh" not in text and "hg" not in text:  # as in nearly every reference
        return list(names)
    return [_GENOME_PREFIX.sub("", name) for name in names]


def strip_affixes(names: list[str], is_rna: Sequence[bool]) -> tuple[list[str], list[bool]]:
    """Symbols without an affix that most RNA rows share, and the rows of another genome.

    An affix is removed where its rows then hold half of our panel and did not before. Rows with
    another prefix are another genome's if it is named as one or the human rows' was found.

    >>> names, foreign = strip_affixes(["h-CD7", "h-LYZ"] * 2 + ["CAR"], [True] * 5)
    >>> names[:2], any(foreign)
    (['h-CD7', 'h-LYZ'], False)
    """
    foreign = [name[:1] in "mGr" and has_foreign_prefix(name) for name in names]
    rows = [row for row, ok in enumerate(is_rna) if ok and not foreign[row]]
    if _panel_share(names[row] for row in rows) >= MIN_SHARE_OF_PANEL:
        return names, foreign
    for pattern, min_share in ((_BEFORE, MIN_SHARE_OF_ROWS), (_AFTER, MAJORITY)):
        stripped = _strip(names, rows, pattern, min_share)
        if stripped is not None:
            human = set(stripped)
            others = [row for row in rows if row not in human]
            two_genomes = pattern is _BEFORE and len(others) > MIN_SHARE_OF_ROWS * len(rows)
            for row in others if two_genomes else ():
                foreign[row] = True
            return [stripped.get(row, name) for row, name in enumerate(names)], foreign
    return names, foreign


def has_foreign_prefix(name: str) -> bool:
    """Whether a name has the prefix of a mouse's or rat's genome.

    >>> has_foreign_prefix("mm10___Cd7"), has_foreign_prefix("MZB1")
    (True, False)
    """
    return _FOREIGN_PREFIX.match(name) is not None


def _strip(
    names: Sequence[str], rows: list[int], pattern: re.Pattern[str], min_share: float
) -> dict[int, str] | None:
    """Names by row without up to four affixes, those of the group that then holds our panel."""
    group = {row: names[row] for row in rows}
    for _ in range(MAX_AFFIXES):
        affixes = {row: m.group() for row, name in group.items() if (m := pattern.search(name))}
        frequent = [
            affix
            for affix, n in Counter(affixes.values()).most_common(2)
            if n > min_share * len(rows)
        ]
        groups = [
            {row: pattern.sub("", group[row]) for row, affix in affixes.items() if affix == shared}
            for shared in frequent
        ]
        if not groups:
            return None
        group = max(groups, key=lambda candidate: _panel_share(candidate.values()))
        if _panel_share(group.values()) >= MIN_SHARE_OF_PANEL:
            return group
    return None


def _panel_share(names: Iterable[str]) -> float:
    return len(_panel_names().intersection(names)) / len(PANEL_GENES)


@cache
def _panel_names() -> frozenset[str]:
    return frozenset((*PANEL_GENES, *FORMER_NAMES))
