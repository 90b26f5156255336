"""Section 3: CD7-negative T cells at the landmark against the same patients' before infusion.

The like-for-like comparison (CD7-negative against CD7-negative, memory composition taken out)
needs pseudobulk sums. The feature table's scores are shown without a verdict: before infusion
CD7-positive cells dilute them, which alone made "cytotoxicity rises" true in a third of simulated
cohorts in which nothing changes (`benchmarks/study.py`).
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from features.schema import ALL_FEATURES
from training.charts.patients_svg import before_after
from training.statistics.significance.paired import PairedTest
from training.statistics.significance.proportions import sign_test
from training.study.activity.activity import (
    TABLE_CAVEAT,
    activity_tests,
    pathway_table,
    set_scores,
    theme_tests,
)
from training.study.claim import Claim, Question, from_proportion, not_estimable
from training.study.cohort import StudyCohort, compare_groups
from training.study.questions import QUESTIONS
from training.study.section import Picture, Section, Table

SCORES = {"function": "cd7neg_t_cytotoxicity", "activation": "cd7neg_t_activation"}
# Questions on a change in the same patients.
PAIRED_QUESTIONS = ("function", "activation", "autoimmune")
UNIT = "ln(1 + UMIs per 10,000)"
NO_SUMS = (
    "a like-for-like comparison needs sums per sample and cell type, and none were given "
    "(--pseudobulk FILE.h5ad)"
)


def activity_section(cohort: StudyCohort) -> Section:
    """Three paired claims, one on relapse; pictures of every patient before and after."""
    tests = _tests(cohort)
    columns = ("before infusion", f"day {cohort.protocol.landmark}")
    pictures = [_picture(test, columns) for test in tests.values() if test.n_patients]
    rows = Table("activity", "Change of activity after infusion", _rows(list(tests.values())))
    no_sums = cohort.pseudobulk is None
    return Section(
        3, "Activity of CD7-negative T cells", _claims(cohort, tests), tuple(pictures),
        (rows,) if no_sums else (rows, *_sum_tables(cohort)),
        (TABLE_CAVEAT,) if no_sums else (),
    )  # fmt: skip


def _tests(cohort: StudyCohort) -> dict[str, PairedTest]:
    """Tests by theme from pseudobulk sums; without them, of the feature table's scores."""
    if cohort.pseudobulk is not None:
        themes = theme_tests(cohort.pseudobulk, cohort.protocol.landmark)
        return {test.name: test for test in themes}
    if any(name not in cohort.blood for name in SCORES.values()):
        return {}
    by_name = {test.name: test for test in activity_tests(cohort.blood, cohort.protocol.landmark)}
    return {key: by_name[name] for key, name in SCORES.items()}


def paired_claim(question: Question, test: PairedTest) -> Claim:
    """A change in the same patients: share in whom it rose, the shift, and the test's p."""
    if math.isnan(test.p):
        return not_estimable(question, test.reason, test.n_patients)
    result = sign_test(np.array(test.before), np.array(test.after))
    change = test.sentence.split(": ", 1)[-1].rstrip(".")
    finding = f"rose in {result.n_with} of {result.n} patients; {change}"
    return replace(
        from_proportion(question, result, finding), p=test.p, smallest_p=test.smallest_p,
        shift=test.effect, shift_low=test.low, shift_high=test.high, unit=UNIT,
    )  # fmt: skip


def _claims(cohort: StudyCohort, tests: Mapping[str, PairedTest]) -> tuple[Claim, ...]:
    if cohort.pseudobulk is None:
        claims = [not_estimable(QUESTIONS[key], NO_SUMS) for key in PAIRED_QUESTIONS]
    else:
        claims = [paired_claim(QUESTIONS[key], tests[key]) for key in PAIRED_QUESTIONS]
    name, question = SCORES["activation"], QUESTIONS["activation_relapse"]
    on_relapse, _ = compare_groups(cohort, question, name, "relapse", ALL_FEATURES[name].unit)
    return (*claims, on_relapse)


def _picture(test: PairedTest, columns: tuple[str, str]) -> Picture:
    label = ALL_FEATURES[test.name].label if test.name in ALL_FEATURES else test.name.capitalize()
    svg = before_after(label, np.array(test.before), np.array(test.after), columns)
    return Picture(label, svg, f"{test.n_patients} patients; {UNIT}.")


def _rows(tests: Sequence[PairedTest]) -> pd.DataFrame:
    names = ("name", "n_patients", "effect", "low", "high", "p", "sentence")
    rows = [[getattr(test, name) for name in names] for test in tests]
    return pd.DataFrame(rows, columns=["what", *names[1:]])


def _sum_tables(cohort: StudyCohort) -> tuple[Table, ...]:
    landmark = cohort.protocol.landmark
    return (
        Table("pathways", "Gene sets, adjusted for memory; ulm describes genes, not patients",
              pathway_table(cohort.pseudobulk, landmark)),
        Table("set_scores", "Scores of every patient", set_scores(cohort.pseudobulk, landmark),
              on_page=False),
    )  # fmt: skip
