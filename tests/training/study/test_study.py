"""The whole study: every declared question once, planted effects found, none in seven patients."""

from dataclasses import replace

import pandas as pd
import pytest

from features.errors import InputError
from training.cohort.protocol import Protocol
from training.statistics.significance.holm import holm_adjusted
from training.study.claim import HOLDS, NOT_ESTIMABLE
from training.study.cohort import study_cohort
from training.study.questions import QUESTIONS
from training.study.study import SECTIONS, claims_table, judge_sections, run_study


@pytest.fixture(scope="module")
def study(seeded):
    """A simulated cohort's answers."""
    return run_study(seeded)


def test_every_question_once_in_the_declared_order(study) -> None:
    """Claims stand in the family's order and in the section that their question names."""
    assert [claim.question.key for claim in study.claims] == list(QUESTIONS)
    assert [one.number for one in study.sections] == [1, 2, 3, 4, 5, 6]
    for section in study.sections:
        assert all(claim.question.section == section.number for claim in section.claims)
        assert all(claim.verdict for claim in section.claims)


def test_p_is_corrected_over_all_of_them(study) -> None:
    """The corrected p are Holm's over the whole family, unanswered ones included."""
    expected = holm_adjusted([claim.p for claim in study.claims])
    assert [claim.p_holm for claim in study.claims] == expected.tolist()


def test_planted_effects_hold(simulated) -> None:
    """On 300 patients with planted effects both relapse effects hold."""
    claims = {
        c.question.key: c
        for c in run_study(study_cohort(simulated("seed-optimistic", 300, 7), Protocol())).claims
    }
    assert claims["s100a8a9_monocyte"].verdict == HOLDS
    assert claims["activation_relapse"].verdict == HOLDS
    assert claims["s100a8a9_nonmyeloid"].verdict != HOLDS


def test_seven_patients_show_nothing(simulated) -> None:
    """With seven patients no claim is estimable, each with its reason; nothing fails."""
    study = run_study(study_cohort(simulated("seed-optimistic", 7, 2), Protocol()))
    assert all(claim.verdict.startswith(f"{NOT_ESTIMABLE}: ") for claim in study.claims)


def test_two_patients_do_not_fail(simulated) -> None:
    """Two patients make a study, if an empty one."""
    study = run_study(study_cohort(simulated("null", 2, 3), Protocol()))
    assert all(claim.verdict.startswith(NOT_ESTIMABLE) for claim in study.claims)


def test_a_missing_question_is_refused(study) -> None:
    """A family with a question left out is not judged."""
    with pytest.raises(InputError, match="needs exactly one answer, but 'amc'"):
        judge_sections(list(study.sections[:-3]))


def test_the_order_of_rows_changes_nothing(study, simulated) -> None:
    """Shuffled samples and outcomes give the same claims."""
    cohort = simulated("seed-optimistic", 120, 7)
    samples, outcomes = cohort.samples, cohort.outcomes
    frame = samples.frame.sample(frac=1, random_state=1).reset_index(drop=True)
    reversed_outcomes = replace(outcomes, frame=outcomes.frame.iloc[::-1])
    shuffled = replace(cohort, samples=replace(samples, frame=frame), outcomes=reversed_outcomes)
    again = run_study(study_cohort(shuffled, Protocol()))
    for one, other in zip(study.claims, again.claims, strict=True):
        assert one.verdict == other.verdict
        assert one.p == pytest.approx(other.p, nan_ok=True)


def test_progress_reports_every_section(seeded) -> None:
    """Each section is reported when it is complete."""
    reports = []
    run_study(seeded, lambda step, number, total: reports.append((step, number, total)))
    assert [number for _, number, _ in reports] == list(range(1, len(SECTIONS) + 1))


def test_the_table_holds_what_the_page_says(study) -> None:
    """One row a claim with verdict, effect, interval and both p."""
    table = claims_table(study.claims).frame
    assert table["claim"].tolist() == list(QUESTIONS)
    row = table.set_index("claim").loc["s100a8a9_monocyte"]
    claim = next(c for c in study.claims if c.question.key == "s100a8a9_monocyte")
    assert (row["p"], row["effect"]) == (claim.p, claim.effect)
    assert pd.isna(table.set_index("claim").loc["autoimmune", "p"])
