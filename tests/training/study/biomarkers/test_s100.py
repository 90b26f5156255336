"""Section 5: the lead time; its four comparisons are `test_contrast`'s."""

from dataclasses import replace

import numpy as np

from training.study.biomarkers.s100 import NO_LEAD, s100


def test_s100_without_relapses_says_no_lead(seeded) -> None:
    """Where nobody relapses there is no lead time, and that is said."""
    frame = seeded.outcomes.frame.assign(relapse_day=np.nan, death_day=np.nan, death_cause=None)
    none = replace(
        seeded, cohort=replace(seeded.cohort, outcomes=replace(seeded.outcomes, frame=frame))
    )
    section = s100(none)
    assert section.notes == (NO_LEAD,) and section.tables == ()
