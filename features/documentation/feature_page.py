"""docs/features.md from the schema: `python -m features.documentation > docs/features.md`.

One row per numeric column, in the order of the feature table, and one per text column.
"""

from collections.abc import Iterable, Sequence

from features import schema
from features.documentation.feature_methods import method
from features.notices import RESEARCH_USE_ONLY

HEADLINES = (
    ("Quality of the sample", schema.QUALITY),
    ("Cells, S100A8/A9, CD7 and activation", schema.CELLS),
    ("Indicators of values that are missing for a reason", schema.INDICATORS),
    ("Interval of the CD7-negative share", schema.INTERVALS),
    ("What later samples are measured against", schema.ANCHORS),
    ("Given in the sample sheet", schema.CLINICAL),
    ("History of the patient's samples", schema.HISTORY),
)
COLUMNS = ("Name", "Label", "Unit", "Meaning", "Range", "How computed", "Reference")


def document() -> str:
    """The whole page as Markdown.

    >>> document().splitlines()[0]
    '# Features'
    """
    parts = [_introduction()]
    for headline, features in HEADLINES:
        rows = [_row(feature) for feature in features]
        parts.append(f"## {headline}\n\n{_table(COLUMNS, rows)}")
    parts.append(f"## Text columns\n\n{_table(('Name', 'Meaning', 'Values'), _text_rows())}")
    return "\n\n".join(parts) + "\n"


def _introduction() -> str:
    return (
        "# Features\n\n"
        f"{RESEARCH_USE_ONLY}\n\n"
        f"Schema version {schema.SCHEMA_VERSION}. This page is written by `python -m "
        "features.documentation` from `features/schema.py` and "
        "`features/documentation/feature_methods.py`; a test keeps it in step.\n\n"
        "Each sample is one row, computed from that sample alone with fixed constants: no other "
        "sample, no order of cells and no rerun changes it. A value outside its range is refused, "
        "never clipped. Columns with ± have their standard error, conditional on the cell types "
        "called, in a column of the same name with `_se` after it. A value that cannot be computed "
        "is missing, never zero."
    )


def _row(feature: schema.Feature) -> tuple[str, ...]:
    how, reference = method(feature)
    name = f"`{feature.name}`{' ±' if feature.has_se else ''}"
    span = f"{feature.low:g} to {feature.high:g}"
    if feature.healthy:
        span += f" (healthy {feature.healthy[0]:g} to {feature.healthy[1]:g})"
    return name, feature.label, feature.unit, feature.meaning, span, how, reference


def _text_rows() -> list[tuple[str, ...]]:
    return [
        (f"`{c.name}`", c.meaning, ", ".join(c.allowed) or "any text")
        for c in (*schema.CATEGORIES, *schema.ORIGINS)
    ]


def _table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [columns, ["---"] * len(columns), *rows]
    return "\n".join(
        "| " + " | ".join(cell.replace("|", "/") for cell in line) + " |" for line in lines
    )
