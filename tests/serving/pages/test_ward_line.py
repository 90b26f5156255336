"""A line of the ward list: each model's primary risk, its change, flags that say whose."""

import pytest

from serving.assessment.assess import assess
from serving.pages.ward import Ward
from serving.pages.ward_line import ward_line
from serving.storage.store import StoredPatient
from tests.serving.fitted import fitted_models, two_samples, with_days
from tests.serving.pages.patients import add


def patient(day=28):
    """The test patient, whose current sample is of this day."""
    rows = two_samples()
    rows[1]["day"] = day
    return StoredPatient("k", rows, "Bed 4", None)


@pytest.mark.parametrize("horizon", [90, 180, 365])
def test_risks_are_of_each_models_own_primary_horizon(horizon):
    """The line shows the answer at the horizon that the endpoint's own model names."""
    models = with_days(fatal_infection={"primary_horizon": horizon})
    line = ward_line(patient(), models)
    answer = assess(patient().rows, models, "")["endpoints"]
    by_horizon = {one["horizon"]: one for one in answer["fatal_infection"]["horizons"]}
    assert line.horizons["fatal_infection"] == by_horizon[horizon]
    assert line.horizons["relapse"]["horizon"] == 180


@pytest.mark.parametrize(
    ("day", "outside", "flag"),
    [
        (28, ["fatal_infection"], "no sample in window (fatal infection)"),
        (55, ["relapse", "severe_infection"], "no sample in window (relapse, severe infection)"),
        (90, ["relapse", "fatal_infection", "severe_infection"], "no sample in window"),
    ],
)
def test_a_flag_of_one_endpoint_names_it(day, outside, flag):
    """A sample inside one model's window and outside the other's says for which it is outside."""
    line = ward_line(patient(day), with_days(fatal_infection={"landmark": 60}))
    assert list(line.outside_window) == outside and flag in line.flags


def test_a_change_is_the_difference_to_the_sample_before(store):
    """Against an earlier sample after infusion, as if the later had not come; none otherwise."""
    models = fitted_models()
    key = add(store, "p")
    (first,) = Ward().lines(store, models)
    assert set(first.changes.values()) == {None}  # the earlier sample is from before infusion
    later = two_samples()[1] | {"sample_id": "later", "day": 60, "s100a8a9_leukocyte": 4.5}
    store.put_sample(key, later)
    (second,) = Ward().lines(store, models)
    for name, change in second.changes.items():
        now, then = second.horizons[name]["risk"], first.horizons[name]["risk"]
        assert change == pytest.approx(now - then, abs=1e-12)
    assert second.rise == max(second.changes.values())


def test_with_serial_samples_the_change_is_to_the_last_but_one(store):
    """Three samples after infusion, stored in any order: the third is compared with the second."""
    models, key = fitted_models(), add(store, "p")
    levels = {90: 4.5, 60: 2.5}
    for day, level in levels.items():
        row = two_samples()[1] | {"sample_id": f"d{day}", "day": day, "s100a8a9_leukocyte": level}
        store.put_sample(key, row)
        if day == 90:
            (fallen,) = Ward().lines(store, models)
    (line,) = Ward().lines(store, models)
    assert line.day == 90 and line.changes["relapse"] > 0
    assert line.changes["relapse"] != fallen.changes["relapse"]  # that was to day 28
