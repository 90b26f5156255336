"""One quantity in two groups of patients: scipy's test, a dot for every patient."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import mannwhitneyu

from tests.training.drawn import having, parsed
from training.cohort.labels import label
from training.study.biomarkers.contrast import contrast
from training.study.biomarkers.monocytes import ASKED, monocytes
from training.study.biomarkers.s100 import FORMS, s100

GROUPS = ("relapsed", "the others")


def _without_sites(cohort):
    """The same cohort as if from one hospital, so that plain tests apply."""
    samples, outcomes = (
        replace(table, frame=table.frame.drop(columns="site", errors="ignore"))
        for table in (cohort.samples, cohort.outcomes)
    )
    one_hospital = replace(cohort.cohort, samples=samples, outcomes=outcomes)
    assert set(one_hospital.at_risk.site) == {""}
    return replace(cohort, cohort=one_hospital)


@pytest.mark.parametrize(
    ("room", "endpoint", "names"),
    [(s100, "relapse", FORMS), (monocytes, "fatal_infection", ASKED)],
)
def test_claims_are_mann_whitney_tests_of_patients(seeded, room, endpoint, names) -> None:
    """Each claim's p is scipy's of the landmark values, one a patient, by label at 180 days."""
    labelled = label(seeded.at_risk, endpoint, 180)
    frame = seeded.samples.frame.iloc[labelled.at_risk.row]
    for claim, name in zip(room(_without_sites(seeded)).claims, names, strict=True):
        value = frame[name].to_numpy(float)
        keep = ~np.isnan(value)
        groups = value[keep & (labelled.y == 1)], value[keep & (labelled.y == 0)]
        expected = mannwhitneyu(*groups, method="exact" if name != "amc" else "auto")
        assert claim.question.key == name
        assert (claim.n_group, claim.n_others) == (len(groups[0]), len(groups[1]))
        assert claim.p == pytest.approx(expected.pvalue, rel=0.12)


def test_every_patient_with_a_value_is_a_dot(seeded) -> None:
    """As many dots of each group as the claim counts; the caption is the feature's unit."""
    claim, (picture,) = contrast(seeded, "s100a8a9_leukocyte", "relapse", GROUPS)
    root = parsed(picture.svg)
    assert len(having(root, "each")) == claim.n_group + claim.n_others
    assert GROUPS[0] in picture.svg and picture.caption == "ln(1 + UMIs per 10,000)"


def test_without_values_there_is_no_picture(seeded) -> None:
    """A quantity that no patient has gives a claim that cannot be told, and nothing to draw."""
    samples = replace(seeded.samples, frame=seeded.samples.frame.drop(columns="amc"))
    bare = replace(seeded.cohort, samples=samples)
    claim, pictures = contrast(replace(seeded, cohort=bare), "amc", "fatal_infection", GROUPS)
    assert pictures == () and np.isnan(claim.p)
