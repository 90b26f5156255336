"""The cohort page: right counts, nothing loaded from elsewhere, whole or not at all."""

import re
from pathlib import Path

import pandas as pd
import pytest

from features.problem import BadInput
from features.words import RESEARCH_USE_ONLY, SYNTHETIC
from training.labels import at_risk
from training.report import render, write_report
from training.samples import REFUSED_COLUMNS, Samples, samples_from


def _text(page: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))


def test_flow_and_events_are_the_cohorts(cohort) -> None:
    """Counts on the page are those of the participant flow and the labels."""
    table, outcomes = cohort(80, seed=1)
    samples = samples_from(table)
    text = _text(render(samples, outcomes))
    for step in at_risk(outcomes, samples, 28).flow:
        assert f"{step.reason} {step.n}" in text
    assert "80 patients, 80 usable samples" in text
    assert RESEARCH_USE_ONLY in text.replace("&#39;", "'")
    assert SYNTHETIC in text.replace("&#39;", "'")


def test_self_contained(cohort) -> None:
    """No script, no link, no picture or style from elsewhere."""
    page = render(samples_from(cohort(40, seed=2)[0]), cohort(40, seed=2)[1])
    assert not re.search(r"<script|<link|<img|src=|href=|url\(|@import", page)
    assert page.count("<svg") == page.count("</svg>") > 0


def test_real_patients_are_not_called_synthetic(cohort) -> None:
    """A real cohort's page carries the research sentence and not the synthetic one."""
    table, outcomes = cohort(40, seed=3)
    page = render(samples_from(table.assign(provenance="real")), outcomes)
    assert "Synthetic" not in page


def test_refused_samples_stand_by_outcome(cohort) -> None:
    """Refusals are counted by reason and by what became of the patient, markup escaped."""
    table, outcomes = cohort(40, seed=4)
    whole = samples_from(table)
    lost = outcomes.frame.index[outcomes.frame["relapse_day"].notna()][:2]
    refused = pd.DataFrame(
        [("s", patient, 20, "under 200 <good> cells") for patient in lost],
        columns=list(REFUSED_COLUMNS),
    )
    samples = Samples(whole.frame, refused, "synthetic", whole.digest, "1")
    page = render(samples, outcomes)
    assert "under 200 &lt;good&gt; cells 0 2 0 0 0" in _text(page)


def test_marrow_is_left_out_of_the_curves(cohort) -> None:
    """Only blood samples make the curves."""
    table, outcomes = cohort(40, seed=5)
    tissue = ["PB"] * 30 + ["BM"] * 10
    page = _text(render(samples_from(table.assign(tissue=tissue)), outcomes))
    assert "30 patients. " in page


def test_no_common_patient_writes_nothing(cohort, tmp_path: Path) -> None:
    """Tables that share no patient are refused in a sentence and no page appears."""
    table, outcomes = cohort(20, seed=6)
    strangers = samples_from(table.assign(patient_id=[f"X{i}" for i in range(20)]))
    with pytest.raises(BadInput, match="name the same patients"):
        write_report(strangers, outcomes, tmp_path / "page.html")
    assert not list(tmp_path.iterdir())
