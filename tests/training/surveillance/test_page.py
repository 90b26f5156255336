"""The page says which endpoint cannot be estimated, and why."""

from features.errors import InputError
from training.cohort.cohort import Cohort
from training.surveillance.page import render
from training.surveillance.surveillance import SurveillanceResult


def test_an_endpoint_that_is_not_estimable_has_its_reason(
    serial: Cohort, results: dict[str, SurveillanceResult]
) -> None:
    """The page names the reason in the endpoint's place; the other endpoint stays."""
    found = {**results, "fatal_infection": InputError("too few events: wait")}
    page = render(serial, found)
    assert "Not estimable. too few events: wait" in page
    assert page.count("<svg") == 3
