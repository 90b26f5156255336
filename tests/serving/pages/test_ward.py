"""The ward list follows store and models; a line is computed again only when they change."""

from serving.assessment.served_model import ServedModel
from serving.pages.ward import Ward
from serving.storage.database import writing
from serving.storage.store import forget
from tests.serving.fitted import fitted_models, two_samples
from tests.serving.pages.patients import add


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


def test_a_line_is_cached_until_samples_or_models_change(store):
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


def test_lines_under_pending_models_leave_those_in_service(store):
    """Both lists are cached, so neither is computed again; a third set evicts one."""
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


def test_an_erased_patient_leaves_the_list(store):
    """A line goes with the patient's record."""
    key, ward = add(store, "p"), Ward()
    assert len(ward.lines(store, {})) == 1
    with writing(store.engine) as connection:
        forget(connection, key)
    assert ward.lines(store, {}) == []
