"""Wording of the quality report: the main concerns of a run."""

import math
from collections.abc import Iterable, Sequence

from features.pipeline.many_samples import RunResult
from features.report.warning_texts import NOTES, WARNINGS, warning_text
from features.table.row import Row, number, warning_codes

HIGH_AMBIENT = 0.10  # ambient RNA that visibly raises lymphocytes' S100A8/A9
HIGH_MITO = 0.10  # median of a barcode, half of the limit for a good cell


def main_concerns(run: RunResult) -> list[str]:
    """Sentences on the run as a whole, most serious first; empty when there is no concern.

    >>> main_concerns(RunResult([], []))
    []
    """
    n_samples = len(run.rows) + len(run.refused_samples)
    refused_names = [sample.sample_id for sample in run.refused_samples]
    counts = [_sentence("refused, with no row in the table", refused_names)]
    for code in (*WARNINGS, *_other_codes(run.rows)):
        if code not in NOTES:
            names = [str(row["sample_id"]) for row in run.rows if code in warning_codes(row)]
            counts.append(_sentence(warning_text(code), names))
    for title, column, limit in (
        ("ambient RNA", "ambient_fraction", HIGH_AMBIENT),
        ("mitochondrial RNA in the median barcode", "mito_fraction", HIGH_MITO),
    ):
        names = [str(row["sample_id"]) for row in run.rows if number(row, column) > limit]
        counts.append(_sentence(f"over {100 * limit:.0f} % {title}", names))
    return [f"{n} of {n_samples}: {sentence}" for n, sentence in counts if n]


def _other_codes(rows: Iterable[Row]) -> list[str]:
    """Codes of panels that were left out, which `WARNINGS` does not list."""
    return sorted({code for row in rows for code in warning_codes(row) if code not in WARNINGS})


def _sentence(finding: str, names: Sequence[str], max_names: int = 6) -> tuple[int, str]:
    """Number of samples, and the finding with their names."""
    n_more = len(names) - max_names
    more = f" and {n_more} more" if n_more > 0 else ""
    return len(names), f"{finding} ({', '.join(names[:max_names])}{more})"


def percent(share: float) -> str:
    """A share as the report prints it.

    >>> percent(0.159), percent(float("nan"))
    ('15.9 %', 'not measured')
    """
    return "not measured" if math.isnan(share) else f"{100 * share:.1f} %"
