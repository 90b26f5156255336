"""Section 3: CD7-negative T cells at the landmark against the same patients' before infusion.

Like for like (CD7-negative against CD7-negative, memory composition taken out) needs pseudobulk
sums. The feature table's scores are shown without a verdict: before infusion they are diluted by
CD7-positive cells, which alone made "cytotoxicity rises" true in a third of simulated cohorts in
which nothing changes (`benchmarks/study.py`).
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from features.schema import ALL_FEATURES
from training.charts.pairs_svg import before_after
from training.statistics.paired import PairedTest
from training.statistics.proportions import rises
from training.study.activity.activity import (
    TABLE_CAVEAT,
    activity_tests,
    pathway_table,
    set_scores,
    theme_tests,
)
from training.study.claim import Claim, Question, from_share, untold
from training.study.cohort import StudyCohort, compare_groups
from training.study.questions import QUESTIONS
from training.study.section import Picture, Section, Table

SCORES = {"function": "cd7neg_t_cytotoxicity", "activation": "cd7neg_t_activation"}
UNIT = "ln(1 + UMIs per 10,000)"
NO_SUMS = (
    "like for like needs sums per sample and cell type, and none were given "
    "(--pseudobulk FILE.h5ad)"
)


def activity(cohort: StudyCohort) -> Section:
    """Three paired claims, one on relapse; pictures of every patient before and after."""
    tables: tuple[Table, ...] = ()
    if cohort.pseudobulk is None:
        by_name = {one.name: one for one in _table_tests(cohort)}
        tests = {key: by_name[name] for key, name in SCORES.items() if name in by_name}
    else:
        themes = theme_tests(cohort.pseudobulk, cohort.protocol.landmark)
        tests = {one.name: one for one in themes}
        tables = _sum_tables(cohort)
    claims = _claims(cohort, tests)
    shown = list(tests.values())
    words = ("before infusion", f"day {cohort.protocol.landmark}")
    pictures = [_picture(one, words) for one in shown if one.n_patients]
    notes = (TABLE_CAVEAT,) if cohort.pseudobulk is None else ()
    return Section(
        3, "Activity of CD7-negative T cells", claims, tuple(pictures),
        (Table("activity", "Change of activity after infusion", _rows(shown)), *tables), notes,
    )  # fmt: skip


def paired_claim(question: Question, test: PairedTest) -> Claim:
    """A change in the same patients: share in whom it rose, the shift, and the test's p."""
    if math.isnan(test.p):
        why = test.sentence.split("cannot be told, ")[-1].rstrip(".")
        return untold(question, why, test.n_patients)
    found = rises(np.array(test.before), np.array(test.after))
    change = test.sentence.split(": ", 1)[-1].rstrip(".")
    words = f"rose in {found.n_with} of {found.n} patients; {change}"
    return replace(
        from_share(question, found, words), p=test.p, smallest_p=test.smallest_p,
        shift=test.effect, shift_low=test.low, shift_high=test.high, unit=UNIT,
    )  # fmt: skip


def _table_tests(cohort: StudyCohort) -> Sequence[PairedTest]:
    """The feature table's scores that the table holds, by patients."""
    held = [name for name in SCORES.values() if name in cohort.blood]
    if len(held) < len(SCORES):
        return []
    return activity_tests(cohort.blood, cohort.protocol.landmark)


def _claims(cohort: StudyCohort, tests: Mapping[str, PairedTest]) -> tuple[Claim, ...]:
    claims = []
    for key in ("function", "activation", "autoimmune"):
        if cohort.pseudobulk is None:
            claims.append(untold(QUESTIONS[key], NO_SUMS))
        else:
            claims.append(paired_claim(QUESTIONS[key], tests[key]))
    name = SCORES["activation"]
    asked = QUESTIONS["activation_relapse"]
    claims.append(compare_groups(cohort, asked, name, "relapse", ALL_FEATURES[name].unit)[0])
    return tuple(claims)


def _picture(test: PairedTest, words: tuple[str, str]) -> Picture:
    label = ALL_FEATURES[test.name].label if test.name in ALL_FEATURES else test.name.capitalize()
    svg = before_after(label, np.array(test.before), np.array(test.after), words)
    return Picture(label, svg, f"{test.n_patients} patients; {UNIT}.")


def _rows(tests: Sequence[PairedTest]) -> pd.DataFrame:
    names = ("name", "n_patients", "effect", "low", "high", "p", "sentence")
    rows = [[getattr(one, name) for name in names] for one in tests]
    return pd.DataFrame(rows, columns=["what", *names[1:]])


def _sum_tables(cohort: StudyCohort) -> tuple[Table, ...]:
    landmark = cohort.protocol.landmark
    return (
        Table("pathways", "Gene sets, adjusted for memory; ulm describes genes, not patients",
              pathway_table(cohort.pseudobulk, landmark)),
        Table("set_scores", "Scores of every patient", set_scores(cohort.pseudobulk, landmark),
              on_page=False),
    )  # fmt: skip
