"""Everything that an answer names has a label."""

from features import schema
from models.endpoints import ENDPOINTS
from serving.assessment.answer import ENDPOINT_NAMES
from serving.assessment.labels import GROUPS, feature_labels


def test_every_endpoint_and_group_has_a_label():
    """The answer's endpoints in their order, and the group of every feature."""
    assert tuple(ENDPOINTS) == ENDPOINT_NAMES
    assert {feature.group for feature in schema.ALL_FEATURES.values()} <= set(GROUPS)


def test_labels_with_commas_stay_apart():
    """Semicolons separate labels; a name outside the schema stands for itself."""
    assert feature_labels(["t_fraction", "other"]) == "T cells; other"
