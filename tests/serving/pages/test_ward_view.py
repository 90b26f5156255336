"""The ward list's page says of which days its risks are, and colours only validated ones."""

from dataclasses import replace
from datetime import date

from serving.assessment.served_model import ServedModel
from serving.pages.ward import Ward
from serving.pages.ward_query import WardPage, WardQuery
from serving.pages.ward_view import ward_view
from serving.web.render import page
from tests.serving.fitted import fitted_models, two_samples, with_days
from tests.serving.pages.patients import add
from tests.serving.pages.test_page_routes import Page


def page_tree(lines, models):
    """The list's page of these lines, as markup."""
    all_on_one = WardPage(lines, len(lines), 1, 1)
    view = ward_view(lines, all_on_one, WardQuery(), models, date(2026, 2, 1))
    return page("ward.html", **view).body.decode()


def test_a_late_sample_has_a_note_above_the_list(store):
    """The list's head says so as soon as one line is of another time, and not before."""
    models, key = fitted_models(), add(store, "p")
    sentence = "the model reads it as if it were of day 28"
    assert sentence not in page_tree(Ward().lines(store, models), models)
    store.put_sample(key, two_samples()[1] | {"sample_id": "late", "day": 90})
    lines = Ward().lines(store, models)
    assert lines[0].outside_window and sentence in page_tree(lines, models)


def test_the_days_are_those_of_the_models(store):
    """All endpoints in one sentence where they agree; each in its own words where they differ."""
    add(store, "p")
    same = Page(page_tree(Ward().lines(store, fitted_models()), fitted_models())).text
    assert "Each risk is for 180 days after day 28," in same
    assert same.count("within 180 days") == 3
    models = with_days(fatal_infection={"landmark": 60, "primary_horizon": 90})
    text = Page(page_tree(Ward().lines(store, models), models)).text
    assert (
        "Each risk is for 180 days after day 28 (relapse, severe infection) and 90 days after"
        " day 60 (fatal infection)," in text
    )
    assert "Relapse within 180 days Fatal infection within 90 days" in text
    assert "as if it were of day 60." in text and "no sample in window (fatal infection)" in text


def test_with_one_model_the_days_are_its_own(store):
    """An endpoint without a model adds no day to the list."""
    add(store, "p", day=55)
    models = {"fatal_infection": with_days(fatal_infection={"landmark": 60})["fatal_infection"]}
    text = Page(page_tree(Ward().lines(store, models), models)).text
    assert "Each risk is for 180 days after day 60," in text and "day 28" not in text
    assert "No sample in window" not in text


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
        assert ("number upper" in page_tree(lines, models)) is coloured


def test_empty_ward_says_how_to_begin():
    """Without patients and models the page names the commands that bring them."""
    markup = page_tree([], {})
    assert "cd7watch serving import DIR" in markup and "cd7watch serving load" in markup
