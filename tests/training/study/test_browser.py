"""The report in a real browser: readable on a desk, a phone and paper, in light and dark."""

import re

import pytest

from tests.serving.browser import Watched, axe_source, browser, violations
from training.study.page import write_report


@pytest.fixture(scope="module")
def report(tmp_path_factory, seeded):
    """The simulated cohort's report."""
    folder = tmp_path_factory.mktemp("browser") / "report"
    write_report(seeded, folder)
    return folder / "index.html"


@pytest.fixture(scope="module")
def report_page(report):
    """The opened page; it must log no error and request nothing from another host."""
    with browser() as session:
        watched = Watched(session.new_page(viewport={"width": 1100, "height": 900})).watch()
        watched.page.goto(report.as_uri())
        yield watched
        assert watched.complaints == []
        assert watched.hosts <= {None, ""}


def test_pictures_come_first(report_page) -> None:
    """The claims' picture is on the first screen, above the text of every claim."""
    page = report_page.page
    assert page.locator("h1").inner_text() == "Cohort report"
    forest = page.locator("svg").first.bounding_box()
    assert forest["y"] < 400 and forest["y"] < page.locator(".claim").first.bounding_box()["y"]
    assert page.locator(".claim").count() == 16
    assert page.locator(".claim.holds").count() >= 3


def test_nothing_is_wider_than_a_phone(report_page) -> None:
    """At 390 px the page does not scroll sideways, with all numbers unfolded, light and dark."""
    report_page.page.set_viewport_size({"width": 390, "height": 800})
    report_page.page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
    for scheme in ("light", "dark"):
        report_page.page.emulate_media(color_scheme=scheme)
        assert report_page.page.evaluate("document.documentElement.scrollWidth") <= 390
    report_page.page.emulate_media(color_scheme="light")
    report_page.page.set_viewport_size({"width": 1100, "height": 900})


def test_it_prints(report_page) -> None:
    """On A4 paper the report fills a few pages."""
    printed = report_page.page.pdf(format="A4")
    assert 3 <= len(re.findall(rb"/Type\s*/Page\b", printed)) <= 20


def test_no_serious_finding_of_axe(report_page) -> None:
    """axe-core reports nothing serious or critical, in light and dark."""
    source = axe_source()
    for scheme in ("light", "dark"):
        report_page.page.emulate_media(color_scheme=scheme)
        assert violations(report_page.page, source) == []
