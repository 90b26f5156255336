"""The flow of patients: every number stands in the picture."""

from tests.training.drawn import parsed
from training.charts.flow_svg import flow_picture
from training.cohort.labels import label


def test_flow_says_every_number(seeded) -> None:
    """All steps of the flow stand in the picture."""
    relapse = label(seeded.at_risk, "relapse", 180)
    said = " ".join(parsed(flow_picture(seeded.at_risk.flow, relapse)).itertext())
    for step in seeded.at_risk.flow:
        assert f"{step.n} {step.reason}" in said
