"""Spelling of gene symbols: letter case, hyphens that R turned into dots, spreadsheet dates."""

import re
from collections.abc import Sequence

from features.genes.panels import PANEL_GENES

# Symbols with a hyphen that every whole reference holds: those of the panel, mitochondria and HLA.
_MITO = (
    "ND1",
    "ND2",
    "ND3",
    "ND4",
    "ND4L",
    "ND5",
    "ND6",
    "CO1",
    "CO2",
    "CO3",
    "ATP6",
    "ATP8",
    "CYB",
)
_HYPHENATED = (
    *(gene for gene in PANEL_GENES if "-" in gene),
    *(f"MT-{gene}" for gene in _MITO),
    *(f"HLA-{gene}" for gene in ("A", "B", "C", "E")),
)
SAMPLED_NAMES = 2_000
MAX_UPPER_SHARE = 0.05  # in references in small letters, a few rows (a CAR) have capitals

_DATE = re.compile(
    r"^(?:(?P<d1>\d{1,2})-(?P<m1>Mar|Sep|Dec)"
    r"|(?P<m2>Mar|Sep|Dec)-(?P<d2>\d{1,2})"
    r"|\d{4}-(?P<m3>03|09|12)-(?P<d3>\d{2})(?: 00:00:00)?)(?P<copy>[-.]\d)?$"
)
_FAMILY = {"Mar": "MARCH", "03": "MARCH", "Sep": "SEPT", "09": "SEPT", "Dec": "DEC", "12": "DEC"}
_FIRST = frozenset("0123456789MSDC")
_MONTHS = ("Mar-", "Sep-", "Dec-")
_OPEN_READING_FRAME = re.compile(r"^(C(?:\d{1,2}|X|Y))ORF(\d+)")
# Clone names such as AC009133.1 have a dot of their own.
_CLONE = re.compile(r"^[A-Z]{1,4}\d{5,8}\.\d{1,2}$")
_LEADING_X = re.compile(r"^X(?=\d)")


def respell(names: list[str], is_rna: Sequence[bool]) -> list[str]:
    """Symbols in HGNC's spelling; each change is decided for the whole reference.

    Names in small letters become capitals; names that R's make.names wrote (HLA.DRA, MT.CO1) get
    their hyphens back; a date that a spreadsheet made of a symbol becomes the symbol. Title case
    (Cd7) stays: it is how mouse genes are written.

    >>> respell(["9-Sep", "Mar-01", "2023-03-05", "C1ORF112"], [True] * 4)
    ['SEPT9', 'MARCH1', 'MARCH5', 'C1orf112']
    """
    rna_names = [name for name, ok in zip(names, is_rna, strict=True) if ok]
    if _is_lower_case(rna_names):
        names = [name.upper() if ok else name for name, ok in zip(names, is_rna, strict=True)]
    joint = _hyphen_in(names)
    if joint is not None:
        names = [_hyphenate(name, joint) for name in names]
    return [_respell(name) if name[:1] in _FIRST and _may_change(name) else name for name in names]


def _may_change(name: str) -> bool:
    return name[:1].isdigit() or name[:4] in _MONTHS or (name[:1] == "C" and "ORF" in name)


def _respell(name: str) -> str:
    return _DATE.sub(_symbol, _OPEN_READING_FRAME.sub(r"\1orf\2", name))


def _is_lower_case(rna_names: Sequence[str]) -> bool:
    """Whether names are written in small letters and are human: most of our panel is among them."""
    sampled_names = rna_names[:: max(1, len(rna_names) // SAMPLED_NAMES)]
    n_upper = sum(name != name.lower() for name in sampled_names)
    if n_upper > MAX_UPPER_SHARE * len(sampled_names):
        return False
    return (
        len({name.upper() for name in rna_names}.intersection(PANEL_GENES)) > len(PANEL_GENES) / 2
    )


def _hyphen_in(names: Sequence[str]) -> str | None:
    """What stands for hyphens in this reference, a dot or an underscore; None: hyphens do."""
    present = set(names)
    intact = sum(name in present for name in _HYPHENATED)
    for joint in "._":
        n_changed = sum(name.replace("-", joint) in present for name in _HYPHENATED)
        if n_changed >= 2 and n_changed > intact:
            return joint
    return None


def _hyphenate(name: str, joint: str) -> str:
    """A name before make.names: its first dot is a hyphen, except in a clone's name.

    >>> [_hyphenate(name, ".") for name in ("HLA.DRA", "RP11.34P13.7", "AC009133.1", "X1.Mar")]
    ['HLA-DRA', 'RP11-34P13.7', 'AC009133.1', '1-Mar']
    """
    name = _LEADING_X.sub("", name)
    return name if joint not in name or _CLONE.match(name) else name.replace(joint, "-", 1)


def _symbol(date: re.Match[str]) -> str:
    day = next(date[group] for group in ("d1", "d2", "d3") if date[group])
    month = next(date[group] for group in ("m1", "m2", "m3") if date[group])
    return f"{_FAMILY[month]}{int(day)}{date['copy'] or ''}"
