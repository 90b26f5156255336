"""The cohort page says what the manifest holds, and no more where it holds nothing."""

from dataclasses import replace

import pytest

from serving.assessment import wording
from serving.assessment.served_model import ServedModel
from serving.pages.cohort_view import cohort_view, no_discrimination, warning_sentence
from serving.web.render import between, page
from tests.serving.cohorts import cohort_numbers
from tests.serving.fitted import fitted_models
from tests.serving.pages.test_page_routes import Page


def model_with_cohort(cohort, **changes):
    """The relapse model with this `cohort` in its manifest."""
    model = fitted_models()["relapse"].model
    manifest = {**model.manifest, **changes, "cohort": cohort}
    return ServedModel(replace(model, manifest=manifest), "7")


def page_tree(*cards):
    """The page's strict reading."""
    made = page("cohort.html", cards=cards, validated=False, notices=())
    return Page(made.body.decode())


def test_tables_hold_the_manifests_numbers():
    """Every group, third and warning stands in the tables, with its interval."""
    cohort = cohort_numbers()
    view = cohort_view(model_with_cohort(cohort))
    text = page_tree(view).text
    for group in cohort["calibration"]["groups"]:
        assert (
            f"{wording.percent(group['observed'])} ({between(group['low'], group['high'])})" in text
        )
    for third in cohort["incidence"]["groups"]:
        at = third["days"].index(180)
        assert f"{wording.percent(third['share'][at])} (" in text and str(third["n"]) in text
    for one in cohort["warned"]["at"]:
        assert f"{one['warned']} of {cohort['warned']['events']}" in text
        assert f"{one['days'][1]} ({one['days'][0]} to {one['days'][2]})" in text
    assert "Observed over expected (1 is ideal): 1.04 (0.80 to 1.30)." in text
    assert "too extreme): 0.90." in text
    assert f"{cohort['patients']} synthetic patients at risk on day 28" in text
    assert f"{view['lost']} lost to follow-up" in text and view["lost"] > 0


def test_a_suppressed_curve_says_why():
    """Under a hundred events only all patients together stand in picture and table."""
    view = cohort_view(model_with_cohort(cohort_numbers(90)))
    assert [line["label"] for line in view["calibration"]["lines"]] == ["All patients"]
    assert "Calibration curve not drawn: " in page_tree(view).text


def test_an_older_folder_has_no_numbers():
    """Without the key, or with something else under it, the page says that it is not known."""
    for silent in (fitted_models()["relapse"], model_with_cohort(None), model_with_cohort("text")):
        view = cohort_view(silent)
        assert view["has_numbers"] is False
        found = page_tree(view)
        assert "an earlier version of CD7Watch exported it" in found.text
        assert "svg" not in found.tags


def test_without_a_model_the_page_says_how_to_begin():
    """No card, and the command that brings a model into service."""
    assert "No model is in service" in page_tree().text


def test_a_model_without_discrimination_has_a_sentence():
    """Thirds in the wrong order earn a sentence, thirds in the right order none."""
    groups = cohort_numbers()["incidence"]["groups"]
    assert no_discrimination(groups, "relapse") == ""
    assert "does not distinguish between patients" in no_discrimination(groups[::-1], "relapse")
    cohort = cohort_numbers()
    turned = cohort | {"incidence": cohort["incidence"] | {"groups": groups[::-1]}}
    assert (
        "does not distinguish between patients"
        in page_tree(cohort_view(model_with_cohort(turned))).text
    )


def test_nothing_warned_is_no_picture():
    """With events only, or too few patients for thirds, the page says so instead of drawing."""
    cohort = cohort_numbers()
    bare = cohort | {
        "warned": {"events": 9, "others": 0, "at": []},
        "incidence": {"reason": "not shown: a third would be 3 patients", "groups": []},
    }
    found = page_tree(cohort_view(model_with_cohort(bare)))
    assert "all or none of these patients" in found.text
    assert "Not shown: a third would be 3 patients." in found.text
    assert found.tags.count("svg") == 1


@pytest.mark.parametrize("days", [None, [3, 8, 20]])
def test_the_sentence_leaves_out_what_is_not_known(days):
    """Without days there is no word of how early."""
    one = {"warned": 4, "days": days, "false_alarms": 0.003}
    model = fitted_models()["fatal_infection"].model
    sentence = warning_sentence(one, {"events": 9}, model)
    assert sentence.startswith("On day 28 the model would have warned of 4 of 9 fatal infections")
    assert ("half of them" in sentence) is (days is not None)
    assert "fewer than 1 of 100 patients who had no fatal infection" in sentence
