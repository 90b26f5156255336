"""Two groups of patients: scipy's test and a dot a patient at the landmark; onset over time."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import mannwhitneyu

from tests.training.patients_by_hand import alive, by_hand, outcomes_of
from tests.training.svg_parts import having, parsed
from training.cohort.labels import label
from training.study.biomarkers.divergence import COLUMNS, contrast, divergence, first_divergence
from training.study.biomarkers.monocytes import QUANTITIES, monocyte_section
from training.study.biomarkers.s100 import FORMS, s100_section

DIED = [(f"d{i}", 120 + i, None, 120 + i, "infection", None, "CR") for i in range(8)]
LIVING = [alive(f"l{i}") for i in range(16)]


def _cohort(onset: int, days=(5, 10, 18, 25, 50)):
    """Patients who die of infection have fewer monocytes from day `onset` on."""
    rng = np.random.default_rng(0)
    table = {"patient_id": [], "day": [], "amc": []}
    for row in (*DIED, *LIVING):
        for day in days:
            low = row[0].startswith("d") and day >= onset
            table["patient_id"].append(row[0])
            table["day"].append(day)
            table["amc"].append(rng.uniform(0.3, 0.6) - 0.3 * low)
    return by_hand(table, outcomes_of(*DIED, *LIVING))


def test_the_first_divergence_is_found() -> None:
    """Groups that differ from day 18 on first differ in the window of days 15 to 21."""
    windows = divergence(_cohort(18), "amc", "fatal_infection")
    assert list(windows.columns) == list(COLUMNS)
    assert first_divergence(windows) == "the groups first differ in the window 15-21"
    assert windows["superiority"].iloc[-1] == 0.0
    assert (windows["p_holm"] >= windows["p"]).all()


def test_without_a_difference_no_window_shows_one() -> None:
    """Where the groups never differ, no window is named."""
    windows = divergence(_cohort(999), "amc", "fatal_infection")
    assert first_divergence(windows).startswith("no single window")


def test_no_patient_is_compared_after_the_event() -> None:
    """A sample of a window counts only while its patient has no event until the window's end."""
    died = ("x", 20, None, 20, "infection", None, "CR")
    table = {"patient_id": ["x", "x", "y", "y"], "day": [10, 16, 10, 16], "amc": [0.1, 0.1, 1, 1]}
    windows = divergence(by_hand(table, outcomes_of(died, alive("y"))), "amc", "fatal_infection")
    assert windows["days"].tolist() == ["8-14"]


def test_censored_patients_are_left_out_and_competing_deaths_stay() -> None:
    """Lost inside the horizon: left out; dead from another cause: among the others."""
    rows = [
        ("x", 60, None, 60, "infection", None, "CR"), ("o", 60, None, 60, "other", None, "CR"),
        alive("lost", 100), alive("y"),
    ]  # fmt: skip
    table = {"patient_id": ["x", "o", "lost", "y"], "day": [25] * 4, "amc": [0.1, 0.5, 0.6, 0.7]}
    windows = divergence(by_hand(table, outcomes_of(*rows)), "amc", "fatal_infection")
    assert (windows["with_event"].tolist(), windows["others"].tolist()) == ([1], [2])
    assert np.isnan(windows["low_event"].iloc[0]) and windows["median_others"].iloc[0] == 0.6


def test_one_value_a_patient() -> None:
    """Two samples of a window count as the last of them."""
    rows = [("x", 60, None, 60, "infection", None, "CR"), alive("y")]
    table = {"patient_id": ["x", "x", "y"], "day": [23, 30, 25], "amc": [0.9, 0.1, 0.5]}
    windows = divergence(by_hand(table, outcomes_of(*rows)), "amc", "fatal_infection")
    assert windows["with_event"].iloc[0] == 1
    assert windows["median_event"].iloc[0] == 0.1


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
    ("section", "endpoint", "names"),
    [(s100_section, "relapse", FORMS), (monocyte_section, "fatal_infection", QUANTITIES)],
)
def test_claims_are_mann_whitney_tests_of_patients(seeded, section, endpoint, names) -> None:
    """Each claim's p is scipy's of the landmark values, one a patient, by label at 180 days."""
    labels = label(seeded.at_risk, endpoint, 180)
    frame = seeded.samples.frame.iloc[labels.at_risk.row]
    for claim, name in zip(section(_without_sites(seeded)).claims, names, strict=True):
        value = frame[name].to_numpy(float)
        keep = ~np.isnan(value)
        groups = value[keep & (labels.y == 1)], value[keep & (labels.y == 0)]
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
    """A quantity that no patient has gives a claim that is not estimable, and no picture."""
    samples = replace(seeded.samples, frame=seeded.samples.frame.drop(columns="amc"))
    bare = replace(seeded.cohort, samples=samples)
    claim, pictures = contrast(replace(seeded, cohort=bare), "amc", "fatal_infection", GROUPS)
    assert pictures == () and np.isnan(claim.p)
