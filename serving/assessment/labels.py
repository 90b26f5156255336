"""Labels of endpoints, features and groups of features, as a reader sees them."""

from collections.abc import Sequence

from features.schema import ALL_FEATURES

GROUPS: dict[str, str] = {
    "s100": "S100A8/A9",
    "composition": "Cell composition",
    "cd7": "CD7-negative T cells",
    "activation": "Activation of CD7-negative T cells",
    "history": "Change since earlier samples",
    "quality": "Sample quality",
    "car": "CAR-T cells",
    "blood_count": "Blood count",
    "ward": "Findings on the ward",
}


def feature_labels(names: Sequence[str]) -> str:
    """The labels of features, separated by semicolons because labels may contain commas.

    >>> feature_labels(["t_fraction", "nk_fraction"])
    'T cells; NK cells'
    """
    return "; ".join(ALL_FEATURES[name].label if name in ALL_FEATURES else name for name in names)
