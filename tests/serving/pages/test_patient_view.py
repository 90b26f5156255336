"""The page's view holds the answer's own numbers, and folds what moves nothing."""

from dataclasses import replace
from datetime import date

from serving.assessment.assess import explain
from serving.assessment.risk_wording import of_hundred
from serving.assessment.served_model import ServedModel
from serving.pages.patient_view import MOST_WORDED, patient_view
from serving.storage.store import StoredPatient
from tests.serving.fitted import fitted_models, two_samples

TODAY = date(2026, 2, 1)


def view_of(models, **changes):
    """The view of the test patient under these models."""
    rows = two_samples()
    rows[1] |= changes
    patient = StoredPatient("k", rows, "Bed 4", "2026-01-01")
    answer = explain(rows, models, "r")
    return patient_view(patient, answer, models, TODAY), answer


def test_view_is_the_answer():
    """Each card shows the answer's primary horizon; the head says whose and how old it is."""
    view, answer = view_of(fitted_models())
    assert (view["name"], view["age"], view["today"]) == ("Bed 4", "3 days ago", "2026-02-01")
    for card, endpoint in zip(view["endpoints"], answer["endpoints"].values(), strict=True):
        assert card["horizon"] == endpoint["horizons"][1] and card["answer"] is endpoint
        assert card["has_reasons"] and card["waterfall"].count("<rect") >= 1
        assert all(abs(group["contribution"]) > 0.004 for group in card["groups"])


def test_a_model_that_moves_nothing_has_no_groups():
    """When every reason is below a half percent of the odds, the card says so instead."""
    models = {}
    for name, served in fitted_models().items():
        members = served.model.members
        tiny = replace(members, effects=1e-9 * members.effects, drift=1e-9 * members.drift)
        models[name] = ServedModel(replace(served.model, members=tiny), "0")
    view, _ = view_of(models)
    for card in view["endpoints"]:
        assert card["has_reasons"] is False and card["groups"] == []


def test_an_abstention_has_no_figure():
    """Its reason stands there, and neither number, gauge nor waterfall; without models no card."""
    assert view_of({})[0]["endpoints"] == []
    low = dict.fromkeys(("s100a8a9_leukocyte", "cd7neg_t_activation", "cd7neg_t_exhaustion"), -1.0)
    high = dict.fromkeys(("t_fraction", "nk_fraction", "b_fraction", "monocyte_fraction"), 1.0)
    view, _ = view_of(fitted_models(), **low, **high)
    assert len(view["endpoints"]) == 3
    for card in view["endpoints"]:
        assert card["horizon"] is None and "gauge" not in card and "waterfall" not in card


def test_sentences_tell_what_the_risk_would_be():
    """Each of the largest reasons with its value, and the two risks as patients of a hundred."""
    view, answer = view_of(fitted_models())
    for card, endpoint in zip(view["endpoints"], answer["endpoints"].values(), strict=True):
        horizon = endpoint["horizons"][1]
        assert 1 <= len(card["if_average"]) <= MOST_WORDED
        for sentence, reason in zip(card["if_average"], horizon["reasons"], strict=False):
            assert sentence.startswith(f"{reason['label']}, {reason['value_text']}: were it")
            assert f"{of_hundred(reason['risk_if_average'])} of 100" in sentence


def test_a_sample_outside_the_window_is_read_as_of_the_landmark():
    """Inside the window a risk counts from the landmark; outside it the card says what it did."""
    (inside, *_), (outside, *_) = (
        view_of(fitted_models(), day=day)[0]["endpoints"] for day in (27, 60)
    )
    assert inside["period"] == "within 180 days after day 28"
    assert outside["period"] == "within 180 days (sample of day 60 read as day 28)"
