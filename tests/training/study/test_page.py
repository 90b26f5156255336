"""The cohort page: right counts, nothing loaded from elsewhere, whole or not at all."""

import re
import xml.etree.ElementTree as ET
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from features.errors import InputError
from features.notices import RESEARCH_USE_ONLY, SYNTHETIC
from training.cohort.cohort import Cohort, cohort_of
from training.cohort.protocol import Protocol
from training.cohort.samples import REFUSED_COLUMNS, Samples, samples_from
from training.study.cohort import study_cohort
from training.study.page import render, write_report
from training.study.study import Study


def _text(page: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))


def test_flow_and_events_are_the_cohorts(cohort) -> None:
    """Counts on the page are those of the participant flow and the labels."""
    table, outcomes = cohort(80, seed=1)
    patients = cohort_of(table, outcomes)
    text = _text(render(patients))
    for step in patients.at_risk.flow:
        assert f"{step.reason} {step.n}" in text
    assert "80 patients, 80 usable samples" in text
    assert RESEARCH_USE_ONLY in text.replace("&#39;", "'")
    assert SYNTHETIC in text.replace("&#39;", "'")


def test_self_contained(cohort) -> None:
    """No script, no link, no picture or style from elsewhere."""
    page = render(cohort_of(*cohort(40, seed=2)))
    assert not re.search(r"<script|<link|<img|src=|href=|url\(|@import", page)
    assert page.count("<svg") == page.count("</svg>") > 0


def test_real_patients_are_not_called_synthetic(cohort) -> None:
    """A real cohort's page carries the research sentence and not the synthetic one."""
    table, outcomes = cohort(40, seed=3)
    page = render(cohort_of(table.assign(provenance="real"), outcomes))
    assert "Synthetic" not in page


def test_refused_samples_are_counted_by_outcome(cohort) -> None:
    """Refusals are counted by reason and by what became of the patient, markup escaped."""
    table, outcomes = cohort(40, seed=4)
    all_samples = samples_from(table)
    relapsed = outcomes.frame.index[outcomes.frame["relapse_day"].notna()][:2]
    refusals = pd.DataFrame(
        [("s", patient, 20, "under 200 <good> cells") for patient in relapsed],
        columns=list(REFUSED_COLUMNS),
    )
    samples = Samples(all_samples.frame, refusals, "synthetic", all_samples.digest, "1")
    page = render(Cohort(samples, outcomes))
    assert "under 200 &lt;good&gt; cells 0 2 0 0 0" in _text(page)


def test_marrow_is_left_out_of_the_curves(cohort) -> None:
    """Only blood samples make the curves."""
    table, outcomes = cohort(40, seed=5)
    tissue = ["PB"] * 30 + ["BM"] * 10
    page = _text(render(cohort_of(table.assign(tissue=tissue), outcomes)))
    assert "30 patients. " in page


def test_no_common_patient_is_refused(cohort) -> None:
    """Tables that share no patient are refused in a sentence."""
    table, outcomes = cohort(20, seed=6)
    strangers = samples_from(table.assign(patient_id=[f"X{i}" for i in range(20)]))
    with pytest.raises(InputError, match="name the same patients"):
        render(Cohort(strangers, outcomes))


@pytest.fixture(scope="module")
def report(tmp_path_factory, cohort) -> tuple[Path, Study]:
    """The report of 90 patients as a folder, with its answers."""
    folder = tmp_path_factory.mktemp("written") / "report"
    table, outcomes = cohort(90, seed=7)
    patients = study_cohort(cohort_of(table, outcomes), Protocol())
    return folder, write_report(patients, folder)


def test_the_folder_holds_the_page_and_its_tables(report) -> None:
    """index.html and one CSV a table; the claims' table says what the page says."""
    folder, study = report
    names = {path.name for path in (folder / "tables").iterdir()}
    assert {"claims.csv", "flow.csv", "incidence.csv", "response.csv"} <= names
    claims = pd.read_csv(folder / "tables" / "claims.csv")
    text = _text((folder / "index.html").read_text()).replace("&#39;", "'")
    for claim, row in zip(study.claims, claims.itertuples(), strict=True):
        assert row.verdict == claim.verdict
        assert claim.question.study in text
    assert RESEARCH_USE_ONLY in text and SYNTHETIC in text


def test_the_whole_report_is_self_contained(report) -> None:
    """With all its pictures the page still loads nothing and every picture is well-formed."""
    page = (report[0] / "index.html").read_text()
    assert not re.search(r"<script|<link|<img|src=|href=|url\(|@import", page)
    pictures = re.findall(r"<svg.*?</svg>", page, re.DOTALL)
    assert len(pictures) > 8
    for svg in pictures:
        ET.fromstring(svg)


def test_no_patient_is_identified_on_the_page(report, cohort) -> None:
    """Identifiers of patients stand in no part of the page."""
    page = (report[0] / "index.html").read_text()
    assert not any(patient in page for patient in cohort(90, seed=7)[1].patients)


def test_a_folder_with_other_files_is_left_alone(tmp_path: Path, cohort) -> None:
    """A folder that holds anything but a report is refused and keeps what it has."""
    (tmp_path / "mine.txt").write_text("kept")
    table, outcomes = cohort(20, seed=8)
    patients = study_cohort(cohort_of(table, outcomes), Protocol())
    with pytest.raises(InputError, match="holds other files"):
        write_report(patients, tmp_path)
    with pytest.raises(InputError, match="is a file"):
        write_report(patients, tmp_path / "mine.txt")
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def test_an_earlier_report_is_replaced(tmp_path: Path, cohort) -> None:
    """Writing again leaves the new report alone in the folder."""
    for seed in (9, 10):
        table, outcomes = cohort(20, seed=seed)
        write_report(study_cohort(cohort_of(table, outcomes), Protocol()), tmp_path / "r")
    assert {path.name for path in (tmp_path / "r").iterdir()} == {"index.html", "tables"}


def test_the_declared_rule_is_applied(tmp_path: Path, cohort) -> None:
    """With transplants competing, flow and incidence are those of that reading."""
    table, outcomes = cohort(40, seed=11)
    frame = outcomes.frame.copy()
    frame.loc[frame.index[:5], "transplant_day"] = 20.0
    frame.loc[frame.index[5:9], "transplant_day"] = 29.0
    with_transplants = replace(outcomes, frame=frame)
    protocol = replace(Protocol(), transplant="competing")
    write_report(study_cohort(cohort_of(table, with_transplants), protocol), tmp_path / "r")
    text = _text((tmp_path / "r" / "index.html").read_text())
    assert "transplanted by day 28 5" in text
    assert "Thick: risk of the event before any transplant (as declared)" in text
    flow = pd.read_csv(tmp_path / "r" / "tables" / "flow.csv").set_index("step")["patients"]
    assert flow["transplanted"] >= 1
