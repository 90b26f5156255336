"""One value a patient: groups by the landmark's labels, pairs before and after."""

import numpy as np
import pytest

from tests.training.patients_by_hand import alive, by_hand, outcomes_of
from training.cohort.labels import label
from training.statistics.significance.rank_sum import compare
from training.study.cohort import before_and_after, compare_groups, group_values
from training.study.questions import QUESTIONS

NAME = "s100a8a9_monocyte"


def test_groups_are_the_labels(seeded) -> None:
    """Values, groups and counts are those of the landmark's labels, missing ones left out."""
    found = group_values(seeded, NAME, "relapse")
    labelled = label(seeded.at_risk, "relapse", 180)
    frame = seeded.samples.frame.iloc[labelled.at_risk.row]
    y, value = labelled.y, frame[NAME].to_numpy(float)
    keep = ~np.isnan(y) & ~np.isnan(value)
    assert found.value.tolist() == value[keep].tolist()
    assert found.group.tolist() == (y[keep] == 1).tolist()
    assert found.n_unknown == np.isnan(y).sum()
    assert found.n_missing == (np.isnan(value) & ~np.isnan(y)).sum()
    assert len(set(found.patient_id)) == len(found.patient_id)


def test_competing_events_stay_among_the_others() -> None:
    """Who dies of something else is compared; who relapsed before the landmark is not."""
    cohort = by_hand(
        {"patient_id": list("abcde"), "day": [28] * 5, NAME: [5.0, 1.0, 2.0, 9.0, 3.0]},
        outcomes_of(
            ("a", 90, 60, 90, "relapse", None, "CR"), ("b", 50, None, 50, "infection", None, "CR"),
            alive("c"), ("d", 40, 28, 40, "relapse", None, "CR"), alive("e", 60),
        ),
    )  # fmt: skip
    found = group_values(cohort, NAME, "relapse")
    assert dict(zip(found.patient_id, found.group, strict=True)) == {
        "a": True, "b": False, "c": False,
    }  # fmt: skip
    assert (found.n_unknown, found.n_missing) == (1, 0)


def test_the_claim_is_the_comparison_within_sites(seeded) -> None:
    """Effect, p and numbers of a claim are those of the comparison of the group_values values."""
    claim, found = compare_groups(seeded, QUESTIONS[NAME], NAME, "relapse", "u")
    expected = compare(found.value, found.group, found.site)
    assert (claim.effect, claim.p, claim.shift) == (
        expected.superiority, expected.p, expected.shift,
    )  # fmt: skip
    assert len(set(found.site)) == 3
    assert (claim.n_group, claim.n_others) == (found.group.sum(), (~found.group).sum())
    assert f"{found.n_missing} without a value left out" in claim.finding


def test_a_missing_column_is_not_estimable(seeded) -> None:
    """A feature that the table does not hold has no groups."""
    claim, _ = compare_groups(seeded, QUESTIONS["amc"], "no_such_feature", "relapse", "")
    assert claim.reason == "0 patients with the event and 0 others to compare"


@pytest.mark.parametrize("seed", range(3))
def test_pairs_are_the_last_before_and_the_last_in_the_window(seed: int) -> None:
    """Pairs equal those of a loop over patients; only patients with both take part."""
    rng = np.random.default_rng(seed)
    patients = rng.choice([f"p{i}" for i in range(12)], 60)
    table = {
        "patient_id": patients.tolist(),
        "day": rng.integers(-20, 40, 60).tolist(),
        "wbc": np.where(rng.random(60) < 0.2, np.nan, rng.random(60)).tolist(),
    }
    cohort = by_hand(table, outcomes_of(*(alive(p) for p in sorted(set(patients)))))
    found = before_and_after(cohort, cohort.blood["wbc"])
    expected = {}
    for patient in sorted(set(patients)):
        own = [
            (d, v)
            for p, d, v in zip(*table.values(), strict=True)
            if p == patient and not np.isnan(v)
        ]
        own.sort(key=lambda pair: pair[0])
        before = [v for d, v in own if d < 0]
        after = [v for d, v in own if 14 < d <= 28]
        if before and after:
            expected[patient] = (before[-1], after[-1])
    pairs = zip(found.before, found.after, strict=True)
    assert dict(zip(found.patient_id, pairs, strict=True)) == expected


def test_marrow_takes_no_part() -> None:
    """A marrow sample is neither before nor after."""
    table = {"patient_id": ["a", "a"], "day": [-3, 28], "wbc": [1.0, 2.0], "tissue": ["BM", "PB"]}
    cohort = by_hand(table, outcomes_of(alive("a")))
    assert len(before_and_after(cohort, cohort.blood["wbc"]).before) == 0
