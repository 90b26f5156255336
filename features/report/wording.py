"""What the quality report says in words: warnings, and what to look at first."""

import math
from collections.abc import Iterable, Iterator

from features import schema
from features.cells.quality import SHALLOW_MEDIAN_GENES
from features.pipeline.many_samples import Cohort
from features.table.row import Row, number, text

# What each warning means to someone who did not write the code.
WARNINGS = {
    "sorted": "sorted cells: no composition",
    "product": "infusion product: no composition",
    "enrichment_unknown": "enrichment not stated: no composition",
    "sorted_impure": "declared sorted, but under 90 % one lineage",
    "few_genes": "under 10,000 genes in the matrix: depth is not comparable",
    "no_mito_genes": "no mitochondrial genes: stressed cells were not removed",
    "cd7_unresolved": "CD7-negative share unresolved",
    "shallow": f"under {SHALLOW_MEDIAN_GENES} genes a cell: rare types uncertain",
    "no_car_gene": "the CAR named in the sheet is not in the reference",
    "unfiltered": "unfiltered matrix: empty droplets were set aside",
}
# These say how the sample was made; nothing is wrong with it.
NOTES = frozenset({"sorted", "product", "unfiltered"})
MUCH_AMBIENT = 0.10  # soup that moves lymphocytes' S100A8/A9 visibly
MUCH_MITO = 0.10  # median of a barcode, half of the limit for a good cell


def in_words(code: str) -> str:
    """A warning's sentence.

    >>> in_words("shallow")
    'under 600 genes a cell: rare types uncertain'
    >>> in_words("dropped_cd7neg_t_activation")
    'Activation of CD7-negative T cells left out: under 60 % of its genes in the reference'
    """
    if code.startswith("dropped_"):
        label = schema.ALL_FEATURES[code.removeprefix("dropped_")].label
        return f"{label} left out: under 60 % of its genes in the reference"
    return WARNINGS[code]


def codes(row: Row) -> list[str]:
    """The warnings of one row, as codes."""
    return [code for code in (text(row, "warnings") or "").split(";") if code]


def look_first(cohort: Cohort) -> list[str]:
    """Sentences on the run as a whole, most serious first; empty when nothing stands out.

    >>> look_first(Cohort([], []))
    []
    """
    every = len(cohort.rows) + len(cohort.refused)
    found = [_named("refused, with no row in the table", (s.sample_id for s in cohort.refused))]
    for code in (*WARNINGS, *_dropped(cohort.rows)):
        if code not in NOTES:
            named = (str(row["sample_id"]) for row in cohort.rows if code in codes(row))
            found.append(_named(in_words(code), named))
    for title, name, most in (
        ("ambient RNA", "ambient_fraction", MUCH_AMBIENT),
        ("mitochondrial RNA in the median barcode", "mito_fraction", MUCH_MITO),
    ):
        named = (str(row["sample_id"]) for row in cohort.rows if number(row, name) > most)
        found.append(_named(f"over {100 * most:.0f} % {title}", named))
    return [f"{n} of {every}: {sentence}" for n, sentence in found if n]


def _dropped(rows: Iterable[Row]) -> Iterator[str]:
    yield from sorted({code for row in rows for code in codes(row) if code not in WARNINGS})


def _named(sentence: str, samples: Iterable[str], most: int = 6) -> tuple[int, str]:
    names = list(samples)
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return len(names), f"{sentence} ({', '.join(names[:most])}{more})"


def percent(share: float) -> str:
    """A share as the report prints it.

    >>> percent(0.159), percent(float("nan"))
    ('15.9 %', 'not measured')
    """
    return "not measured" if math.isnan(share) else f"{100 * share:.1f} %"
