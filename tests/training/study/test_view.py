"""The page's words: each claim in full, tables in three digits, patients' rows left to the CSV."""

import math

import pandas as pd
import pytest

from tests.training.svg_parts import having, parsed
from training.study.questions import QUESTIONS
from training.study.section import Section, Table
from training.study.study import Study, run_study
from training.study.view import KINDS, MOST_ROWS, study_view


@pytest.fixture(scope="module")
def study(seeded) -> Study:
    """A simulated cohort's answers."""
    return run_study(seeded)


def test_every_claim_has_its_sentence(study: Study) -> None:
    """Each claim's words name effect, interval and p; a claim that is not estimable says why."""
    view = study_view(study)
    claims = {c["study"]: c for s in view["sections"] for c in s["claims"]}
    assert len(claims) == len(QUESTIONS) == view["family"]
    monocyte = claims[QUESTIONS["s100a8a9_monocyte"].study]
    assert "0.5 is no difference" in monocyte["effect"] and "corrected" in monocyte["p"]
    assert "--pseudobulk" in claims[QUESTIONS["autoimmune"].study]["reason"]
    assert claims[QUESTIONS["activation_relapse"].study]["source"] == ""


def test_verdicts_are_counted_once_each(study: Study) -> None:
    """The four numbers at the top add up to the family, each that of the claims' verdicts."""
    counts = dict(study_view(study)["counts"])
    assert sum(counts.values()) == len(QUESTIONS)
    for word, n in counts.items():
        assert n == sum(claim.verdict.startswith(word) for claim in study.claims)


def test_the_forest_marks_what_is_estimable(study: Study) -> None:
    """A dot for every estimate and none without; each claim's verdict in words."""
    root = parsed(study_view(study)["forest"])
    n_estimates = sum(not math.isnan(claim.effect) for claim in study.claims)
    assert 0 < n_estimates < len(study.claims)
    assert len([node for node in root.iter() if node.tag == "circle"]) == n_estimates
    words = [node.text for node in having(root, "text")]
    for word in KINDS:
        assert words.count(word) == sum(c.verdict.startswith(word) for c in study.claims)


def test_tables_on_the_page(study: Study) -> None:
    """Long tables are cut and say by how much; a table of patients and an empty one stay off."""
    long = Table("long", "x", pd.DataFrame({"a_b": range(MOST_ROWS + 7), "c": 0.123456}))
    private = Table("private", "x", pd.DataFrame({"patient_id": ["p"]}), on_page=False)
    empty = Table("empty", "x", pd.DataFrame())
    section = Section(1, "x", tables=(long, private, empty))
    (view,) = study_view(Study(study.claims, (section,)))["sections"][0]["tables"]
    assert (len(view["rows"]), view["more_rows"]) == (MOST_ROWS, 7)
    assert view["columns"] == [("a b", True), ("c", True)]
    assert view["rows"][0] == [("0", True), ("0.123", True)]
