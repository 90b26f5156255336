"""LightGBM challenger of the hazard model: boosted trees of all events, on the same rows.

One row per visit and interval after it, class none or one of C events that exclude each other:

    log(hazard_c / none) in interval k = a_c(k) + u_c(x, t)

with trees u_c on the features and the time of the visit. The interval is no column: its log hazards
are LightGBM's initial score, so effects are the same in every interval, as in
`models.hazard_model`, and risks never fall and never add up to more than 1. LightGBM is imported
only for a fit. It takes missing values as they are.
"""

from typing import TYPE_CHECKING

import numpy as np

from features.arrays import Bools, Floats, Ints
from features.errors import InputError
from models.accumulated_risk import anchored_intercepts
from models.tree_kernel import SPLITS
from models.tree_members import TreeMembers, tree_member, with_time

if TYPE_CHECKING:
    import lightgbm

ROUNDS = 40
PENALTY = 10.0  # on a leaf's square: at 0, noise costs about twice the log-likelihood
LEAST_EVENTS = 0.01  # of a class in an interval, so that its log hazard is a number
SETTING: dict[str, object] = {
    "objective": "multiclass",
    "num_leaves": SPLITS + 1,
    "min_data_in_leaf": 5,  # at the default of 20 small cohorts get a constant
    "learning_rate": 0.1,
    "lambda_l2": PENALTY,
    "max_bin": 31,  # no finer than patients allow, and a third faster than 255
    "feature_pre_filter": False,
    "force_col_wise": True,
    "num_threads": 1,
    "deterministic": True,
    "metric": "None",  # no metric is read
    "verbose": -1,
}


def fit_hazard_trees(
    X: Floats, day: Floats, event: Ints, weight: Floats, *,
    incidence: Floats, seed: int = 0, at: Bools | None = None, fill: Floats | None = None,
) -> TreeMembers:  # fmt: skip
    """Fit the challenger to visits: features X (n, p), `day` (n,), `event` and `weight` (n, K).

    `event` is 0 none, 1 to C the event in that interval, -1 not at risk or not known; rows of
    weight 0 are left out. The intercepts are anchored so that the mean risk over the visits, or
    over those `at` (n,) marks, is the cumulative `incidence` (K, C) to 1e-6. A value missing at
    prediction in a column without gaps in training counts as `fill` (p,), as 0 when None: that is
    LightGBM's own rule.

    Errors: InputError when LightGBM cannot be loaded, and for visits of which none can be used.

    >>> rng = np.random.default_rng(0)
    >>> X, day = rng.normal(size=(300, 2)), np.full(300, 28.0)
    >>> event = (rng.random((300, 1)) < 1 / (1 + np.exp(1 - 2 * X[:, :1]))).astype(int)
    >>> model = fit_hazard_trees(X, day, event, np.ones((300, 1)),
    ...     incidence=event.mean(axis=0, keepdims=True))
    >>> u = model.predictors(np.array([[-1.0, 0.0], [1.0, 0.0]]), day[:2])[:, 0, 0]
    >>> bool(u[1] - u[0] > 1)
    True
    """
    n_events = incidence.shape[1]
    anchors = np.ones(len(X), bool) if at is None else at
    _check(event, weight, anchors)
    booster = boost(X, day, event, weight, n_events=n_events, seed=seed)
    log_rates = log_hazards(event, weight, n_events)
    start = log_rates[:, 1:] - log_rates[:, :1]
    member = tree_member(booster, start, None if fill is None else np.append(fill, 0.0))
    predictors = member.predictors(X[anchors], day[anchors])[:, 0]
    anchored = anchored_intercepts(start, predictors, incidence)
    return TreeMembers(anchored[None], member.trees, member.tree_start, member.n_features)


def boost(
    X: Floats, day: Floats, event: Ints, weight: Floats, *, n_events: int, seed: int = 0
) -> "lightgbm.Booster":
    """LightGBM's own model of classes 0 (none) to C on the features and the time of the visit.

    Its raw scores are without the initial score, so without the interval.
    """
    require_lightgbm()
    import lightgbm

    visit, interval = np.nonzero((event >= 0) & (weight > 0))
    setting = SETTING | {"num_class": n_events + 1, "seed": seed}
    data = lightgbm.Dataset(
        with_time(X, day, X.shape[1])[visit],
        event[visit, interval],
        weight=weight[visit, interval],
        init_score=log_hazards(event, weight, n_events)[interval],
        params=setting,
    )
    booster = lightgbm.Booster(setting, data)
    for _ in range(ROUNDS):
        if booster.update():  # no further split is possible
            break
    return booster


def log_hazards(event: Ints, weight: Floats, n_events: int) -> Floats:
    """Log of the weighted share (K, C + 1) of none and of each event among those at risk.

    >>> np.exp(log_hazards(np.array([[0], [0], [1], [-1]]), np.ones((4, 1)), 1)).round(3).tolist()
    [[0.667, 0.333]]
    """
    mass = np.stack(
        [np.where(event == c, weight, 0.0).sum(axis=0) for c in range(n_events + 1)], axis=1
    )
    mass = np.maximum(mass, LEAST_EVENTS)
    return np.asarray(np.log(mass / mass.sum(axis=1, keepdims=True)))


def _check(event: Ints, weight: Floats, at: Bools) -> None:
    if not ((event >= 0) & (weight > 0)).any() or not at.any():
        raise InputError(
            "A fit needs visits whose patients are at risk, and visits whose mean risk is the "
            "incidence, but there are none: give more patients or follow them for longer."
        )


def require_lightgbm() -> None:
    """Refuse a fit where LightGBM cannot be loaded, with what is missing and the way out."""
    try:
        import lightgbm  # noqa: F401
    except ImportError as problem:
        raise InputError(
            "A fit of boosted trees needs the package lightgbm, which is not installed: install "
            'cd7watch[training], or declare the model "ridge" in the protocol.'
        ) from problem
    except OSError as problem:
        raise InputError(
            "LightGBM needs the system's OpenMP library (libgomp1), which could not be loaded: "
            'install it (on Debian, apt install libgomp1), or declare the model "ridge" in the '
            "protocol."
        ) from problem
