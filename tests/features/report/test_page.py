"""The quality report: complete, self-contained, and safe to open."""

import re
from html.parser import HTMLParser
from pathlib import Path

from features.pipeline.many_samples import RunResult
from features.report.bars_svg import bar, interval_bar, stacked_bar
from features.report.page import report_html, write_report
from features.table.row import RefusedSample, Row, empty_row

ROW: Row = {
    **empty_row(), "sample_id": "<S1>", "patient_id": "P", "day": 3, "provenance": "synthetic",
    "n_cells": 900.0, "median_genes": 1500.0, "mito_fraction": 0.05, "monocyte_fraction": 0.25,
    "t_fraction": 0.5, "warnings": "cd7_unresolved;few_genes",
}  # fmt: skip


class Tags(HTMLParser):
    """Collects what a page opens and closes."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: object) -> None:
        """Note an opened element."""
        if tag not in ("meta", "rect", "line"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        """Match a closed element."""
        if tag not in ("rect", "line"):
            assert self.open.pop() == tag


def test_the_report_says_what_matters(tmp_path: Path) -> None:
    """Figures, warnings in words, refusals with reasons, status and provenance."""
    refused_samples = [RefusedSample("S2", "P", 9, "too few cells & <more>")]
    write_report(tmp_path / "r.html", RunResult([ROW], refused_samples))
    page = (tmp_path / "r.html").read_text()
    for part in (
        "900",
        "1,500",
        "5.0 %",
        "CD7-negative share unresolved",
        "under 10,000 genes",
        "Research use only",
        "Synthetic",
        "too few cells &amp; &lt;more&gt;",
        "not measured",
    ):
        assert part in page, part
    assert "<S1>" not in page
    tags = Tags()
    tags.feed(page)
    assert tags.open == []


def test_samples_stand_by_patient_and_day() -> None:
    """A patient's name is printed once, above the samples by day, and with each refusal."""
    rows = [{**ROW, "sample_id": s, "patient_id": p, "day": d} for s, p, d in
            (("late", "Q", 30), ("other", "P", 5), ("early", "Q", -3))]  # fmt: skip
    page = report_html(RunResult(rows, [RefusedSample("gone", "R", 9, "too few")]))
    order = [page.rindex(f">{s}<") for s in ("other", "early", "late")]
    assert order == sorted(order)
    assert page.count("<td>Q</td>") == 1
    assert "<td>R</td><td>gone</td><td class='n'>9</td>" in page
    assert "4 samples of 3 patients: 3 usable, 1 refused" in page


def test_the_share_of_cd7_negative_cells_or_why_there_is_none() -> None:
    """Estimate with its interval and source, else which of five reasons."""
    resolved = {
        "cd7neg_t_fraction": 0.23,
        "cd7neg_t_fraction_low": 0.07,
        "cd7neg_t_fraction_high": 0.4,
    }
    assert "7 to 40 %" in report_html(RunResult([{**ROW, **resolved}], []))
    unresolved = {**resolved, "cd7neg_t_fraction": float("nan"), "cd7_t_rate": 3.0}
    for more, reason in (
        ({}, "the product hides CD7, or no CD7 gene"),
        (unresolved, "interval wider than 50 %"),
        ({**unresolved, "cd7_t_rate": float("nan")}, "T cells too shallow or too few"),
    ):
        assert reason in report_html(RunResult([{**ROW, **more}], [])), reason
    protein = {**resolved, "cd7_source": "protein"}
    assert "7 to 40 %, by protein" in report_html(RunResult([{**ROW, **protein}], []))
    unclear = {"cd7_source": "protein", "cd7neg_t_fraction_high": 1.0}
    assert "background of the antibody unclear" in report_html(RunResult([{**ROW, **unclear}], []))
    chemistry = {"warnings": "cd7_unresolved;cd7_chemistry"}
    assert "chemistry without calibration" in report_html(RunResult([{**ROW, **chemistry}], []))


def test_nothing_is_loaded_from_elsewhere() -> None:
    """No address, no script."""
    page = report_html(RunResult([ROW], []))
    assert not re.search(r"https?://|<script|src=|url\(", page)


def test_pictures_are_to_scale() -> None:
    """Bar lengths are the values; what is missing is not drawn as zero."""
    assert 'width="50.0"' in bar(5.0, 10.0, width=100)
    picture = stacked_bar({"a": 0.25, "b": 0.75}, {}, 200)
    widths = re.findall(r'<rect x="([\d.]+)" y="0" width="([\d.]+)"', picture)
    assert widths == [("0.0", "50.0"), ("50.0", "150.0")]
    assert "<rect" not in stacked_bar({"a": float("nan")}, {})
    assert '<rect x="10.0" y="0" width="20.0"' in interval_bar(0.1, 0.3, 0.15, 100)
    assert 'x1="15.0"' in interval_bar(0.1, 0.3, 0.15, 100)
