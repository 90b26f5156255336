"""Section 5: the lead time; the tests of its four comparisons are in `test_divergence`."""

from dataclasses import replace

import numpy as np

from training.study.biomarkers.s100 import NO_LEAD, s100_section


def test_s100_without_relapses_says_no_lead(seeded) -> None:
    """Without relapses there is no lead time, and the note says so."""
    frame = seeded.outcomes.frame.assign(relapse_day=np.nan, death_day=np.nan, death_cause=None)
    outcomes = replace(seeded.outcomes, frame=frame)
    none = replace(seeded, cohort=replace(seeded.cohort, outcomes=outcomes))
    section = s100_section(none)
    assert section.notes == (NO_LEAD,) and section.tables == ()
