"""Quality report of a run: one self-contained HTML page with a row per sample."""

import math
from collections.abc import Sequence
from html import escape
from pathlib import Path

from features import schema
from features.atomic_write import replacing
from features.cells.quality import (
    MAX_MITO_PERCENT,
    MIN_GENES,
    MIN_GOOD_CELLS,
    MIN_MEDIAN_GENES,
    MIN_UMIS,
)
from features.notices import RESEARCH_USE_ONLY, SYNTHETIC
from features.pipeline.many_samples import RunResult
from features.report.bars_svg import COLOURS, bar, interval_bar, legend, stacked_bar
from features.report.warning_texts import NOTES, warning_text
from features.report.wording import main_concerns, percent
from features.table.feature_table import code_version
from features.table.row import RefusedSample, Row, number, warning_codes

TYPES = (
    "monocyte_fraction", "t_fraction", "nk_fraction", "b_fraction", "dc_fraction",
    "neutrophil_like_fraction", "blast_like_fraction",
)  # fmt: skip
LABELS = {name: schema.ALL_FEATURES[name].label for name in TYPES}
COLOUR_OF = {LABELS[name]: colour for name, colour in zip(TYPES, COLOURS, strict=True)}
EXPLANATION = (
    f"A good cell has {MIN_UMIS} UMIs, {MIN_GENES} genes and at most {MAX_MITO_PERCENT} % "
    f"mitochondrial UMIs. Red lines: a sample needs {MIN_GOOD_CELLS} good cells and a median of "
    f"{MIN_MEDIAN_GENES} genes in them; a barcode over {MAX_MITO_PERCENT} % mitochondrial is no "
    "good cell. Mitochondrial: median over all barcodes, bad ones included. Cell types: of good "
    "leukocytes. CD7-negative T cells: estimate and 90 % interval."
)
NO_BREAK_SPACE = "\u00a0"
COLUMN_WIDTH = 60  # pixels of a column's bars
STYLE = """body{font:13px system-ui,sans-serif;margin:2em;color:#222}
table{border-collapse:collapse}td,th{padding:4px 12px 4px 0;text-align:left;vertical-align:top}
th{border-bottom:1px solid #999;position:sticky;top:0;background:#fff}
tr.new td{border-top:1px solid #ddd}td.n{text-align:right;font-variant-numeric:tabular-nums}
td,th{white-space:nowrap}td.long{white-space:normal;min-width:11em;max-width:60em}
.key{margin-right:1em;white-space:nowrap}
.key span{display:inline-block;width:10px;height:10px;margin-right:4px}
svg{background:#f2f2f2;vertical-align:middle}.note{color:#555}.warn{color:#a33}
small{color:#555;display:block;white-space:normal;max-width:15em}"""


def write_report(path: Path | str, run: RunResult) -> None:
    """Write the report in one atomic step."""
    with replacing(path) as draft:
        draft.write_text(report_html(run), encoding="utf-8")


def report_html(run: RunResult) -> str:
    """The report as one HTML page with inline pictures and no script.

    >>> "Research use only" in report_html(RunResult([], []))
    True
    """
    n, m = len(run.rows), len(run.refused_samples)
    synthetic = any(row["provenance"] == "synthetic" for row in run.rows)
    patients = {row["patient_id"] for row in run.rows} | {s.patient_id for s in run.refused_samples}
    body = [
        "<h1>CD7Watch: quality of the samples</h1>",
        f"<p class='note'>{escape(RESEARCH_USE_ONLY)}</p>",
        f"<p class='warn'>{escape(SYNTHETIC)}</p>" if synthetic else "",
        f"<p>{n + m} samples of {len(patients)} patients: {n} usable, {m} refused.</p>",
        _concerns(run),
        _refused_table(run.refused_samples),
        _usable_table(run.rows),
        f"<p class='note'>CD7Watch {escape(code_version())}, feature table schema "
        f"{schema.SCHEMA_VERSION}.</p>",
    ]
    return (
        "<!doctype html><html lang='en'><head><meta charset='utf-8'>"
        f"<title>CD7Watch quality report</title><style>{STYLE}</style></head><body>"
        f"{''.join(body)}</body></html>"
    )


def _concerns(run: RunResult) -> str:
    lines = "".join(f"<li>{escape(sentence)}</li>" for sentence in main_concerns(run))
    return f"<h2>Look at first</h2><ul>{lines}</ul>" if lines else ""


def _refused_table(refused_samples: Sequence[RefusedSample]) -> str:
    if not refused_samples:
        return ""
    lines = (
        f"<tr><td>{escape(s.patient_id)}</td><td>{escape(s.sample_id)}</td>"
        f"<td class='n'>{'' if s.day is None else s.day}</td>"
        f"<td class='long warn'>{escape(s.reason)}</td></tr>"
        for s in sorted(refused_samples, key=lambda s: (s.patient_id, s.day or 0, s.sample_id))
    )
    head = "<tr><th>Patient</th><th>Sample</th><th>Day</th><th>Why</th></tr>"
    return f"<h2>Refused</h2><table>{head}{''.join(lines)}</table>"


def _usable_table(rows: Sequence[Row]) -> str:
    if not rows:
        return ""
    head = "".join(
        f"<th>{title}</th>"
        for title in ("Patient", "Sample", "Day", "Good cells", "Median UMIs", "Median genes",
                      "Mitochondrial", "Ambient RNA", "Cell types", "Untyped", "Doublets",
                      "CD7-negative T cells", "Remarks")
    )  # fmt: skip
    maxima = {
        name: max(number(row, name) for row in rows)
        for name in ("n_cells", "median_umi", "median_genes")
    }
    ordered = sorted(rows, key=lambda row: (str(row["patient_id"]), number(row, "day")))
    previous_ids = [None, *(row["patient_id"] for row in ordered)]
    lines = "".join(
        _line(row, maxima, row["patient_id"] != previous_id)
        for row, previous_id in zip(ordered, previous_ids, strict=False)
    )
    key = legend([*COLOUR_OF, "other"], COLOUR_OF)
    return (
        f"<h2>Usable</h2><p>{key}</p><table><tr>{head}</tr>{lines}</table>"
        f"<p class='note'>{escape(EXPLANATION)}</p>"
    )


def _line(row: Row, maxima: dict[str, float], new_patient: bool) -> str:
    columns = (
        f"<td>{escape(str(row['patient_id'])) if new_patient else ''}</td>",
        f"<td>{escape(str(row['sample_id']))}</td><td class='n'>{row['day']}</td>",
        _amount(number(row, "n_cells"), maxima["n_cells"], MIN_GOOD_CELLS),
        _amount(number(row, "median_umi"), maxima["median_umi"], None),
        _amount(number(row, "median_genes"), maxima["median_genes"], MIN_MEDIAN_GENES),
        _share(number(row, "mito_fraction"), "no MT- genes", MAX_MITO_PERCENT / 100),
        _share(number(row, "ambient_fraction"), "too few monocytes or T cells", None),
        f"<td>{_types(row)}</td>",
        f"<td class='n'>{percent(number(row, 'unknown_fraction'))}</td>",
        f"<td class='n'>{percent(number(row, 'doublet_fraction'))}</td>",
        f"<td>{_cd7(row)}</td><td class='long'>{_remarks(row)}</td>",
    )
    return f"<tr{' class=new' if new_patient else ''}>{''.join(columns)}</tr>"


def _amount(value: float, maximum: float, limit: float | None) -> str:
    text = "not measured" if math.isnan(value) else f"{value:,.0f}"
    return f"<td>{bar(value, maximum, limit, COLUMN_WIDTH)} {text}</td>"


def _share(value: float, missing_reason: str, limit: float | None) -> str:
    if math.isnan(value):
        return f"<td class='note'>not measured<small>{missing_reason}</small></td>"
    return f"<td>{bar(value, 0.5, limit, COLUMN_WIDTH)} {percent(value)}</td>"


def _types(row: Row) -> str:
    by_label = {LABELS[name]: number(row, name) for name in TYPES}
    shares = {label: share for label, share in by_label.items() if not math.isnan(share)}
    if not shares:
        reason = "cells were selected, or it is not stated"
        return f"<span class='note'>not measured<small>{reason}</small></span>"
    greatest = sorted(shares, key=lambda label: -shares[label])[:3]
    text = ", ".join(f"{label} {100 * shares[label]:.0f}{NO_BREAK_SPACE}%" for label in greatest)
    other = max(0.0, 1.0 - sum(shares.values()))
    return f"{stacked_bar({**shares, 'other': other}, COLOUR_OF, 170)}<small>{escape(text)}</small>"


def _cd7(row: Row) -> str:
    value, low, high = (number(row, f"cd7neg_t_fraction{end}") for end in ("", "_low", "_high"))
    if math.isnan(value):
        return f"<span class='note'>unresolved<small>{_why_unresolved(row)}</small></span>"
    source = ", by protein" if row["cd7_source"] == "protein" else ""
    ends = f"{100 * low:.0f} to {100 * high:.0f} %{source}"
    return f"{interval_bar(low, high, value, 90)} {100 * value:.0f} %<small>{ends}</small>"


def _why_unresolved(row: Row) -> str:
    if row["cd7_source"] == "protein":
        is_told = number(row, "cd7neg_t_fraction_high") < 1
        return "interval wider than 50 %" if is_told else "background of the antibody unclear"
    if "cd7_chemistry" in warning_codes(row):
        return "chemistry without calibration"
    if math.isnan(number(row, "cd7neg_t_fraction_low")):
        return "the product hides CD7, or no CD7 gene"
    has_rate = not math.isnan(number(row, "cd7_t_rate"))
    return "interval wider than 50 %" if has_rate else "T cells too shallow or too few"


def _remarks(row: Row) -> str:
    return "".join(
        f"<div class='{'note' if code in NOTES else 'warn'}'>{escape(warning_text(code))}</div>"
        for code in warning_codes(row)
    )
