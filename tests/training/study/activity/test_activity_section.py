"""Section 3: paired claims from the table, and their reasons when not estimable."""

from dataclasses import replace

import numpy as np
import pandas as pd

from tests.training.study.activity.test_activity import draw
from training.statistics.significance.paired import rank_test
from training.study.activity.activity import TABLE_CAVEAT, activity_tests, theme_tests
from training.study.activity.activity_section import activity_section, paired_claim
from training.study.questions import QUESTIONS


def test_the_table_alone_gives_no_verdict(seeded) -> None:
    """Without sums the scores are shown with their tests and the caveat, and nothing is claimed."""
    section = activity_section(seeded)
    tests = {one.name: one for one in activity_tests(seeded.blood)}
    assert all(claim.reason.startswith("a like-for-like") for claim in section.claims[:3])
    assert section.notes == (TABLE_CAVEAT,) and len(section.pictures) == 2
    scores = section.tables[0].frame.set_index("what")
    assert scores.loc["cd7neg_t_activation", "p"] == tests["cd7neg_t_activation"].p


def test_a_table_without_scores_shows_nothing(seeded) -> None:
    """A feature table without the scores leaves the section empty instead of failing."""
    blood = seeded.blood.drop(columns=["cd7neg_t_cytotoxicity"])
    assert activity_section(replace(seeded, blood=blood)).pictures == ()


def test_paired_claims_follow_the_shift() -> None:
    """Share of patients in whom it rose, the shift with its interval, the paired test's p."""
    rng = np.random.default_rng(0)
    before = rng.normal(size=20)
    test = rank_test("activation", before, before + rng.normal(0.8, 0.5, 20))
    claim = paired_claim(QUESTIONS["activation"], test)
    assert claim.effect == np.mean(np.array(test.after) > np.array(test.before))
    assert (claim.shift, claim.p, claim.smallest_p) == (test.effect, test.p, test.smallest_p)
    few = paired_claim(QUESTIONS["activation"], rank_test("activation", before[:3], before[:3]))
    assert few.reason.startswith("3 patients have a value before and after")
    assert pd.isna(few.p)


def test_with_sums_the_themes_are_adjusted(seeded) -> None:
    """With pseudobulk the three claims are the memory-adjusted tests of the themes."""
    sums = draw(12, 0.8, 1)
    section = activity_section(replace(seeded, pseudobulk=sums))
    tests = {one.name: one for one in theme_tests(sums)}
    for claim, key in zip(section.claims, ("function", "activation", "autoimmune"), strict=False):
        assert claim.question.key == key and claim.p == tests[key].p
    assert section.notes == ()
    assert {"pathways", "set_scores"} <= {table.name for table in section.tables}
