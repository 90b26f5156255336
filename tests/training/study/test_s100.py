"""Section 5: four comparisons of patients at the landmark, and the lead time."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import mannwhitneyu

from training.labels import landmark_labels
from training.study.monocytes import monocytes
from training.study.s100 import FORMS, NO_LEAD, s100


def _without_sites(cohort):
    """The same cohort as if from one hospital, so that plain tests apply."""
    nowhere = np.full(cohort.at_risk.n, "", dtype=object)
    return replace(cohort, at_risk=replace(cohort.at_risk, site=nowhere))


@pytest.mark.parametrize(
    ("room", "endpoint", "names"),
    [(s100, "relapse", FORMS), (monocytes, "fatal_infection", ("monocyte_fraction", "amc"))],
)
def test_claims_are_mann_whitney_tests_of_patients(seeded, room, endpoint, names) -> None:
    """Each claim's p is scipy's of the landmark values, one a patient, by label at 180 days."""
    labelled = landmark_labels(seeded.outcomes, seeded.samples, 28, 180, endpoint=endpoint)
    frame = seeded.samples.frame.iloc[labelled.cohort.row]
    for claim, name in zip(room(_without_sites(seeded)).claims, names, strict=True):
        value = frame[name].to_numpy(float)
        keep = ~np.isnan(value)
        groups = value[keep & (labelled.y == 1)], value[keep & (labelled.y == 0)]
        expected = mannwhitneyu(*groups, method="exact" if name != "amc" else "auto")
        assert claim.question.key == name
        assert (claim.n_group, claim.n_others) == (len(groups[0]), len(groups[1]))
        assert claim.p == pytest.approx(expected.pvalue, rel=0.12)


def test_s100_without_relapses_says_no_lead(seeded) -> None:
    """Where nobody relapses there is no lead time, and that is said."""
    frame = seeded.outcomes.frame.assign(relapse_day=np.nan, death_day=np.nan, death_cause=None)
    none = replace(seeded, outcomes=replace(seeded.outcomes, frame=frame))
    section = s100(none)
    assert section.notes == (NO_LEAD,) and section.tables == ()
