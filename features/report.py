"""The quality report of a run: one HTML file that a laboratory's head looks at first."""

import math
from collections.abc import Sequence
from html import escape
from pathlib import Path

from features import schema
from features.atomic import replacing
from features.cohort import Cohort
from features.quality import LEAST_CELLS, LEAST_MEDIAN_GENES, MOST_MITO_PERCENT
from features.report_figures import COLOURS, bar, legend, stacked
from features.row import Refused, Row, number, text
from features.words import RESEARCH_USE_ONLY, SYNTHETIC

TYPES = (
    "monocyte_fraction", "t_fraction", "nk_fraction", "b_fraction", "dc_fraction",
    "neutrophil_like_fraction", "blast_like_fraction",
)  # fmt: skip
LABELS = {name: schema.ALL_FEATURES[name].label for name in TYPES}
COLOUR_OF = {LABELS[name]: colour for name, colour in zip(TYPES, COLOURS, strict=True)}
# What each warning means to someone who did not write the code.
WARNINGS = {
    "sorted": "sorted cells: no composition",
    "product": "infusion product: no composition",
    "enrichment_unknown": "enrichment not stated: no composition",
    "sorted_impure": "declared sorted, but under 90 % one lineage",
    "few_genes": "under 10,000 genes in the matrix: depth is not comparable",
    "no_mito_genes": "no mitochondrial genes: stressed cells were not removed",
    "cd7_unresolved": "CD7-negative share unresolved",
    "shallow": "under 600 genes a cell: rare types uncertain",
    "no_car_gene": "the CAR named in the sheet is not in the reference",
    "unfiltered": "unfiltered matrix: empty droplets were set aside",
}
STYLE = """body{font:14px system-ui,sans-serif;margin:2em;max-width:1300px;color:#222}
table{border-collapse:collapse}td,th{padding:3px 10px 3px 0;text-align:left;vertical-align:middle}
td.n{text-align:right;font-variant-numeric:tabular-nums}.key{margin-right:1em;white-space:nowrap}
.key span{display:inline-block;width:10px;height:10px;margin-right:4px}
svg{background:#f2f2f2;vertical-align:middle}.note{color:#555}.warn{color:#a33}"""


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
    body = [
        "<h1>CD7Watch: quality of the samples</h1>",
        f"<p class='note'>{escape(RESEARCH_USE_ONLY)}</p>",
        f"<p class='warn'>{escape(SYNTHETIC)}</p>" if synthetic else "",
        f"<p>{n} usable, {m} refused.</p>",
        _refused(cohort.refused),
        _samples(cohort.rows),
    ]
    return (
        "<!doctype html><html lang='en'><head><meta charset='utf-8'>"
        f"<title>CD7Watch quality report</title><style>{STYLE}</style></head><body>"
        f"{''.join(body)}</body></html>"
    )


def _refused(refused: Sequence[Refused]) -> str:
    if not refused:
        return ""
    lines = (
        f"<tr><td>{escape(s.sample_id)}</td><td class='warn'>{escape(s.reason)}</td></tr>"
        for s in refused
    )
    return f"<h2>Refused</h2><table>{''.join(lines)}</table>"


def _samples(rows: Sequence[Row]) -> str:
    if not rows:
        return ""
    head = "".join(
        f"<th>{title}</th>"
        for title in ("Sample", "Day", "Good cells", "Median genes", "Mitochondrial", "Ambient RNA",
                      "Cell types", "Warnings")
    )  # fmt: skip
    most = [max(number(row, name) for row in rows) for name in ("n_cells", "median_genes")]
    lines = "".join(_line(row, most[0], most[1]) for row in rows)
    key = legend([*COLOUR_OF, "other"], COLOUR_OF)
    return (
        f"<h2>Usable</h2><p>{key}</p><table><tr>{head}</tr>{lines}</table>"
        "<p class='note'>Red lines: limits under (cells, genes) or over (mitochondrial) which a "
        "sample or cell is refused.</p>"
    )


def _line(row: Row, most_cells: float, most_genes: float) -> str:
    cells, genes = number(row, "n_cells"), number(row, "median_genes")
    mito, ambient = number(row, "mito_fraction"), number(row, "ambient_fraction")
    columns = (
        f"<td>{escape(str(row['sample_id']))}</td><td class='n'>{row['day']}</td>",
        f"<td>{bar(cells, most_cells, LEAST_CELLS, 90)} {cells:,.0f}</td>",
        f"<td>{bar(genes, most_genes, LEAST_MEDIAN_GENES, 90)} {genes:,.0f}</td>",
        f"<td>{bar(mito, 0.5, MOST_MITO_PERCENT / 100, 90)} {_percent(mito)}</td>",
        f"<td>{bar(ambient, 0.5, None, 90)} {_percent(ambient)}</td>",
        f"<td>{_types(row)}</td><td class='warn'>{escape(_warnings(row))}</td>",
    )
    return f"<tr>{''.join(columns)}</tr>"


def _percent(share: float) -> str:
    return "not measured" if math.isnan(share) else f"{100 * share:.1f} %"


def _types(row: Row) -> str:
    shares = {LABELS[name]: number(row, name) for name in TYPES}
    if all(math.isnan(share) for share in shares.values()):
        return "not measured"
    return stacked({**shares, "other": max(0.0, 1.0 - sum(shares.values()))}, COLOUR_OF)


def _warnings(row: Row) -> str:
    codes = (text(row, "warnings") or "").split(";")
    return "; ".join(WARNINGS.get(code, code.replace("_", " ")) for code in codes if code)
