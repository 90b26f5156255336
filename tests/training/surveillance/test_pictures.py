"""Pictures hold what the tables hold, as well-formed SVG."""

import xml.etree.ElementTree as ElementTree

from training.surveillance.pictures import MOST_LINES, auc_by_landmark, courses, lead_curve
from training.surveillance.scores import CARRIED_FORWARD, SUPER_MODEL
from training.surveillance.surveillance import SurveillanceResult

NAMES = (SUPER_MODEL, "s100a8a9_leukocyte", CARRIED_FORWARD)


def lines(svg: str, kind: str) -> int:
    """How many polylines have a class."""
    return svg.count(f'<polyline class="{kind}"')


def test_courses_show_both_kinds_of_patient(results: dict[str, SurveillanceResult]) -> None:
    """At most 60 lines, half of them with the event, and a dot for every alarm of theirs."""
    svg = courses(results["relapse"])
    ElementTree.fromstring(svg)
    assert lines(svg, "ill") == lines(svg, "well") == MOST_LINES // 2
    assert "<circle" in svg


def test_auc_has_a_line_a_score_and_an_interval_a_landmark(
    results: dict[str, SurveillanceResult],
) -> None:
    """Intervals drawn are those of the table."""
    one = results["relapse"]
    svg = auc_by_landmark(one, NAMES)
    ElementTree.fromstring(svg)
    table = one.by_landmark
    told = table[(table["score"] == SUPER_MODEL) & (table["landmark"] != "all")]["auc_low"].notna()
    assert lines(svg, "first thin") == told.sum()
    assert "S100A8/A9, all leukocytes" in svg


def test_lead_curves_fall(results: dict[str, SurveillanceResult]) -> None:
    """A curve a score; shares never rise with the lead time."""
    svg = lead_curve(results["relapse"].warnings, NAMES)
    ElementTree.fromstring(svg)
    line = svg.split('<polyline class="first" points="')[1].split('"')[0].split()
    heights = [float(point.split(",")[1]) for point in line]
    assert heights == sorted(heights)
