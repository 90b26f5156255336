"""Labels of endpoints, features and groups of features, as a reader sees them."""

from collections.abc import Mapping, Sequence

from features.schema import ALL_FEATURES, Feature

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
    "covariate": "Values that the group added",
    "leukaemia": "Leukaemic cells",
    "t_cells": "T-cell subsets and plasmablasts",
    "cell_counts": "Cells per microlitre of blood",
    "monocytes": "State of the monocytes",
    "virus": "Viral RNA",
    "chimerism": "Donor and patient cells",
    "log_ratios": "Composition as log-ratios",
}


def feature_labels(names: Sequence[str], features: Mapping[str, Feature] = ALL_FEATURES) -> str:
    """The labels of features, separated by semicolons because labels may contain commas.

    `features` describe them: by default the schema, else the inputs of a model.

    >>> feature_labels(["t_fraction", "nk_fraction"])
    'T cells; NK cells'
    """
    return "; ".join(features[name].label if name in features else name for name in names)
