"""Days in words: those of the models in service, and the age of a sample."""

from datetime import date

import pytest

from serving.pages.time_frames import (
    day_and_age,
    days_since_draw,
    outside_window_note,
    risk_periods,
    window_text,
)
from tests.serving.fitted import fitted_models, with_days


@pytest.mark.parametrize(
    ("today", "text"),
    [(29, "day 28, today"), (30, "day 28, 1 day ago"), (31, "day 28, 2 days ago"), (1, "day 28")],
)
def test_age_of_a_sample(today, text):
    """Counted from the infusion; a sample of the future has no age."""
    assert day_and_age(28, "2026-01-01", date(2026, 1, today)) == text


def test_without_an_infusion_date_there_is_no_age():
    """The day alone is known."""
    assert days_since_draw(28, None, date(2026, 1, 1)) is None
    assert day_and_age(28, None, date(2026, 1, 1)) == "day 28"


def test_the_window_is_the_models_own():
    """It ends with the landmark and holds as many days as the manifest says."""
    models = with_days(relapse={"landmark": 60, "landmark_window": 7})
    assert window_text(models["relapse"].model) == "day 54 to 60"
    assert window_text(models["fatal_infection"].model) == "day 15 to 28"


def test_periods_name_an_endpoint_only_where_they_differ():
    """One text for all endpoints where they agree, and none without a model."""
    assert risk_periods(fitted_models()) == "180 days after day 28"
    mixed = with_days(relapse={"landmark": 60, "primary_horizon": 90})
    others = "fatal infection, severe infection"
    text = f"90 days after day 60 (relapse) and 180 days after day 28 ({others})"
    assert risk_periods(mixed) == text and risk_periods({}) == ""


def test_the_note_names_the_landmarks_of_the_endpoints_concerned():
    """Nothing to say, one landmark, or one each."""
    models = with_days(relapse={"landmark": 60})
    assert outside_window_note(models, []) == ""
    assert outside_window_note(models, ["relapse"]).endswith("as if it were of day 60.")
    both = outside_window_note(models, {"fatal_infection", "relapse"})
    assert both.endswith("as if it were of day 60 (relapse) or day 28 (fatal infection).")
