"""One quantity at the landmark, in those who have an endpoint and in the others."""

from features.schema import ALL_FEATURES
from training.charts.groups_svg import strips
from training.study.claim import Claim
from training.study.cohort import StudyCohort, compare_groups
from training.study.questions import QUESTIONS
from training.study.section import Picture


def contrast(
    cohort: StudyCohort, name: str, endpoint: str, groups: tuple[str, str]
) -> tuple[Claim, tuple[Picture, ...]]:
    """The feature's claim, and every patient's value as a dot; no picture where none has one.

    `groups` names those with the endpoint and the others.
    """
    feature = ALL_FEATURES[name]
    claim, found = compare_groups(cohort, QUESTIONS[name], name, endpoint, feature.unit)
    if not len(found.value):
        return claim, ()
    values = (found.value[found.group], found.value[~found.group])
    title = f"{feature.label} at day {cohort.protocol.landmark}"
    drawn = strips(title, list(zip(groups, values, strict=True)))
    return claim, (Picture(title, drawn, feature.unit),)
