"""Warnings of a sample in sentences: those that limit it, and notes on single values."""

import re

from features.report.warning_texts import NOTES, WARNINGS, warning_text
from features.table.row import BOUND_CODES, Row
from serving.assessment.answer import Flag

# Their limits are said by flags of the same meaning (`serving.assessment.sentences.FLAGS`).
FLAG_SYNONYMS = frozenset({"sorted", "product", "cd7_unresolved"})
# Each concerns one value and leaves the rest of the sample as it is.
SINGLE_VALUE_CODES = frozenset(
    {
        "no_car_gene", "no_virus_genes", "s100_nonmyeloid_wide", "s100_standardised_wide",
        "hla_dr_wide",
    }
)  # fmt: skip
SINGLE_VALUE_PREFIXES = ("dropped_", "partial_", *BOUND_CODES.values())
_NOT_WORDS = re.compile(r"[^A-Za-z0-9 ]+")


def warning_sentence(code: str) -> str:
    """A warning code as a sentence; one of a newer version in its own words.

    Such a code may come from a caller, so nothing but its letters and digits is repeated.

    >>> warning_sentence("shallow")
    'Under 600 genes a cell: rare types uncertain.'
    >>> warning_sentence("deep_ambient")
    'Deep ambient.'
    """
    try:
        text = warning_text(code)
    except KeyError:
        text = _NOT_WORDS.sub(" ", code).strip() or "unreadable warning"
    return f"{text[0].upper()}{text[1:]}."


def warning_flags(row: Row) -> list[Flag]:
    """The warnings that limit the whole sample as flags, in the order of `WARNINGS`.

    One that this version does not know counts as a limit.

    >>> [flag["code"] for flag in warning_flags({"warnings": "unfiltered;no_car_gene;shallow"})]
    ['shallow']
    """
    codes = [code for code in _codes(row) if code not in FLAG_SYNONYMS and not is_note(code)]
    return [{"code": code, "sentence": warning_sentence(code)} for code in codes]


def warning_notes(row: Row) -> list[str]:
    """The sentences of the other warnings: how the sample was made, and limits of one value.

    >>> warning_notes({"warnings": "sorted;unfiltered;shallow"})
    ['Unfiltered matrix: empty droplets were set aside.']
    """
    codes = [code for code in _codes(row) if code not in FLAG_SYNONYMS and is_note(code)]
    return [warning_sentence(code) for code in codes]


def stated_codes(row: Row) -> list[str]:
    """The codes of a row as they stand in it; none where a caller's row has no such column.

    >>> stated_codes({"warnings": "shallow; few_genes;"}), stated_codes({})
    (['shallow', 'few_genes'], [])
    """
    codes = (code.strip() for code in str(row.get("warnings") or "").split(";"))
    return [code for code in codes if code]


def is_note(code: str) -> bool:
    """Whether a warning says how the sample was made, or limits one value alone."""
    return code in NOTES or code in SINGLE_VALUE_CODES or code.startswith(SINGLE_VALUE_PREFIXES)


def _codes(row: Row) -> list[str]:
    """A row's codes, each once: those of this version in their order, then the others."""
    order = {code: number for number, code in enumerate(WARNINGS)}
    codes = dict.fromkeys(stated_codes(row))
    return sorted(codes, key=lambda code: order.get(code, len(order)))
