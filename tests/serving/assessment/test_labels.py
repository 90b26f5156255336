"""Everything that an answer names has a label."""

from features import schema
from serving.assessment.labels import GROUPS, feature_labels


def test_every_group_has_a_label():
    """The group of every feature of the schema is named."""
    assert {feature.group for feature in schema.ALL_FEATURES.values()} <= set(GROUPS)


def test_labels_with_commas_stay_apart():
    """Semicolons separate labels; a name outside the schema stands for itself."""
    assert feature_labels(["t_fraction", "other"]) == "T cells; other"
