"""The ward list follows the store and the models, and is computed anew only when they change."""

from dataclasses import replace
from datetime import date

import pytest

from serving.assessment.served_model import ServedModel
from serving.pages.ward import Ward, drawn
from serving.pages.ward_query import FILTERS, SORTS, Asked, Found
from serving.storage.database import open_engine, writing
from serving.storage.store import Store, forget
from serving.web.render import page
from tests.serving.fitted import fitted_models, two_samples


@pytest.fixture
def store(tmp_path):
    """An empty database."""
    store = Store(open_engine(f"sqlite:///{tmp_path / 'ward.db'}"))
    yield store
    store.engine.dispose()


def add(store, identifier, **changes):
    """Store the test patient; `changes` are made to the current sample."""
    key = store.add_patient(identifier)
    for row in two_samples():
        store.put_sample(key, row | (changes if row["day"] == 28 else {}))
    return key


def test_higher_risk_comes_first(store):
    """Patients are ordered by the higher of their two risks, which differ by S100A8/A9."""
    keys = [add(store, f"p{level}", s100a8a9_leukocyte=level) for level in (2.5, 3.5, 3.0)]
    lines = Ward().lines(store, fitted_models())
    assert [line.highest for line in lines] == sorted((x.highest for x in lines), reverse=True)
    assert {line.key for line in lines} == set(keys)
    assert lines[0].highest > lines[-1].highest


def test_every_patient_is_listed_over_many_pages(store):
    """More patients than the store gives at once are all there; those without samples are not."""
    keys = {add(store, f"p{i}") for i in range(203)}
    store.add_patient("no sample")
    assert {line.key for line in Ward().lines(store, {})} == keys


def test_a_line_is_kept_until_samples_or_models_change(store):
    """The same samples and models give the same line; a new sample or version a new one."""
    key, ward, models = add(store, "p"), Ward(), fitted_models()
    (first,) = ward.lines(store, models)
    (again,) = ward.lines(store, models)
    assert again is first
    store.put_sample(key, two_samples()[1] | {"sample_id": "later", "day": 60})
    (later,) = ward.lines(store, models)
    assert (first.day, later.day) == (28, 60) and "no sample in window" in later.flags
    newer = {name: ServedModel(served.model, "8") for name, served in models.items()}
    assert ward.lines(store, newer)[0] is not later


def test_lines_under_arriving_models_leave_those_in_service(store):
    """Both lists are kept, so neither is computed again when asked in turn; a third forgets one."""
    add(store, "p")
    ward, now = Ward(), fitted_models()
    coming, later = (
        {name: ServedModel(served.model, version) for name, served in now.items()}
        for version in ("8", "9")
    )
    first, second = ward.lines(store, now)[0], ward.lines(store, coming)[0]
    assert ward.lines(store, now)[0] is first and ward.lines(store, coming)[0] is second
    ward.lines(store, later)
    assert ward.lines(store, coming)[0] is second and ward.lines(store, now)[0] is not first


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


def shown_page(lines, models):
    """The list's page of these lines."""
    return page(
        "ward.html", found=Found(lines, len(lines), 1, 1), view=Asked(), n_all=len(lines),
        models=models, validated=False, filters=FILTERS, sorts=SORTS,
        endpoints={"relapse": "relapse", "fatal_infection": "fatal infection"},
        drawn={line.key: "day 28" for line in lines},
    ).body.decode()  # fmt: skip


def test_a_late_sample_is_said_to_be_read_as_the_landmarks(store):
    """The list's head says so as soon as one line is of another time, and not before."""
    models, key = fitted_models(), add(store, "p")
    said = "read as if it were of day 28"
    assert said not in shown_page(Ward().lines(store, models), models)
    store.put_sample(key, two_samples()[1] | {"sample_id": "late", "day": 90})
    lines = Ward().lines(store, models)
    assert lines[0].at_another_time and said in shown_page(lines, models)


def test_an_erased_patient_leaves_the_list(store):
    """A line goes with the patient's record."""
    key, ward = add(store, "p"), Ward()
    assert len(ward.lines(store, {})) == 1
    with writing(store.engine) as connection:
        forget(connection, key)
    assert ward.lines(store, {}) == []


def test_colour_needs_a_validated_model(store):
    """The same high risk is coloured under a validated model and under no other."""
    add(store, "p", s100a8a9_leukocyte=4.5, monocyte_fraction=0.01)
    for state, coloured in (("champion", False), ("validated", True)):
        models = {
            name: ServedModel(
                replace(s.model, manifest={**s.model.manifest, "state": state}), state
            )
            for name, s in fitted_models().items()
        }
        lines = Ward().lines(store, models)
        assert max(h["cohort_quantile"] for h in lines[0].horizons.values()) > 0.8
        shown = page(
            "ward.html", found=Found(lines, 1, 1, 1), view=Asked(), n_all=1, models=models,
            validated=state == "validated", filters=FILTERS, sorts=SORTS,
            endpoints={"relapse": "relapse", "fatal_infection": "fatal infection"},
            drawn={line.key: "day 28" for line in lines},
        ).body.decode()  # fmt: skip
        assert ("number upper" in shown) is coloured


def test_empty_ward_says_how_to_begin():
    """Without patients and models the page names the commands that bring them."""
    shown = page(
        "ward.html", n_all=0, models={}, endpoints={}, validated=False,
    ).body.decode()  # fmt: skip
    assert "python -m serving import DIR" in shown and "python -m serving load" in shown


@pytest.mark.parametrize(
    ("today", "said"),
    [(29, "day 28, today"), (30, "day 28, 1 day ago"), (31, "day 28, 2 days ago"), (1, "day 28")],
)
def test_freshness(today, said):
    """Counted from the infusion; a sample of the future has no age."""
    assert drawn(28, "2026-01-01", date(2026, 1, today)) == said
