"""Signal test of the gate: do the features tell who has the event? A permuted score test."""

import math

import numpy as np

from models.endpoints import Endpoint
from models.hazard_model import complete_inputs, learn_scaling
from training.cohort.labels import label
from training.evaluation.design import design_for
from training.evaluation.documents.model_sections import ScoreTestSection
from training.evaluation.evaluation_data import EvaluationData
from training.statistics.significance.score_test import RIDGE, score_test

RANKS_BELOW = 10  # permutations that may lie above a p at its level: fewer cost power
MOST_PERMUTATIONS = 20_000  # a second; later levels get what they need to be reached


def feature_sets(data: EvaluationData, endpoint: Endpoint) -> dict[str, list[int]]:
    """Columns of the declared sets: the claim's features, the core panel, all features."""
    features = list(data.features)
    names = {
        "claims": endpoint.claims,
        "core panel": data.protocol.core_panel,
        "all features": data.features,
    }
    sets = {
        title: [features.index(name) for name in columns if name in features]
        for title, columns in names.items()
    }
    return {title: columns for title, columns in sets.items() if columns}


def permutations_for(level: float, protocol_number: int) -> int:
    """Permutations of a test at this level: the protocol's number, more where p needs them.

    p is never below 1 / (permutations + 1), so the k-th of several looks, at alpha / (k (k + 1)),
    needs k (k + 1) / alpha - 1 to be reached at all; ten times as many lose no power. Level 0
    cannot be reached: the protocol's number.

    >>> permutations_for(0.05, 1999), permutations_for(0.05 / 12, 1999), permutations_for(0.05, 20)
    (1999, 2399, 199)
    """
    if level <= 0:
        return protocol_number
    least = math.ceil(1 / level * (1 - 1e-9)) - 1
    ample = math.ceil(RANKS_BELOW / level * (1 - 1e-9)) - 1
    return max(protocol_number, least, min(ample, MOST_PERMUTATIONS))


def signal_test(
    data: EvaluationData, endpoint: Endpoint, horizons: tuple[int, ...],
    *, level: float = 0.0, ridge: float = RIDGE,
) -> ScoreTestSection:  # fmt: skip
    """Score test of the patients at risk, summed over the horizons, permuted within sites.

    `level` is that of this look, for which `permutations_for` may take more permutations than the
    protocol's. `ridge` as in `score_test`; the gate takes the default.
    """
    X = data.design.X.to_numpy()
    designs = [
        design_for(label(data.at_risk, endpoint, h), data.cohort.samples, data.features,
                   data.protocol.core_panel)
        for h in horizons
    ]  # fmt: skip
    sets = feature_sets(data, endpoint)
    _, site = np.unique(data.at_risk.site.astype(str), return_inverse=True)
    test = score_test(
        complete_inputs(X, learn_scaling(X)),
        np.column_stack([np.nan_to_num(design.y) for design in designs]),
        np.column_stack([design.label_weights() for design in designs]),
        site=site.astype(np.int64),
        sets=list(sets.values()),
        permutations=permutations_for(level, data.protocol.permutations),
        ridge=ridge,
    )
    return {
        "p": test.p,
        "sets": dict(zip(sets, test.set_p, strict=True)),
        "smallest_p": test.smallest_p,
        "permutations": test.permutations,
        "exact": test.is_exact,
    }
