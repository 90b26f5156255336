"""The whole study: every declared question once, planted effects found, nothing from seven."""

from dataclasses import replace

import pandas as pd
import pytest

from features.errors import InputError
from training.cohort.protocol import Protocol
from training.statistics.holm import holm_adjusted
from training.study.claim import CANNOT, HOLDS
from training.study.cohort import study_cohort
from training.study.questions import QUESTIONS
from training.study.study import ROOMS, claims_table, judged_study, run_study


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
    """The corrected p are Holm's over the whole family, untold ones included."""
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


def test_seven_patients_tell_nothing(simulated) -> None:
    """Of seven patients nothing can be told, each time with the reason; nothing fails."""
    study = run_study(study_cohort(simulated("seed-optimistic", 7, 2), Protocol()))
    assert all(claim.verdict.startswith(f"{CANNOT}: ") for claim in study.claims)


def test_two_patients_do_not_fail(simulated) -> None:
    """Two patients make a study, if an empty one."""
    study = run_study(study_cohort(simulated("null", 2, 3), Protocol()))
    assert all(claim.verdict.startswith(CANNOT) for claim in study.claims)


def test_a_missing_question_is_refused(study) -> None:
    """A family with a question left out is not judged."""
    with pytest.raises(InputError, match="asked exactly once"):
        judged_study(list(study.sections[:-3]))


def test_the_order_of_rows_changes_nothing(study, simulated) -> None:
    """Shuffled samples and outcomes give the same claims."""
    cohort = simulated("seed-optimistic", 120, 7)
    samples, outcomes = cohort.samples, cohort.outcomes
    frame = samples.frame.sample(frac=1, random_state=1).reset_index(drop=True)
    turned = replace(outcomes, frame=outcomes.frame.iloc[::-1])
    mixed = replace(cohort, samples=replace(samples, frame=frame), outcomes=turned)
    again = run_study(study_cohort(mixed, Protocol()))
    for one, other in zip(study.claims, again.claims, strict=True):
        assert one.verdict == other.verdict
        assert one.p == pytest.approx(other.p, nan_ok=True)


def test_progress_names_every_room(seeded) -> None:
    """Each section is reported when it is done."""
    told = []
    run_study(seeded, lambda step, done, total: told.append((step, done, total)))
    assert [done for _, done, _ in told] == list(range(1, len(ROOMS) + 1))


def test_the_table_holds_what_the_page_says(study) -> None:
    """One row a claim with verdict, effect, interval and both p."""
    table = claims_table(study.claims).frame
    assert table["claim"].tolist() == list(QUESTIONS)
    row = table.set_index("claim").loc["s100a8a9_monocyte"]
    claim = next(c for c in study.claims if c.question.key == "s100a8a9_monocyte")
    assert (row["p"], row["effect"]) == (claim.p, claim.effect)
    assert pd.isna(table.set_index("claim").loc["autoimmune", "p"])
