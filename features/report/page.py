"""The quality report of a run: one HTML file that a laboratory's head looks at first."""

import math
from collections.abc import Sequence
from html import escape
from pathlib import Path

from features import schema
from features.atomic_write import replacing
from features.cells.quality import (
    LEAST_CELLS,
    LEAST_GENES,
    LEAST_MEDIAN_GENES,
    LEAST_UMIS,
    MOST_MITO_PERCENT,
)
from features.notices import RESEARCH_USE_ONLY, SYNTHETIC
from features.pipeline.many_samples import Cohort
from features.report.bars_svg import COLOURS, bar, legend, span, stacked
from features.report.wording import NOTES, codes, in_words, look_first, percent
from features.table.feature_table import code_version
from features.table.row import Refused, Row, number

TYPES = (
    "monocyte_fraction", "t_fraction", "nk_fraction", "b_fraction", "dc_fraction",
    "neutrophil_like_fraction", "blast_like_fraction",
)  # fmt: skip
LABELS = {name: schema.ALL_FEATURES[name].label for name in TYPES}
COLOUR_OF = {LABELS[name]: colour for name, colour in zip(TYPES, COLOURS, strict=True)}
EXPLAINED = (
    f"A good cell has {LEAST_UMIS} UMIs, {LEAST_GENES} genes and at most {MOST_MITO_PERCENT} % "
    f"mitochondrial UMIs. Red lines: a sample needs {LEAST_CELLS} good cells and a median of "
    f"{LEAST_MEDIAN_GENES} genes in them; a barcode over {MOST_MITO_PERCENT} % mitochondrial is no "
    "good cell. Mitochondrial: median over all barcodes, bad ones included. Cell types: of good "
    "leukocytes. CD7-negative T cells: estimate and 90 % interval."
)
HARD = "\u00a0"  # a space at which no line breaks
WIDE = 60  # pixels of a column's bars
STYLE = """body{font:13px system-ui,sans-serif;margin:2em;color:#222}
table{border-collapse:collapse}td,th{padding:4px 12px 4px 0;text-align:left;vertical-align:top}
th{border-bottom:1px solid #999;position:sticky;top:0;background:#fff}
tr.new td{border-top:1px solid #ddd}td.n{text-align:right;font-variant-numeric:tabular-nums}
td,th{white-space:nowrap}td.long{white-space:normal;min-width:11em;max-width:60em}
.key{margin-right:1em;white-space:nowrap}
.key span{display:inline-block;width:10px;height:10px;margin-right:4px}
svg{background:#f2f2f2;vertical-align:middle}.note{color:#555}.warn{color:#a33}
small{color:#555;display:block;white-space:normal;max-width:15em}"""


def write_report(path: Path | str, cohort: Cohort) -> None:
    """Write the report; appears whole or not at all."""
    with replacing(path) as draft:
        draft.write_text(report_html(cohort), encoding="utf-8")


def report_html(cohort: Cohort) -> str:
    """The report as one HTML page with inline pictures and no script.

    >>> "Research use only" in report_html(Cohort([], []))
    True
    """
    n, m = len(cohort.rows), len(cohort.refused)
    synthetic = any(row["provenance"] == "synthetic" for row in cohort.rows)
    patients = {row["patient_id"] for row in cohort.rows} | {s.patient_id for s in cohort.refused}
    body = [
        "<h1>CD7Watch: quality of the samples</h1>",
        f"<p class='note'>{escape(RESEARCH_USE_ONLY)}</p>",
        f"<p class='warn'>{escape(SYNTHETIC)}</p>" if synthetic else "",
        f"<p>{n + m} samples of {len(patients)} patients: {n} usable, {m} refused.</p>",
        _first(cohort),
        _refused(cohort.refused),
        _samples(cohort.rows),
        f"<p class='note'>CD7Watch {escape(code_version())}, feature table schema "
        f"{schema.SCHEMA_VERSION}.</p>",
    ]
    return (
        "<!doctype html><html lang='en'><head><meta charset='utf-8'>"
        f"<title>CD7Watch quality report</title><style>{STYLE}</style></head><body>"
        f"{''.join(body)}</body></html>"
    )


def _first(cohort: Cohort) -> str:
    lines = "".join(f"<li>{escape(sentence)}</li>" for sentence in look_first(cohort))
    return f"<h2>Look at first</h2><ul>{lines}</ul>" if lines else ""


def _refused(refused: Sequence[Refused]) -> str:
    if not refused:
        return ""
    lines = (
        f"<tr><td>{escape(s.patient_id)}</td><td>{escape(s.sample_id)}</td>"
        f"<td class='n'>{'' if s.day is None else s.day}</td>"
        f"<td class='long warn'>{escape(s.reason)}</td></tr>"
        for s in sorted(refused, key=lambda s: (s.patient_id, s.day or 0, s.sample_id))
    )
    head = "<tr><th>Patient</th><th>Sample</th><th>Day</th><th>Why</th></tr>"
    return f"<h2>Refused</h2><table>{head}{''.join(lines)}</table>"


def _samples(rows: Sequence[Row]) -> str:
    if not rows:
        return ""
    head = "".join(
        f"<th>{title}</th>"
        for title in ("Patient", "Sample", "Day", "Good cells", "Median UMIs", "Median genes",
                      "Mitochondrial", "Ambient RNA", "Cell types", "Untyped", "Doublets",
                      "CD7-negative T cells", "Remarks")
    )  # fmt: skip
    most = {
        n: max(number(row, n) for row in rows) for n in ("n_cells", "median_umi", "median_genes")
    }
    ordered = sorted(rows, key=lambda row: (str(row["patient_id"]), number(row, "day")))
    before = [None, *(row["patient_id"] for row in ordered)]
    lines = "".join(
        _line(row, most, row["patient_id"] != last)
        for row, last in zip(ordered, before, strict=False)
    )
    key = legend([*COLOUR_OF, "other"], COLOUR_OF)
    return (
        f"<h2>Usable</h2><p>{key}</p><table><tr>{head}</tr>{lines}</table>"
        f"<p class='note'>{escape(EXPLAINED)}</p>"
    )


def _line(row: Row, most: dict[str, float], new_patient: bool) -> str:
    columns = (
        f"<td>{escape(str(row['patient_id'])) if new_patient else ''}</td>",
        f"<td>{escape(str(row['sample_id']))}</td><td class='n'>{row['day']}</td>",
        _amount(number(row, "n_cells"), most["n_cells"], LEAST_CELLS),
        _amount(number(row, "median_umi"), most["median_umi"], None),
        _amount(number(row, "median_genes"), most["median_genes"], LEAST_MEDIAN_GENES),
        _share(number(row, "mito_fraction"), "no MT- genes", MOST_MITO_PERCENT / 100),
        _share(number(row, "ambient_fraction"), "too few monocytes or T cells to tell", None),
        f"<td>{_types(row)}</td>",
        f"<td class='n'>{percent(number(row, 'unknown_fraction'))}</td>",
        f"<td class='n'>{percent(number(row, 'doublet_fraction'))}</td>",
        f"<td>{_cd7(row)}</td><td class='long'>{_remarks(row)}</td>",
    )
    return f"<tr{' class=new' if new_patient else ''}>{''.join(columns)}</tr>"


def _amount(value: float, most: float, limit: float | None) -> str:
    said = "not measured" if math.isnan(value) else f"{value:,.0f}"
    return f"<td>{bar(value, most, limit, WIDE)} {said}</td>"


def _share(value: float, why_missing: str, limit: float | None) -> str:
    if math.isnan(value):
        return f"<td class='note'>not measured<small>{why_missing}</small></td>"
    return f"<td>{bar(value, 0.5, limit, WIDE)} {percent(value)}</td>"


def _types(row: Row) -> str:
    every = {LABELS[name]: number(row, name) for name in TYPES}
    shares = {label: share for label, share in every.items() if not math.isnan(share)}
    if not shares:
        return (
            "<span class='note'>not measured<small>cells were selected, or not said</small></span>"
        )
    greatest = sorted(shares, key=lambda label: -shares[label])[:3]
    words = ", ".join(f"{label} {100 * shares[label]:.0f}{HARD}%" for label in greatest)
    other = max(0.0, 1.0 - sum(shares.values()))
    return f"{stacked({**shares, 'other': other}, COLOUR_OF, 170)}<small>{escape(words)}</small>"


def _cd7(row: Row) -> str:
    value, low, high = (number(row, f"cd7neg_t_fraction{end}") for end in ("", "_low", "_high"))
    if math.isnan(value):
        return f"<span class='note'>unresolved<small>{_why_unresolved(row)}</small></span>"
    ends = f"{100 * low:.0f} to {100 * high:.0f} %"
    return f"{span(low, high, value, 90)} {100 * value:.0f} %<small>{ends}</small>"


def _why_unresolved(row: Row) -> str:
    if math.isnan(number(row, "cd7neg_t_fraction_low")):
        return "the product hides CD7, or no CD7 gene"
    few = math.isnan(number(row, "cd7_t_rate"))
    return "T cells too shallow or too few" if few else "interval wider than 50 %"


def _remarks(row: Row) -> str:
    return "".join(
        f"<div class='{'note' if code in NOTES else 'warn'}'>{escape(in_words(code))}</div>"
        for code in codes(row)
    )
